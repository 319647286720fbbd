"""Where the app's script, its pages and Streamlit's configuration lie: in a checkout or in the installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def app_folder() -> Path:
    """The folder of app.py and pages/: `app` in the installed package, the repository's root in a checkout."""
    installed = _PACKAGE / "app"
    return installed if (installed / "app.py").is_file() else _PACKAGE.parent
