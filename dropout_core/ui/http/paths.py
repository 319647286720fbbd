"""Where the static files of Streamlit and of this app lie, and which file a request asks for."""

from pathlib import Path

import streamlit
from starlette.types import Scope
from streamlit import config

BUNDLE = Path(streamlit.__file__).parent / "static"
STATIC = Path(__file__).parents[1] / "static"


def path_below_the_app(scope: Scope) -> str | None:
    """Return the requested path relative to the app's base address, or None if the request is not for a file."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    base = config.get_option("server.baseUrlPath").strip("/")
    start = scope.get("root_path", "").rstrip("/") + (f"/{base}/" if base else "/")
    path = scope["path"]
    return path[len(start) :] if path.startswith(start) else None
