"""What single neurons learn, and what removing them costs."""

from dropout_core.ui.page import TRAIN, Page

PAGE = Page("neurons", 80, "Neurons", "neurology", "Features, activity, and what it costs to lose one.", TRAIN)
