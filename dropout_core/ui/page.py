"""What a topic says of its page. Free of Streamlit, since worker processes import topics."""

from dataclasses import dataclass
from pathlib import Path

from dropout_core.common.app_files import app_folder

SECTIONS = SEE, TRAIN, USE, CHECK = "See it", "Train it", "Use it", "Check it"


@dataclass(frozen=True)
class Page:
    """The entry of the page pages/NAME.py, which the topic of the same name defines as PAGE.

    order     its place in the menu and on the way through the pages
    icon      of Material Symbols
    summary   one sentence, for the overview
    section   one of SECTIONS, or empty for the start page
    """

    name: str
    order: int
    title: str
    icon: str
    summary: str
    section: str = ""

    @property
    def path(self) -> Path:
        return app_folder() / "pages" / f"{self.name}.py"
