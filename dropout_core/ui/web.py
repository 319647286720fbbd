"""Serve the app: its script, access to Streamlit's internal paths, and shutdown of the server."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dropout_core.common.settings import SettingError, Settings
from dropout_core.ui.preload import PreloadCharts

SCRIPT = Path(__file__).parent / "shell.py"
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


MIDDLEWARE = [Middleware(ClosePaths), Middleware(PreloadCharts)]


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Stop the workers when the server stops."""
    try:
        yield
    finally:
        # Imported late: Streamlit's caches need its runtime, which starts after app.py.
        from dropout_core.ui import server

        await asyncio.to_thread(server.close)
