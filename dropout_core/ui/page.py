"""Describe a topic's page. This module does not import Streamlit, because worker processes import topics."""

from dataclasses import dataclass
from pathlib import Path

from dropout_core.common.app_files import app_folder

SITE = "Dropout, seen at work"
SECTIONS = SEE, TRAIN, USE, CHECK = "See it", "Train it", "Use it", "Check it"


@dataclass(frozen=True)
class Page:
    """The menu entry of pages/NAME.py. The topic with the same name defines it as PAGE.

    order     position in the menu and in the reading order
    icon      name of a Material Symbol
    summary   one sentence for the overview
    section   one of SECTIONS, or empty for the start page
    """

    name: str
    order: int
    title: str
    icon: str
    summary: str
    section: str = ""

    @property
    def full_title(self) -> str:
        """The name of browser tabs, bookmarks and shared links."""
        return f"{self.title} – {SITE}"

    @property
    def path(self) -> Path:
        return app_folder() / "pages" / f"{self.name}.py"
