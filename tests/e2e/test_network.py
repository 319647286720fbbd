"""Browser tests of the live network without a server: drawing, animation, reports and accessibility."""

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
    page.locator("[name=rate]").evaluate(STEP_THREE_TIMES)  # in a single call, since a busy machine pauses between keys
    page.wait_for_function("window.reports.length > 0")
    page.wait_for_timeout(500)
    assert page.evaluate("window.reports") == [network.SETTINGS | {"rate": 0.65}]


def test_motion_that_nobody_started_reports_nothing(page):
    network.show_without_server(page)
    first = page.locator("p.verdict").inner_text()
    expect(page.locator("p.verdict")).not_to_have_text(first)
    page.wait_for_timeout(1000)
    assert page.evaluate("window.reports") == []


CHANGES = {
    "New draws": "root => root.querySelector('.again').click()",
    "rate": """root => {
        const slider = root.querySelector("[name=rate]")
        slider.stepUp()
        slider.dispatchEvent(new Event("input", { bubbles: true }))
    }""",
    "digit": "root => root.querySelector('[name=digit][value=\"8\"]').click()",
    "hand": "root => root.querySelector('.neuron').dispatchEvent(new Event('click'))",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_reported_while_it_plays_and_the_passes_are_not(new_page, change):
    page = new_page(reduced_motion="reduce")
    network.show_without_server(page)
    page.get_by_role("button", name="Play passes").click()
    page.locator("#here").evaluate(CHANGES[change])
    page.wait_for_function("window.reports.length > 0")
    expect(page.locator(".play")).to_have_text("Pause")
    before = page.locator("[name=pass]").input_value()
    expect(page.locator("[name=pass]")).not_to_have_value(before)
    page.wait_for_timeout(500)
    reports = page.evaluate("window.reports")
    assert len(reports) == 1
    assert {name for name in network.SETTINGS if reports[0][name] != network.SETTINGS[name]} - {"pass"}


def test_a_new_visit_does_not_inherit_the_animation(new_page):
    page = new_page(reduced_motion="reduce")
    network.show_without_server(page)
    page.get_by_role("button", name="Play passes").click()
    expect(page.locator(".play")).to_have_text("Pause")
    network.visit_again_without_server(page)
    expect(page.locator(".play")).to_have_text("Play passes")


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
