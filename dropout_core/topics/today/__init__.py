"""What became of dropout since 2014."""

from dropout_core.ui.page import USE, Page

PAGE = Page("today", 105, "Today", "history", "Where dropout still pays.", USE)
