"""The best dropout rate for each network width."""

from dropout_core.ui.page import TRAIN, Page

PAGE = Page("rates", 60, "Which rate?", "grid_on", "Is there a best rate?", TRAIN)
