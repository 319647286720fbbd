"""Common mistakes in code that uses dropout."""

from dropout_core.ui.page import USE, Page

PAGE = Page("pitfalls", 100, "Pitfalls", "bug_report", "Bugs, misconceptions, and their symptoms.", USE)
