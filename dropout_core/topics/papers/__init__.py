"""Figures of Srivastava et al. (2014), reproduced."""

from dropout_core.ui.page import CHECK, Page

PAGE = Page("papers", 110, "Papers", "menu_book", "Figures from 2014, rerun.", CHECK)
