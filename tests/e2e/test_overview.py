"""The overview in a browser: its picture moves by itself, and fits a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser

CHART = ".st-key-overview_chart"
DISCS = f"{CHART} svg.marks [aria-label*=', neuron ']"
STEP = 1600  # milliseconds between two steps of the player


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(DISCS).first).to_be_visible()
    live.wait_until_at_rest(page)


def states(page: Page) -> list[str]:
    """Return the state of each neuron, such as 'Hidden 1, neuron 2: dropped'."""
    return page.locator(DISCS).evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")


def passes(page: Page):
    return page.locator(f"{CHART} input[name=pass_k]")


def test_a_phone_needs_no_sideways_scrolling(page, app):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_page(page, app)
    assert page.evaluate("document.documentElement.scrollWidth") <= live.PHONE_WIDTH
    assert live.width(page) <= live.PHONE_WIDTH


def test_the_overview_moves_by_itself_and_can_be_paused(page, app):
    open_page(page, app)
    before = states(page)
    expect(passes(page)).not_to_have_value("1")
    assert states(page) != before
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_at_inference_the_passes_stand_still_and_play_is_off(page, app):
    open_page(page, app)
    button = page.get_by_role("button", name=re.compile("Play|Pause"))
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.locator(f"{CHART} input[name=mode_m][value=inference]").check()
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile("Play"))
    before = passes(page).input_value()
    page.wait_for_timeout(1.5 * STEP)
    assert passes(page).input_value() == before
    page.locator(f"{CHART} input[name=mode_m][value=training]").check()
    expect(page.get_by_role("button", name="Pause")).to_be_enabled()
    expect(passes(page)).not_to_have_value(before)


def test_the_overview_is_still_for_readers_who_prefer_it(page, app):
    page.emulate_media(reduced_motion="reduce")
    open_page(page, app)
    page.wait_for_timeout(1.5 * STEP)
    assert passes(page).input_value() == "1"
    expect(page.get_by_role("button", name="Play")).to_be_visible()
