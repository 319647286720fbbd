"""Helpers for page tests: a server with its own store and engine, opening a page by a link, reading its texts."""

from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dropout_core.ui import server
from dropout_core.ui.navigation import BY_NAME
from dropout_core.ui.web import SCRIPT
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The 5,000-image subset, a new store, and an engine that is closed at the end of the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_STORE", str(tmp_path_factory.mktemp("store")))
        patch.setenv("DROPOUT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("DROPOUT_DOWNLOAD", "0")
        patch.delenv("DROPOUT_DATA_DIR", raising=False)
        st.cache_resource.clear()
        yield
        server.close()
        st.cache_resource.clear()


def open_page(name: str, **params: str) -> AppTest:
    """Open pages/NAME.py by a link with these query parameters. Fails if the page shows an exception."""
    app = new_app()
    app.query_params.update(params)
    app = go(app, name)
    assert not app.exception
    return app


def new_app(seconds: float = 120) -> AppTest:
    """The app before its first run. One run may take this many seconds, a bound for slow machines."""
    return AppTest.from_file(str(SCRIPT), default_timeout=seconds)


def go(app: AppTest, name: str) -> AppTest:
    """Go to the page with this name."""
    return app.switch_page(str(BY_NAME[name].path)).run()


def run_until(app: AppTest, condition: Callable[[], object], what: str) -> None:
    """Run the page again, as its timer does in a browser, until the condition holds."""

    def run_again() -> object:
        app.run()
        assert not app.exception
        return condition()

    wait_until(run_again, what, 120, pause=0.1)


def texts(app: AppTest, kind: str) -> str:
    """The texts of all elements of this kind, joined by spaces."""
    return " ".join(element.value for element in app.get(kind))


def button(app: AppTest, label: str):
    """The button with this label."""
    return next(b for b in app.button if b.label == label)
