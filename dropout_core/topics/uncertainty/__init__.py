"""Uncertainty from Monte Carlo dropout, which keeps dropout active at inference."""

from dropout_core.ui.page import USE, Page

PAGE = Page("uncertainty", 90, "Uncertainty", "help", "A hundred answers about your digit.", USE)
