"""Inverted scaling."""

from dropout_core.ui.page import SEE, Page

PAGE = Page("scaling", 20, "Inverted scaling", "balance", "Why kept neurons are scaled up.", SEE)
