"""Variants of dropout."""

from dropout_core.ui.page import SEE, Page

PAGE = Page("variants", 40, "Variants", "blur_on", "Noise, single weights, whole feature maps.", SEE)
