"""HTML pages name the large scripts that charts need."""

from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from dropout_core.ui import preload


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder like Streamlit's, in which the chart's script imports others, one of them named by the HTML."""
    scripts = tmp_path / "static/js"
    scripts.mkdir(parents=True)
    (tmp_path / "index.html").write_text('<script src="./static/js/named.1.js">')
    filler = " " * preload.SMALLEST
    (scripts / f"{preload.FIRST}.1.js").write_text('import{a}from"./large.1.js";import"./small.1.js";' + filler)
    (scripts / "large.1.js").write_text('import"./named.1.js";import"./ArrowVegaLiteChart.1.js";' + 2 * filler)
    (scripts / "small.1.js").write_text('import"./deep.1.js";import"./missing.1.js"')
    for other in ("deep", "named", "unused"):
        (scripts / f"{other}.1.js").write_text(3 * filler)
    return scripts


def test_large_imports_are_found_largest_first(folder):
    assert [path.name for path in preload.scripts(folder)] == ["deep.1.js", "large.1.js", f"{preload.FIRST}.1.js"]


def test_unknown_files_are_no_error(tmp_path):
    assert preload.scripts(tmp_path / "static/js") == []


def test_of_this_streamlit_the_scripts_are_found():
    named = preload.links()
    assert preload.FIRST in named
    assert "embed." in named
    assert len(named) < 1000, "proxies allow only so much header"


def header(response: Response) -> str | None:
    """Return the Link header that the middleware adds to this response."""
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request"}

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with start_blocking_portal() as portal:
        portal.call(preload.PreloadCharts(response), scope, receive, send)
    return dict(sent[0]["headers"]).get(b"link", b"").decode() or None


def test_only_pages_carry_the_header():
    assert header(HTMLResponse("<html>")) == preload.links()
    assert header(PlainTextResponse("ok")) is None
