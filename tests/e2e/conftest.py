"""Runs the whole app in a real browser: one server and one Chromium per process, and a new page for each test."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.e2e.live import PHONE_WIDTH, RECORD_MESSAGES
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
QUIET = ("background-networking", "component-update", "sync")
# Timeout in milliseconds for every wait in the browser, long because the machine may be busy.
PATIENCE = int(os.environ.get("BROWSER_PATIENCE", 120_000))
expect.set_options(timeout=PATIENCE)
# Suggestions below the address bar, for which Chromium would start a process with each window (0.8 s of CPU time).
POPUPS = "--disable-features=WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup"
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", POPUPS, *(f"--disable-{what}" for what in QUIET)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests if Chromium is missing, except in CI, where they fail."""
    if CHROMIUM.exists() or os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}"))


@contextmanager
def serve(folder: Path, port: int = 0, cwd: Path = ROOT, **settings: str) -> Iterator[str]:
    """Start a server with its store in this folder, and yield the server's address.

    Settings are passed as environment variables. Port 0 selects any free port.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    env = os.environ | {"DROPOUT_STORE": str(folder / "store")} | settings
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=cwd, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            ended = server.poll
            wait_until(lambda: ended() is not None or _is_healthy(address), f"the app starts; see {log.name}", 120)
            assert ended() is None, (folder / "log").read_text()
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=60)
            finally:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app that most browser tests share, and yield its address."""
    with serve(tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture
def own_app(tmp_path: Path) -> Callable[..., AbstractContextManager[str]]:
    """Return a function that starts a separate app for this test, with the given settings."""
    return partial(serve, tmp_path)


def _is_healthy(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def errors() -> list[str]:
    """Return a list to which every error of a script on a page is added."""
    return []


def new_context(browser: Browser, errors: list[str], **options) -> BrowserContext:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(RECORD_MESSAGES)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    return context


@pytest.fixture(scope="session")
def context(browser: Browser, errors: list[str]) -> Iterator[BrowserContext]:
    """Open the context that tests share, so that they find Streamlit's scripts in its cache."""
    with closing(new_context(browser, errors)) as context:
        yield context


@pytest.fixture
def no_errors(errors: list[str]) -> Iterator[None]:
    """Fail if a script on a page throws an error during the test."""
    errors.clear()
    yield
    assert not errors


@pytest.fixture
def page(context: BrowserContext, no_errors: None) -> Iterator[Page]:
    """Open a page of 1280 × 900 pixels, without cookies. The browser's storage is cleared after the test."""
    context.clear_cookies()
    with closing(context.new_page()) as page:
        yield page
        with suppress(Error):  # an empty page has no storage
            page.evaluate("localStorage.clear()")


@pytest.fixture
def new_page(browser: Browser, errors: list[str], no_errors: None) -> Iterator[Callable[..., Page]]:
    """Yield a function that opens a page in its own context, with options for Browser.new_context."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(new_context(browser, errors, **options))).new_page()


@pytest.fixture
def phone(page: Page) -> Page:
    """Return the page at a phone's width."""
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
    return page
