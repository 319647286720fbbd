"""Serve the app: its script, what is served beside it, access to Streamlit's internal paths, and shutdown."""

import asyncio
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dropout_core.common.settings import SettingError, Settings, public_url
from dropout_core.ui.http import metrics
from dropout_core.ui.http.bundle import CompressBundle, compress_ahead
from dropout_core.ui.http.component_files import ServeComponents
from dropout_core.ui.http.first_chart import ReceiveFirstChart
from dropout_core.ui.http.health import ServeHealth
from dropout_core.ui.http.page_html import page_html
from dropout_core.ui.http.site import ServeSite
from dropout_core.ui.navigation import PAGES

SCRIPT = Path(__file__).parents[1] / "shell.py"
INTERNAL, METRICS = "/_stcore/", "metrics"
# The paths under INTERNAL that browsers and health checks need.
OPEN = frozenset({"health", "host-config", "stream", "upload_file", "bidi-components"})


class ClosePaths:
    """ASGI middleware that returns 404 for Streamlit's internal paths, except those in OPEN.

    Metrics are available to requests with the token in DROPOUT_METRICS_TOKEN ("Authorization: Bearer TOKEN").
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not _is_open(scope):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_open(scope: Scope) -> bool:
    _, internal, rest = scope["path"].partition(INTERNAL)  # INTERNAL may follow a base path
    name = rest.partition("/")[0]
    return not internal or name in OPEN or (rest == METRICS and _has_token(Headers(scope=scope)))


def _has_token(headers: Headers) -> bool:
    try:
        token = Settings.from_env(os.environ).metrics_token
    except SettingError:  # pages show the error
        return False
    given = headers.get("authorization", "").encode()
    return token is not None and secrets.compare_digest(given, f"Bearer {token}".encode())


def middleware() -> list[Middleware]:
    """Return what answers or changes requests before Streamlit sees them."""
    site = Middleware(ServeSite, url=_public_url())
    first = [Middleware(ClosePaths), Middleware(ServeHealth), Middleware(ReceiveFirstChart)]
    return [*first, site, Middleware(ServeComponents), Middleware(CompressBundle)]


def _public_url() -> str | None:
    try:
        return public_url(os.environ)
    except SettingError:  # pages show the error
        return None


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Check the settings and compress the interface's scripts at the start, and stop the workers at the end."""
    log_invalid_setting()
    fix_import_path()
    metrics.register()
    threading.Thread(target=_compress_ahead, daemon=True).start()
    try:
        yield
    finally:
        # Imported late: Streamlit's caches need its runtime, which starts after app.py.
        from dropout_core.ui import server

        await asyncio.to_thread(server.close)


def log_invalid_setting() -> None:
    """Write to stderr what pages say of an invalid setting, so that an operator sees it when the server starts."""
    try:
        Settings.from_env(os.environ)
    except SettingError as error:
        print(f"Invalid setting: {error}", file=sys.stderr, flush=True)


def fix_import_path() -> None:
    """Add the script's folder to the end of the import path, for good.

    Streamlit otherwise adds it before each run and removes it afterwards. An import in another thread that goes through
    the path at that moment misses a folder, and does not find an installed package.
    """
    if (folder := str(SCRIPT.parent)) not in sys.path:
        sys.path.append(folder)


def _compress_ahead() -> None:
    compress_ahead(page_html(PAGES[0], url=None))
