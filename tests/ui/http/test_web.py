"""Test which of Streamlit's internal paths are open; tests/e2e/test_serving.py does so with a real server."""

import sys

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.responses import PlainTextResponse
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

from dropout_core.ui import first_chart
from dropout_core.ui.http import web
from dropout_core.ui.http.first_chart import ReceiveFirstChart
from dropout_core.ui.http.site import ServeSite
from dropout_core.ui.http.web import ClosePaths
from tests.asgi import answer

TOKEN = "a-token-of-many-characters"
TOO_SHORT = "must have at least 16 ASCII characters, and no spaces"


def status(path: str, authorization: bytes = b"", method: str = "GET", app: type = ClosePaths) -> int:
    """Return the middleware's response status when the app behind it always returns 200."""
    headers = {"authorization": authorization.decode("latin-1")} if authorization else {}
    return answer(app(PlainTextResponse("open")), path, method, **headers).status


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


def test_a_report_of_the_first_chart_arrives_also_behind_a_base_path(monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr(first_chart, "report", seen.append)
    assert status("/first-chart/one", method="POST", app=ReceiveFirstChart) == 204
    assert status("/base/first-chart/two", method="POST", app=ReceiveFirstChart) == 204
    assert status("/first-chart/three", app=ReceiveFirstChart) == 200, "only POST reports"
    assert seen == ["one", "two"]


@pytest.mark.parametrize(
    ("setting", "url"), [("https://example.org/", "https://example.org"), ("example.org", None), ("", None)]
)
def test_previews_use_the_configured_address_if_it_is_valid(monkeypatch, setting, url):
    monkeypatch.setenv("DROPOUT_URL", setting)
    assert {each.cls: each.kwargs for each in web.middleware()}[ServeSite] == {"url": url}


@pytest.mark.parametrize(
    ("token", "line"),
    [(TOKEN, ""), ("short", f"Invalid setting: DROPOUT_METRICS_TOKEN {TOO_SHORT}\n")],
)
def test_an_invalid_setting_stands_in_the_log_from_the_start(monkeypatch, capsys, token, line):
    async def start_and_stop() -> None:
        async with web.lifespan(None):
            pass

    monkeypatch.setenv("DROPOUT_METRICS_TOKEN", token)
    monkeypatch.setattr(web.metrics, "register", lambda: None)
    monkeypatch.setattr(web, "compress_ahead", lambda _: None)
    monkeypatch.setattr("dropout_core.ui.server.close", lambda: None)
    with start_blocking_portal() as portal:
        portal.call(start_and_stop)
    assert capsys.readouterr().err == line


def test_a_run_of_the_script_does_not_change_the_import_path(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    web.fix_import_path()
    before = [*sys.path]
    with modified_sys_path(str(web.SCRIPT)):
        assert sys.path == before
    assert sys.path == before
