"""Serve the scripts and style sheets of Streamlit's interface compressed, and smaller fonts instead of its own.

Streamlit leaves compression to a proxy, because it would compress a file again for each request. Its fonts hold far
more characters and icons than this app shows; tests/make_fonts.py makes fonts of those in use.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropout_core.common.process import idle_priority
from dropout_core.ui.http.compression import COMPRESS, COMPRESSED, FOREVER, PLAIN, SMALLEST, WebFile, best_encoding
from dropout_core.ui.http.paths import BUNDLE, STATIC, path_below_the_app

MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
FONT = "font/woff2"
# A browser shows its copy of a font, and asks in the background whether the font has changed.
A_WHILE = "public, max-age=3600, stale-while-revalidate=31536000"
_NAMED = re.compile(r'"\./(static/[^"]+)"')


class CompressBundle:
    """ASGI middleware that answers requests for Streamlit's scripts and style sheets if the browser accepts gzip.

    Streamlit answers all other requests, also those for a range of a script.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = files().get(path_below_the_app(scope) or "")
        if file is None:
            await self.app(scope, receive, send)
        elif _is_for_streamlit(file, Headers(scope=scope)):
            await self.app(scope, receive, _with_vary(send))
        else:
            await file.respond(scope, receive, send)


@cache
def files(folder: Path = BUNDLE) -> dict[str, WebFile]:
    """Return the files that are worth compressing, by their path below the app's address."""
    suited = (path for path in sorted((folder / "static").rglob("*")) if path.suffix in MEDIA_TYPES)
    found = {
        path.relative_to(folder).as_posix(): WebFile(path.read_bytes, MEDIA_TYPES[path.suffix], FOREVER)
        for path in suited
        if path.stat().st_size >= SMALLEST
    }
    return found | {f"static/media/{path.name}": _font(path) for path in small_fonts().glob("*.woff2")}


def _font(path: Path) -> WebFile:
    return WebFile(path.read_bytes, FONT, A_WHILE)


@cache
def small_fonts() -> Path:
    """Return the folder of the fonts that replace those of the same name. It exists only for one version of Streamlit.

    Its name contains a hash of Streamlit's HTML, which in turn names all scripts by hashes of their content. Another
    version may show other icons.
    """
    version = hashlib.sha256((BUNDLE / "index.html").read_bytes()).hexdigest()[:8]
    return STATIC / f"fonts-{version}"


def named_in(html: str) -> dict[str, WebFile]:
    """Return the compressible files that this page names, in the page's order."""
    known = ((name, files().get(name)) for name in _NAMED.findall(html))
    return {name: file for name, file in known if file and file.media_type not in COMPRESSED}


def compress_ahead(html: str) -> None:
    """Compress the files that this page names, so that its first reader need not wait, and then once more, smaller."""
    for file in named_in(html).values():
        for encoding in COMPRESS:
            file.encoded(encoding)
    with idle_priority():
        for file in named_in(html).values():
            file.compress_harder()


def _is_for_streamlit(file: WebFile, request: Headers) -> bool:
    """Whether Streamlit has the file in the form that the browser asks for."""
    wants_plain = best_encoding(request.get("accept-encoding", "")) == PLAIN
    return "range" in request or (wants_plain and file.media_type != FONT)


def _with_vary(send: Send) -> Send:
    """Tell caches that other browsers get a compressed file."""

    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
        await send(message)

    return add
