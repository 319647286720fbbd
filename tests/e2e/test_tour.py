"""The tour in a browser: ten steps by links and by keyboard, Back, leaving and resuming, on a laptop and on a phone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dropout_core.ui.tour_steps import STEPS
from tests.e2e import live

pytestmark = pytest.mark.browser
LAPTOP, PHONE = {"width": 1280, "height": 800}, {"width": live.PHONE_WIDTH, "height": 844}
PICTURES = {  # the first picture of each page, which the card must not cover
    "overview": ".st-key-overview_memorising svg.marks",
    "masks": ".stage svg",
    "scaling": ".st-key-scaling_sums svg.marks",
    "ensemble": ".st-key-ens_outputs svg.marks",
    "training": ".stVegaLiteChart svg.marks",
    "rates": ".st-key-rates_guesses svg.marks",
    "regularisers": ".st-key-reg_outcomes svg.marks",
    "uncertainty": ".st-key-unc_pad canvas",
    "pitfalls": ".stVegaLiteChart svg.marks",
    "claims": ".st-key-scoreboard summary",
}
MARKS = "path[d], rect, circle"


def card(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Tour: step {number} of 10")


def open_step(page: Page, app: str, number: int) -> None:
    name = STEPS[number - 1].page.replace("overview", "")
    page.goto(f"{app}/{name}?tour={number}")
    at_step(page, number)


def at_step(page: Page, number: int) -> None:
    """Expect that this step's card and the page's first picture are shown, and wait until the page is at rest."""
    expect(card(page, number)).to_contain_text(f"Step {number} of 10")
    expect(page.locator(PICTURES[STEPS[number - 1].page]).first).to_be_visible()
    live.wait_until_at_rest(page)
    expect(page).to_have_url(re.compile(rf"[?&]tour={number}$"))


def follow(page: Page, label: str) -> None:
    page.locator(".st-key-tour").get_by_role("link", name=label).click()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_next_leads_through_ten_pages_whose_pictures_it_does_not_cover(new_page, app, size):
    page = new_page(viewport=size)
    page.goto(app)
    page.get_by_role("link", name="Take the five-minute tour").click()
    for number, step in enumerate(STEPS, 1):
        at_step(page, number)
        expect(card(page, number)).to_be_focused()
        picture = page.locator(PICTURES[step.page]).first
        if "svg" in PICTURES[step.page]:
            assert picture.locator(MARKS).count() > 0, step.page
        frame, box = card(page, number).bounding_box(), picture.bounding_box()
        assert frame["y"] >= 0
        assert frame["y"] + frame["height"] <= box["y"] < size["height"], step.page
        assert live.width(page) <= size["width"]
        assert page.get_by_test_id("stException").count() == 0
        follow(page, "Next step" if number < len(STEPS) else "End the tour")
    expect(page.get_by_role("link", name="Take the five-minute tour")).to_be_visible()
    expect(page.locator(".st-key-tour")).to_have_count(0)


def test_each_step_is_one_that_back_undoes(page: Page, app: str):
    page.goto(app)
    page.get_by_role("link", name="Take the five-minute tour").click()
    for number in (1, 2):
        at_step(page, number)
        follow(page, "Next step")
    at_step(page, 3)
    for number in (2, 1):
        page.go_back()
        at_step(page, number)
    page.go_back()
    expect(page.get_by_role("link", name="Go on with the tour: step 1")).to_be_visible()
    expect(page.locator(".st-key-tour")).to_have_count(0)


def test_the_tour_can_be_left_and_resumed_and_leaving_is_a_step_too(page: Page, app: str):
    open_step(page, app, 3)
    slider = page.get_by_role("slider", name="Rate p")
    live.press(page, slider, "ArrowRight", 4)
    expect(page).to_have_url(f"{app}/scaling?rate=0.7&tour=3")
    follow(page, "Leave the tour")
    expect(page.locator(".st-key-tour")).to_have_count(0)
    expect(page).to_have_url(f"{app}/scaling?rate=0.7")
    assert slider.input_value() == "0.7"
    page.go_back()
    at_step(page, 3)
    follow(page, "Leave the tour")
    expect(page.locator(".st-key-tour")).to_have_count(0)
    page.get_by_role("link", name="Overview", exact=True).first.click()
    expect(page.get_by_role("link", name="Go on with the tour: step 3")).to_be_visible()
    live.wait_until_at_rest(page)
    page.get_by_role("link", name="Go on with the tour: step 3").click()
    at_step(page, 3)
    expect(page.get_by_role("slider", name="Rate p")).to_have_value("0.5")


def test_the_keyboard_goes_from_the_card_to_next_and_on_to_the_page(page: Page, app: str):
    open_step(page, app, 2)
    follow(page, "Next step")
    at_step(page, 3)
    expect(card(page, 3)).to_be_focused()
    for label in ("Next step", "Leave the tour"):
        page.keyboard.press("Tab")
        expect(card(page, 3).get_by_role("link", name=label)).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.stMain') && !document.activeElement.closest('.st-key-tour')")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    at_step(page, 4)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_serious_on_a_step(new_page, app, size):
    page = new_page(viewport=size)
    open_step(page, app, 4)
    assert live.serious_violations(page) == []
