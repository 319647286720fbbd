"""Helpers for page tests, which set up a server with its own store, open pages by link, and read their text."""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.reference import records
from dropout_core.topics.training import cached
from dropout_core.ui import server
from dropout_core.ui.http.web import SCRIPT
from dropout_core.ui.navigation import BY_NAME
from tests.waiting import wait_until

TEXTS = ("title", "header", "subheader", "markdown", "caption", "latex", "info", "warning", "error")
# What belongs to one server. The charts in Streamlit's other caches take seconds to build, and are the same for all.
SERVER = (server.settings, server.engine, server.sweeps, server.demonstrations, server._search, server.trained)
PLACEHOLDER = re.compile(r"(?<![\w\\^}])\{[A-Z_]{2,}\b")  # "{NAME" that an f-string should have replaced


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Set up a new store and the 5,000-image subset. The engine is closed after the module's tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_STORE", str(tmp_path_factory.mktemp("store")))
        patch.setenv("DROPOUT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("DROPOUT_DOWNLOAD", "0")
        patch.delenv("DROPOUT_DATA_DIR", raising=False)
        forget_server()
        yield
        forget_server()


def forget_server() -> None:
    """Close the engine, and clear the caches of what belongs to it."""
    server.close()
    for function in (*SERVER, cached._comparison):
        function.clear()


@pytest.fixture
def no_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let every record be missing, in memory too."""
    monkeypatch.setattr(records, "FOLDER", tmp_path)
    records.load.cache_clear()
    yield
    records.load.cache_clear()


def open_page(name: str, **params: str) -> AppTest:
    """Open pages/NAME.py with these query parameters.

    Fails if it shows an exception, a placeholder such as {NAME}, an invalid chart or a control without a capital.
    """
    app = new_app()
    app.query_params.update(params)
    app = go(app, name)
    assert not app.exception
    for kind in TEXTS:
        assert not PLACEHOLDER.search(texts(app, kind))
    for chart in app.get("vega_lite_chart"):
        spec = json.loads(chart.proto.spec, parse_constant=_refuse)
        assert all(label[0].isupper() for label in control_labels(spec))
    return app


def read_page(name: str, **params: str) -> AppTest:
    """Return a page as open_page() shows it, to tests that do not change it: each process opens it once."""
    return _page_to_read(name, tuple(params.items()))


@lru_cache(maxsize=64)
def _page_to_read(name: str, params: tuple[tuple[str, str], ...]) -> AppTest:
    app = open_page(name, **dict(params))
    app._run = _refuse_run  # other tests read it, too
    return app


def _refuse_run(*_: object) -> None:
    raise AssertionError("a page from read_page() may only be read; use open_page()")


def control_labels(part: object) -> Iterator[str]:
    """Yield the label of each control in this part of a chart's specification."""
    if isinstance(part, dict) and "input" in part and "name" in part:
        yield part["name"]
    values = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in values:
        yield from control_labels(value)


def _refuse(constant: str) -> None:
    raise AssertionError(f"a chart's specification contains {constant}, which no browser reads")


def new_app(seconds: float = 120) -> AppTest:
    """Create an app without running it. The default time limit of a run is generous, for slow machines."""
    return AppTest.from_file(str(SCRIPT), default_timeout=seconds)


def go(app: AppTest, name: str) -> AppTest:
    """Go to the page with this name."""
    return app.switch_page(str(BY_NAME[name].path)).run()


def run_until(app: AppTest, condition: Callable[[], object], what: str) -> None:
    """Rerun the page, as its timer would in a browser, until the condition holds."""

    def run_again() -> object:
        app.run()
        assert not app.exception
        return condition()

    wait_until(run_again, what, 120, pause=0.1)


def texts(app: AppTest, kind: str) -> str:
    """Return the text of all elements of this kind, joined by spaces."""
    return " ".join(element.value for element in app.get(kind))


def button(app: AppTest, label: str):
    """Return the button with this label."""
    return next(b for b in app.button if b.label == label)
