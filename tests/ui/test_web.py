"""Only some of Streamlit's internal paths are open. tests/e2e/test_serving.py tests this with a real server."""

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.responses import PlainTextResponse

from dropout_core.ui.web import ClosePaths

TOKEN = "a-token-of-many-characters"


def status(path: str, authorization: bytes = b"", method: str = "GET") -> int:
    """Return the middleware's response status when the app behind it always returns 200."""
    headers = [(b"authorization", authorization)] if authorization else []
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}
    sent: list[dict] = []

    async def send(message: dict) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request"}

    with start_blocking_portal() as portal:  # in a thread of its own: Playwright's loop may run in this one
        portal.call(ClosePaths(PlainTextResponse("open")), scope, receive, send)
    return sent[0]["status"]


OPEN = ["/", "/masks", "/static/index.js", "/media/a.png", "/_stcore/health", "/_stcore/host-config"]
OPEN += ["/_stcore/upload_file/session/file", "/_stcore/bidi-components/name/index.js", "/base/_stcore/health"]
CLOSED = ["metrics", "metrics/", "agent/interact", "agent/openapi.json", "agent/mcp", "script-health-check", "x", ""]
CLOSED += ["Metrics", "/metrics"]


@pytest.mark.parametrize("path", OPEN)
def test_what_readers_need_is_open(path: str):
    assert status(path) == 200


@pytest.mark.parametrize("base", ["", "/base"])
@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_every_other_internal_path_is_closed(base: str, path: str, method: str):
    assert status(f"{base}/_stcore/{path}", method=method) == 404


@pytest.mark.parametrize("token", ["", "short", "a token with spaces in it", "ein-Wort-mit-Ümläuten"])
def test_without_a_usable_token_nobody_sees_the_metrics(monkeypatch, token: str):
    monkeypatch.setenv("DROPOUT_METRICS_TOKEN", token)
    for given in (b"", b"Bearer ", b"Bearer None", f"Bearer {token}".encode(), "Bearer Ü".encode("latin-1")):
        assert status("/_stcore/metrics", given) == 404


def test_the_token_opens_the_metrics_and_nothing_else(monkeypatch):
    monkeypatch.setenv("DROPOUT_METRICS_TOKEN", TOKEN)
    right = f"Bearer {TOKEN}".encode()
    assert status("/_stcore/metrics", right) == status("/base/_stcore/metrics", right) == 200
    assert status("/_stcore/agent/openapi.json", right) == 404
    for given in (TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"bearer {TOKEN}", "Bearer"):
        assert status("/_stcore/metrics", given.encode()) == 404
