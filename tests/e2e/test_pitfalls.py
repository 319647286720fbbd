"""The pitfalls in a real browser: a pick, its answer in numbers and a picture, the link, a phone, and axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def open_lab(page: Page, app: str, lab: str, name: str) -> None:
    page.goto(f"{app}/pitfalls?lab={lab}")
    expect(page.get_by_role("heading", name=name, level=2)).to_be_visible(timeout=30_000)


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
    expect(page.get_by_text("1 of 1 answers right")).to_have_count(1)  # the old one is drawn away in a moment
    page.reload()
    expect(page.get_by_text("1 of 1 answers right")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("Yes, B is the bug.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_answer_on_a_phone_overflows_nothing_and_axe_finds_nothing_serious(browser: Browser, app: str, scheme: str):
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    open_lab(page, app, "functional", "F.dropout after eval()")
    pick(page, "A")
    expect(page.locator("[data-testid=stVegaLiteChart] svg").first).to_be_visible()
    assert page.locator("[data-testid=stMain]").evaluate("element => element.scrollWidth") <= 390
    code = page.locator("[data-testid=stCode] pre").first
    expect(code).to_have_attribute("tabindex", "0")  # the keyboard can scroll it
    assert code.evaluate("e => getComputedStyle(e.querySelector('code') ?? e).whiteSpace") == "pre"  # no broken words
    violations = Axe().run(page).response["violations"]
    assert not [(v["id"], v["nodes"][0]["html"][:200]) for v in violations if v["impact"] in ("serious", "critical")]
    page.close()
