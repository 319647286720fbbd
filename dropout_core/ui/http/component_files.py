"""Serve the scripts and data of large components; see ui/component_scripts.py and ui/component_data.py."""

from functools import cache

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dropout_core.ui import component_data
from dropout_core.ui.component_scripts import SCRIPTS, address
from dropout_core.ui.http.bundle import MEDIA_TYPES
from dropout_core.ui.http.compression import FOREVER, WebFile
from dropout_core.ui.http.paths import path_below_the_app

FOLDER = "components/"


class ServeComponents:
    """ASGI middleware that answers requests for these files, and other paths below components/ with 404.

    All other requests reach the next application. Streamlit would answer an unknown path with its start page.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_below_the_app(scope) or ""
        file = files().get(path) or component_data.file(path)
        if file:
            await file.respond(scope, receive, send)
        elif path.startswith(FOLDER):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


@cache
def files() -> dict[str, WebFile]:
    """Return the scripts by their path below the app's address."""
    return {address(name): _file(name) for name in SCRIPTS}


def _file(name: str) -> WebFile:
    return WebFile(lambda: SCRIPTS[name]().encode(), MEDIA_TYPES[".js"], FOREVER)
