"""Answers GET /health: whether the store and the workers work. /_stcore/health says only that the server runs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dropout_core.common.errors import UserError, first_line
from dropout_core.common.threads import in_background
from dropout_core.ui.http.paths import path_below_the_app

PATH = "health"
_SECONDS = 5.0  # how long a request waits for a check
_FRESH_SECONDS = 2.0  # how long later requests get the same result, so that many requests cost no more than a few


class ServeHealth:
    """ASGI middleware that answers 200 if the check succeeds, and 503 with one sentence if it fails or takes too long.

    check  raises UserError; by default, it tries the store and the workers of this server
    """

    def __init__(self, app: ASGIApp, check: Callable[[], None] | None = None) -> None:
        self.app, self._check = app, check or _check
        self._running: Future[str | None] | None = None
        self._started = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if path_below_the_app(scope) != PATH:
            return await self.app(scope, receive, send)
        problem = await self._problem()
        answer = PlainTextResponse(problem or "ok", 503 if problem else 200, {"Cache-Control": "no-store"})
        return await answer(scope, receive, send)

    async def _problem(self) -> str | None:
        """Return why the app does not work, or None if it works. At most one check runs at a time."""
        # No await between the condition and the assignment, so that two requests never start two checks.
        if self._running is None or (self._running.done() and monotonic() > self._started + _FRESH_SECONDS):
            self._running, self._started = in_background(self._outcome, "dropout-health"), monotonic()
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._running)), _SECONDS)
        except TimeoutError:
            return f"The store and the workers did not answer within {_SECONDS:g} seconds."

    def _outcome(self) -> str | None:
        try:
            self._check()
        except UserError as error:
            text = first_line(error)
            return f"{text[:1].upper()}{text[1:]}."
        except Exception as error:
            return f"The check failed ({type(error).__name__})."
        return None


def _check() -> None:
    # Imported late: Streamlit's caches need its runtime, which starts after app.py.
    from dropout_core.ui import server

    server.check()
