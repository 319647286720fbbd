"""The neurons page in a browser: marks, sliders, selecting a neuron by a click, links, a phone, and axe."""

import pytest
from playwright.sync_api import Locator, Page, expect

from dropout_core.charts.theme import DROPOUT, NO_DROPOUT
from tests.e2e import live

pytestmark = pytest.mark.browser
CHARTS = ("activity", "single", "costly", "random", "seeds")


def open_neurons(page: Page, app: str, link: str = "") -> None:
    page.goto(f"{app}/neurons{link}")
    expect(page.get_by_text("Next: Uncertainty")).to_be_visible()


def chart(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-neurons_{name} svg.marks")


def move(page: Page, name: str, slider: str, value: int) -> None:
    control = page.locator(f".st-key-neurons_{name} input[type=range][name={slider}]")
    control.evaluate(f"e => {{ e.value = {value}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }}")


def test_features_and_every_charts_marks_are_drawn(page: Page, app: str):
    open_neurons(page, app)
    for name in CHARTS:
        for colour in (NO_DROPOUT, DROPOUT):
            drawn = chart(page, name).locator(
                f"path[stroke='{colour}'], path[fill='{colour}'], line[stroke='{colour}']"
            )
            expect(drawn.first).to_be_attached()
    images = page.locator("[data-testid=stImage] img")
    expect(images).to_have_count(2)
    assert images.evaluate_all("all => all.every(i => i.alt.includes('neurons') && i.naturalWidth > 100)")


def test_the_slider_picks_a_neuron_and_words_and_link_follow(page: Page, app: str):
    open_neurons(page, app)
    expect(page.get_by_text("rank 1: neuron").first).to_be_visible()
    move(page, "single", "rank_rank", 100)
    expect(page.get_by_text("rank 100: neuron").first).to_be_visible()
    page.wait_for_url("**/neurons?rank=100")
    page.locator(".st-key-neurons_single input[type=radio][value=loss]").check()
    page.wait_for_url("**/neurons?rank=100&measure=loss")
    expect(chart(page, "single").get_by_text("cross-entropy added")).to_be_attached()


def test_a_click_picks_the_nearest_neuron(page: Page, app: str):
    open_neurons(page, app)
    drawn = chart(page, "single")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    expect(page.get_by_text("rank 1: neuron")).to_have_count(0)
    page.wait_for_url("**/neurons?rank=*")


def test_both_removal_charts_follow_one_slider(page: Page, app: str):
    open_neurons(page, app)
    for name in ("costly", "random"):
        expect(chart(page, name).get_by_text("32 of 384 removed")).to_be_attached()
    move(page, "costly", "removed_k", 192)
    for name in ("costly", "random"):
        expect(chart(page, name).get_by_text("192 of 384 removed")).to_be_attached()
    page.wait_for_url("**removed=192*")
    page.reload()
    for name in ("costly", "random"):
        expect(chart(page, name).get_by_text("192 of 384 removed")).to_be_attached()


def test_on_a_phone_nothing_overflows_and_axe_finds_nothing_serious(phone: Page, app: str):
    open_neurons(phone, app)
    phone.get_by_text("Every measurement").click()
    expect(phone.get_by_role("table")).to_be_visible()
    live.wait_until_at_rest(phone)
    assert live.width(phone) <= live.PHONE_WIDTH
    assert not live.serious_violations(phone)
