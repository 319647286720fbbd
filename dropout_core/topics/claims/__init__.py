"""The article's claims about dropout and the verdicts on them."""

from dropout_core.ui.page import CHECK, Page

PAGE = Page("claims", 120, "Claims", "fact_check", "Thirteen sentences about dropout, and which of them hold.", CHECK)
