"""Browser tests of the variants page: the networks and their controls, and curves."""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import DROPPED, PICKED
from tests.e2e import live

pytestmark = pytest.mark.browser
NEGATIVE = re.compile("(factor is|factors are) negative")
NETWORK, MAPS, CURVES = ".st-key-variants_network", ".st-key-variants_maps", ".st-key-variants_curves"


def visit(page: Page, app: str, params: str = "") -> None:
    """Open the page and all its expanders."""
    page.goto(f"{app}/variants{params}")
    expect(page.locator(f"{NETWORK} svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)
    live.unfold(page)
    expect(page.locator(f"{CURVES} svg.marks")).to_be_visible()


def dropped(page: Page) -> list[str]:
    return [text for text in live.texts(page.locator(NETWORK)) if text.endswith(" dropped")]


def lost(page: Page, chart: str) -> int:
    return page.locator(f"{chart} svg.marks [stroke='{DROPPED}']").count()


def test_the_network_answers_to_variant_and_rate_and_the_link_follows(page: Page, app: str):
    visit(page, app, "?variant=Gaussian")
    network = page.locator(NETWORK)
    expect(network.get_by_text(NEGATIVE)).to_be_visible()
    network.get_by_role("radio", name="DropConnect").check()
    expect(network.get_by_text(NEGATIVE)).to_have_count(0)
    expect(network.get_by_text("a coin per connection")).to_be_visible()
    few = lost(page, NETWORK)
    page.get_by_role("slider", name="Rate p").fill("0.9")
    expect(network.get_by_text("= 9.00")).to_be_visible()
    assert lost(page, NETWORK) > few
    page.wait_for_url("**variant=DropConnect&rate=0.9**")
    expect(page.get_by_text("measured at p = 0.90")).to_be_visible()
    assert page.locator(f"{MAPS} input[name=rate_p]").input_value() == "0.9"


def test_it_moves_by_itself_until_it_is_touched_and_sends_nothing(page: Page, app: str):
    page.goto(f"{app}/variants")
    expect(page.locator(f"{NETWORK} svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)
    sent = page.evaluate("window.lastMessage")
    page.wait_for_function("old => document.querySelector('input[name=pass_k]').value > old", arg=3)
    assert page.evaluate("window.lastMessage") == sent
    assert "pass=" not in page.url
    page.locator(f"{NETWORK} svg.marks").click()
    expect(page.get_by_role("button", name="Play passes")).to_be_visible()


def test_both_networks_show_the_same_pass(page: Page, app: str):
    visit(page, app, "?variant=Dropout&pass=7")
    first, second = dropped(page)
    assert first == second


def test_whole_maps_vanish(page: Page, app: str):
    visit(page, app, "?rate=0")
    assert lost(page, MAPS) == 0
    page.get_by_role("slider", name="Rate p").fill("0.95")
    expect(page.locator(MAPS).get_by_text("→ 0.0").first).to_be_visible()
    assert lost(page, MAPS) > 64


def test_a_curve_is_laid_beside_the_two(page: Page, app: str):
    visit(page, app)
    assert page.locator(f"{CURVES} svg.marks path[stroke='{PICKED}']").count() >= 1
    page.locator(CURVES).get_by_role("radio", name="early").check()
    expect(page.locator(f"{CURVES} svg.marks text", has_text="early")).to_be_visible()
    expect(page.locator(f"{CURVES} svg.marks text", has_text="Gaussian")).to_have_count(0)
    page.wait_for_url("**beside=early")
