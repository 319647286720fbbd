"""Test how many bytes a first visit loads, as the browser counts them on the wire."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.live import wait_until_at_rest

pytestmark = pytest.mark.browser
MOST_BYTES = 1_000_000


def bytes_loaded(page: Page, address: str) -> dict[str, int]:
    """Go to this address and wait until the page is idle. Returns the bytes received for each file it has loaded."""
    addresses: dict[str, str] = {}
    loaded: dict[str, int] = {}
    session = page.context.new_cdp_session(page)
    session.on("Network.requestWillBeSent", lambda e: addresses.update({e["requestId"]: e["request"]["url"]}))
    session.on("Network.loadingFinished", lambda e: loaded.update({addresses[e["requestId"]]: e["encodedDataLength"]}))
    session.send("Network.enable")
    page.goto(address)
    expect(page.locator("svg.marks").first).to_be_visible()
    wait_until_at_rest(page)
    return {name.removeprefix(address.rpartition("/")[0]): size for name, size in loaded.items()}


def test_a_first_visit_loads_at_most_a_megabyte(new_page: Callable[..., Page], app: str):
    loaded = bytes_loaded(new_page(), f"{app}/masks")
    assert any("ArrowVegaLiteChart" in name for name in loaded)
    assert sum(loaded.values()) <= MOST_BYTES, sorted(loaded.items(), key=lambda each: -each[1])[:20]


def test_a_second_visit_loads_almost_nothing(new_page: Callable[..., Page], app: str):
    page = new_page()
    page.goto(f"{app}/masks")
    expect(page.locator("svg.marks").first).to_be_visible()
    wait_until_at_rest(page)
    page.goto("about:blank")
    assert sum(bytes_loaded(page, f"{app}/masks").values()) <= MOST_BYTES / 50
