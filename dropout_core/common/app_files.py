"""Locate the app's script, pages and Streamlit configuration, in a checkout or in the installed package."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


@cache
def app_folder() -> Path:
    """Return the folder that contains app.py and pages/: `app` in an installed package, or the repository root."""
    installed = _PACKAGE / "app"
    return installed if (installed / "app.py").is_file() else _PACKAGE.parent
