"""The article's claims about dropout and the verdicts on them."""

from dropout_core.ui.page import CHECK, Page

PAGE = Page("claims", 120, "Claims", "fact_check", "Which claims hold.", CHECK)
