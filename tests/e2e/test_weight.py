"""Test how many bytes a first visit loads, as the browser counts them on the wire."""

from base64 import b64decode
from collections.abc import Callable
from urllib.request import Request, urlopen

import brotli
import pytest
from playwright.sync_api import Page, expect

from dropout_core.ui.http.bundle import named_in
from dropout_core.ui.http.page_html import page_html
from dropout_core.ui.navigation import PAGES
from tests.e2e.live import wait_until_at_rest
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
MOST_BYTES = 1_000_000
MESSAGES = "messages"  # stands for the websocket in the results
_FRAME = 10  # most bytes that a websocket adds to a message
_BINARY = 2  # opcode


def bytes_loaded(page: Page, address: str) -> dict[str, int]:
    """Go to this address and wait until the page is idle. Returns the bytes received for each file and for MESSAGES."""
    addresses: dict[str, str] = {}
    loaded: dict[str, int] = {MESSAGES: 0}
    session = page.context.new_cdp_session(page)
    session.on("Network.requestWillBeSent", lambda e: addresses.update({e["requestId"]: e["request"]["url"]}))
    session.on("Network.loadingFinished", lambda e: loaded.update({addresses[e["requestId"]]: e["encodedDataLength"]}))
    session.on("Network.webSocketFrameReceived", lambda e: _count(loaded, e["response"]))
    session.send("Network.enable")
    page.goto(address)
    expect(page.locator("svg.marks").first).to_be_visible()
    wait_until_at_rest(page)
    return {name.removeprefix(address.rpartition("/")[0]): size for name, size in loaded.items()}


def _count(loaded: dict[str, int], frame: dict) -> None:
    payload = frame["payloadData"]
    loaded[MESSAGES] += _FRAME + (len(b64decode(payload)) if frame["opcode"] == _BINARY else len(payload))


def wait_until_compressed(app: str) -> None:
    """Wait until the server has compressed its scripts as far as it can, which it does after it has started."""
    name, file = list(named_in(page_html(PAGES[0], None)).items())[-1]
    size, request = len(brotli.compress(file.read(), quality=11)), Request(f"{app}/{name}")
    request.add_header("Accept-Encoding", "br")
    wait_until(lambda: len(urlopen(request).read()) == size, "the last script is compressed", 120)


def test_a_first_visit_loads_at_most_a_megabyte(new_page: Callable[..., Page], app: str):
    wait_until_compressed(app)
    loaded = bytes_loaded(new_page(), f"{app}/masks")
    assert any("ArrowVegaLiteChart" in name for name in loaded)
    assert loaded[MESSAGES] > 10_000
    assert sum(loaded.values()) <= MOST_BYTES, sorted(loaded.items(), key=lambda each: -each[1])[:20]


def test_a_second_visit_loads_almost_nothing_but_messages(new_page: Callable[..., Page], app: str):
    page = new_page()
    page.goto(f"{app}/masks")
    expect(page.locator("svg.marks").first).to_be_visible()
    wait_until_at_rest(page)
    page.goto("about:blank")
    loaded = bytes_loaded(page, f"{app}/masks")
    assert sum(loaded.values()) - loaded[MESSAGES] <= MOST_BYTES / 50
