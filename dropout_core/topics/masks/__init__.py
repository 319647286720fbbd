"""The masks page: which neurons each pass drops."""

from dropout_core.ui.page import SEE, Page

PAGE = Page("masks", 10, "Masks", "grain", "Watch masks fall on a network.", SEE)
