"""The live network without a server: it draws, moves and reports from one file of scripts."""

import pytest
from playwright.sync_api import expect

from tests.e2e import live, network

pytestmark = pytest.mark.browser


def test_it_runs_without_a_server(page):
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    network.show_without_server(page, rate=0.0)
    box = page.locator("#here")
    assert len(network.sentences(box)) == network.HIDDEN
    box.locator(".neuron").nth(3).click()
    assert network.dropped(box) == {3}
    assert not [url for url in requests if not url.startswith("data:")]


STEP_THREE_TIMES = """slider => {
    for (let i = 0; i < 3; i += 1) { slider.stepUp(); slider.dispatchEvent(new Event("input", { bubbles: true })) }
}"""


def test_it_reports_once_the_reader_pauses(new_page):
    page = new_page(reduced_motion="reduce")
    network.show_without_server(page)
    page.locator("[name=rate]").evaluate(STEP_THREE_TIMES)  # at once, since a busy machine pauses between keys
    page.wait_for_function("window.reports.length > 0")
    page.wait_for_timeout(500)
    assert page.evaluate("window.reports") == [network.SETTINGS | {"rate": 0.65}]


def test_motion_that_nobody_started_reports_nothing(page):
    network.show_without_server(page)
    first = page.locator("p.verdict").inner_text()
    expect(page.locator("p.verdict")).not_to_have_text(first)
    page.wait_for_timeout(1000)
    assert page.evaluate("window.reports") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, live.PHONE_WIDTH])
def test_axe_finds_nothing_and_nothing_overflows(new_page, scheme, width):
    page = new_page(reduced_motion="reduce", color_scheme=scheme, viewport={"width": width, "height": 844})
    network.show_without_server(page, hand="1d.2k")
    assert live.serious_violations_as_shown(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_neuron_is_reached_by_keyboard(new_page):
    page = new_page(reduced_motion="reduce")
    network.show_without_server(page)
    page.locator("[name=digit]").first.focus()
    names = set()
    for _ in range(network.HIDDEN + 2):
        page.keyboard.press("Tab")
        names.add(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert set(network.sentences(page.locator("#here"))) <= names
