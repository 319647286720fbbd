"""Claims about dropout, and whether they hold."""

from dropout_core.ui.page import CHECK, Page

PAGE = Page("claims", 120, "Claims", "fact_check", "Thirteen sentences about dropout, and which of them hold.", CHECK)
