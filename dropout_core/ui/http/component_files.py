"""Serve the scripts of large components; see ui/component_scripts.py."""

from functools import cache

from starlette.types import ASGIApp, Receive, Scope, Send

from dropout_core.ui.component_scripts import SCRIPTS, address
from dropout_core.ui.http.bundle import FOREVER, MEDIA_TYPES
from dropout_core.ui.http.compression import WebFile
from dropout_core.ui.http.paths import path_below_the_app


class ServeComponents:
    """ASGI middleware that answers requests for these scripts. All others reach the next application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = files().get(path_below_the_app(scope) or "")
        await (file.respond if file else self.app)(scope, receive, send)


@cache
def files() -> dict[str, WebFile]:
    """Return the scripts by their path below the app's address."""
    return {address(name): _file(name) for name in SCRIPTS}


def _file(name: str) -> WebFile:
    return WebFile(lambda: SCRIPTS[name]().encode(), MEDIA_TYPES[".js"], FOREVER)
