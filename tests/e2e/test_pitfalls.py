"""Browser tests of the pitfalls page: answers kept after a reload, the slider, phone layout and accessibility."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import NEUTRAL, PICKED
from dropout_core.topics.pitfalls.catalogue import BY_SLUG
from dropout_core.topics.pitfalls.symptoms import finding
from tests.e2e import live

pytestmark = pytest.mark.browser


def open_lab(page: Page, app: str, lab: str) -> None:
    page.goto(f"{app}/pitfalls?lab={lab}")
    expect(page.get_by_role("heading", name=BY_SLUG[lab].name, level=2)).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart] svg").first).to_be_visible()


def answer(page: Page, lab: str) -> None:
    """Give the right answer."""
    pitfall = BY_SLUG[lab]
    asked = {"bug": "has the bug", "misconception": "is misleading"}[pitfall.kind]
    page.get_by_role("button", name=f"{pitfall.bug} {asked}", exact=True).click()
    expect(page.get_by_text(f"Yes, {pitfall.bug}")).to_be_visible()


def test_an_answer_stays_after_a_reload_but_not_in_the_link(page: Page, app: str):
    open_lab(page, app, "one-mask")
    expect(page.locator(f"[data-testid=stVegaLiteChart] svg path[fill='{NEUTRAL}']")).to_have_count(0)
    answer(page, "one-mask")
    expect(page.locator(f"[data-testid=stVegaLiteChart] svg path[fill='{NEUTRAL}']").first).to_be_visible()
    page.wait_for_url("**/pitfalls?lab=one-mask")
    page.reload()
    expect(page.get_by_text(f"Yes, {BY_SLUG['one-mask'].bug}")).to_be_visible()
    page.get_by_text("Put my answers in the link").click()
    page.wait_for_url("**/pitfalls?lab=one-mask&picks=*")
    page.get_by_role("button", name=BY_SLUG["exactly-k"].name, exact=False).first.click()
    heading = page.get_by_role("heading", name=BY_SLUG["exactly-k"].name, level=2)
    expect(heading).to_be_focused()


def test_the_slider_reads_off_the_values_in_the_browser(page: Page, app: str):
    open_lab(page, app, "order")
    answer(page, "order")
    slider = page.locator(".vega-bind input[type=range]").first
    expect(page.locator("svg text", has_text="correct: ").first).to_be_visible()
    before = page.locator("svg text", has_text="with the bug: ").first.text_content()
    slider.fill("0.8")
    expect(page.locator("svg text", has_text="with the bug: ").first).not_to_have_text(before or "")
    page.wait_for_url("**/pitfalls?lab=order&rate=0.8")
    expect(page.get_by_text(finding(BY_SLUG["order"], 0.8), exact=True)).to_be_visible()
    expect(slider).to_have_value("0.8")  # the chart is not drawn anew


def test_an_answer_on_a_phone_overflows_nothing_and_axe_finds_nothing_serious(phone: Page, app: str):
    open_lab(phone, app, "functional")
    answer(phone, "functional")
    assert live.width(phone) <= live.PHONE_WIDTH
    code = phone.locator("[data-testid=stCode] pre").first
    expect(code).to_have_attribute("tabindex", "0")  # so that the keyboard can scroll the code
    # Lines are wrapped, so that none is cut off.
    assert code.evaluate("e => getComputedStyle(e.querySelector('code') ?? e).whiteSpace") == "pre-wrap"
    live.wait_until_at_rest(phone)
    assert not live.serious_violations(phone)


def test_both_pieces_of_code_train_live_until_the_reader_cancels(page: Page, app: str):
    open_lab(page, app, "train")
    answer(page, "train")
    page.get_by_text("Train both").first.click()
    page.get_by_role("button", name="Start").click()
    for colour in (PICKED, NEUTRAL):  # with the bug, and correct
        expect(page.locator(f"[data-testid=stExpander] .mark-line path[stroke='{colour}']").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped after")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_on_a_phone_a_finding_in_the_reader_s_code_opens_its_pitfall(phone: Page, app: str):
    open_lab(phone, app, "keep")
    phone.get_by_text("Check your own code").click()
    area = phone.get_by_label("PyTorch code")
    area.fill(BY_SLUG["functional"].broken)
    phone.get_by_role("button", name="Check", exact=True).click()
    expect(phone.get_by_text("Line 3: F.dropout is called without training=.")).to_be_visible()
    assert live.width(phone) <= live.PHONE_WIDTH
    live.wait_until_at_rest(phone)
    assert not live.serious_violations(phone)
    phone.locator(".st-key-pit_finding_0 button").click()
    expect(phone.get_by_role("heading", name=BY_SLUG["functional"].name, level=2)).to_be_focused()
    expect(area).to_have_value(BY_SLUG["functional"].broken)
