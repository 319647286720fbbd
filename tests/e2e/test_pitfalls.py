"""The pitfalls page in a browser: choosing an answer, the numbers and chart then shown, links, a phone, and axe."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser


def open_lab(page: Page, app: str, lab: str, name: str) -> None:
    page.goto(f"{app}/pitfalls?lab={lab}")
    expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()


def pick(page: Page, letter: str) -> None:
    page.locator("[data-testid=stRadio] label", has_text=letter).last.click()
    expect(page.get_by_text("is the bug.")).to_be_visible()


def test_a_pick_is_answered_and_the_next_lab_is_in_the_link(page: Page, app: str):
    open_lab(page, app, "one-mask", "One mask for the batch")
    expect(page.get_by_role("table")).to_have_count(0)
    pick(page, "B")
    expect(page.get_by_text("Yes, B is the bug.")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart] svg path[fill='#0d9488']").first).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Exactly the share p")).to_be_visible()
    expect(page.get_by_role("heading", name="Exactly the share p")).to_be_focused()
    page.wait_for_url("**/pitfalls?lab=exactly-k&picks=*B")
    expect(page.get_by_text("1 of 1 answers right")).to_have_count(1)  # the previous text disappears after a delay
    page.reload()
    expect(page.get_by_text("1 of 1 answers right")).to_be_visible()
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("Yes, B is the bug.")).to_be_visible()


def test_an_answer_on_a_phone_overflows_nothing_and_axe_finds_nothing_serious(phone: Page, app: str):
    open_lab(phone, app, "functional", "F.dropout after eval()")
    pick(phone, "A")
    expect(phone.locator("[data-testid=stVegaLiteChart] svg").first).to_be_visible()
    assert live.width(phone) <= live.PHONE_WIDTH
    code = phone.locator("[data-testid=stCode] pre").first
    expect(code).to_have_attribute("tabindex", "0")  # so that the keyboard can scroll the code
    # Lines are not wrapped.
    assert code.evaluate("e => getComputedStyle(e.querySelector('code') ?? e).whiteSpace") == "pre"
    live.wait_until_at_rest(phone)
    assert not live.serious_violations(phone)
