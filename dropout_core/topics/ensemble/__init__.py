"""Dropout as an average of subnetworks."""

from dropout_core.ui.page import SEE, Page

PAGE = Page("ensemble", 30, "Ensemble", "hub", "All subnetworks, averaged.", SEE)
