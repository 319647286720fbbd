"""Tell browsers at once which large scripts a chart needs, so that they fetch these while the app connects.

Streamlit asks for them only when a page's first chart arrives, one after another.
"""

import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIRST = "ArrowVegaLiteChart"  # Streamlit's script for charts, whose imports are followed
SMALLEST = 15_000  # bytes; a script below this is fetched soon enough, and headers must stay short
_FOLDER = Path(streamlit.__file__).parent / "static/static/js"
_IMPORT = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')


class PreloadCharts:
    """ASGI middleware that adds a Link header for the scripts of charts to each HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def announce(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html") and (link := links()):
                    headers["link"] = link
            await send(message)

        await self.app(scope, receive, announce)


@cache
def links() -> str:
    """Return the header's value. The addresses are relative to the page, as those in Streamlit's HTML are."""
    names = (f"<./static/js/{path.name}>; rel=modulepreload; crossorigin" for path in scripts(_FOLDER))
    return ", ".join(names)


def scripts(folder: Path) -> list[Path]:
    """List the large scripts that a chart imports and that the HTML does not name (none if Streamlit renames them)."""
    html = folder.parents[1] / "index.html"
    named = html.read_text("utf-8") if html.exists() else ""
    large = (path for path in _imported(folder) if path.stat().st_size >= SMALLEST and path.name not in named)
    return sorted(large, key=lambda path: -path.stat().st_size)


def _imported(folder: Path) -> set[Path]:
    seen: set[Path] = set()
    waiting = set(folder.glob(f"{FIRST}.*.js"))
    while waiting:
        seen |= waiting
        names = {name for path in waiting for name in _IMPORT.findall(path.read_text("utf-8"))}
        waiting = {path for name in names if (path := folder / name).exists()} - seen
    return seen
