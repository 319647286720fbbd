"""The masks page: which neurons each pass drops."""

from dropout_core.ui.page import SEE, Page

PAGE = Page("masks", 10, "Masks", "grain", "Flip the coins yourself: any rate, pass by pass.", SEE)
