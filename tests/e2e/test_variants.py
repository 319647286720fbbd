"""The variants page in a browser: the network's controls, linked sliders, the selected curve, a phone, and axe."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import DROPPED, PICKED
from tests.e2e import live

pytestmark = pytest.mark.browser
NETWORK, MAPS, CURVES = ".st-key-variants_network", ".st-key-variants_maps", ".st-key-variants_curves"


def visit(page: Page, app: str, params: str = "") -> None:
    """Open the page, and then everything that is folded."""
    page.goto(f"{app}/variants{params}")
    expect(page.locator(f"{NETWORK} svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)
    for fold in page.get_by_test_id("stExpander").locator("summary").all():
        fold.click()
    expect(page.locator(f"{CURVES} svg.marks")).to_be_visible()


def lost(page: Page, chart: str) -> int:
    return page.locator(f"{chart} svg.marks [stroke='{DROPPED}']").count()


def test_the_network_answers_to_variant_and_rate_and_the_link_follows(page: Page, app: str):
    visit(page, app, "?variant=Gaussian")
    network = page.locator(NETWORK)
    expect(network.get_by_text("0 of 6 out")).to_have_count(2)
    network.get_by_role("radio", name="DropConnect").check()
    expect(network.get_by_text("no noise")).to_have_count(4)
    expect(network.get_by_text("A coin for every connection")).to_be_visible()
    few = lost(page, NETWORK)
    network.locator("input[type=range][name=rate_p]").fill("0.9")
    expect(network.get_by_text("= 9.000")).to_be_visible()
    assert lost(page, NETWORK) > few
    page.wait_for_url("**variant=DropConnect&rate=0.9**")
    expect(page.get_by_text("Measured at p = 0.90")).to_be_visible()
    assert page.locator(f"{MAPS} input[name=rate_p]").input_value() == "0.9"


def test_whole_maps_vanish(page: Page, app: str):
    visit(page, app, "?rate=0")
    assert lost(page, MAPS) == 0
    page.locator(f"{MAPS} input[name=rate_p]").fill("0.95")
    expect(page.locator(MAPS).get_by_text("→ 0.0").first).to_be_visible()
    assert lost(page, MAPS) > 64


def test_a_curve_is_laid_beside_the_two(page: Page, app: str):
    visit(page, app)
    assert page.locator(f"{CURVES} svg.marks path[stroke='{PICKED}']").count() >= 1
    page.locator(CURVES).get_by_role("radio", name="early").check()
    expect(page.locator(f"{CURVES} svg.marks text", has_text="early")).to_be_visible()
    expect(page.locator(f"{CURVES} svg.marks text", has_text="Gaussian")).to_have_count(0)
    page.wait_for_url("**beside=early")


def test_on_a_phone_nothing_overflows_and_axe_finds_nothing_serious(phone: Page, app: str):
    visit(phone, app)
    live.wait_until_at_rest(phone)
    assert live.width(phone) <= live.PHONE_WIDTH
    assert not live.serious_violations(phone)
