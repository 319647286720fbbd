"""The features that individual neurons learn, and the cost of removing them."""

from dropout_core.ui.page import TRAIN, Page

PAGE = Page("neurons", 80, "Neurons", "neurology", "Features, activity, and what it costs to lose one.", TRAIN)
