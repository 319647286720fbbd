"""The features that individual neurons learn, and the cost of removing them."""

from dropout_core.ui.page import TRAIN, Page

PAGE = Page("neurons", 80, "Neurons", "neurology", "What single neurons see and cost.", TRAIN)
