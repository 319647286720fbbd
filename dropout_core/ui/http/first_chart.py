"""Receive the browser's report that a page's first chart is drawn; see ui/first_chart.py."""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dropout_core.ui import first_chart


class ReceiveFirstChart:
    """ASGI middleware that passes on the token of requests to POST /first-chart/TOKEN, and answers 204."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            _, path, token = scope["path"].rpartition(f"/{first_chart.MARK}/")
            if path:
                first_chart.report(token)
                return await Response(status_code=204)(scope, receive, send)
        return await self.app(scope, receive, send)
