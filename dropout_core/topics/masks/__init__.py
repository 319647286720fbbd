"""The masks page, which shows the neurons that each pass drops."""

from dropout_core.ui.page import SEE, Page

PAGE = Page("masks", 10, "Masks", "grain", "Random masks change a network.", SEE)
