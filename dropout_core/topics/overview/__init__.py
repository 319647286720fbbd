"""Overview: dropout in a minute."""

from dropout_core.ui.page import Page

PAGE = Page("overview", 0, "Overview", "home", "Dropout in a minute.")
