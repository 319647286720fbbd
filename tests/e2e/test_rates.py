"""Browser tests of the rates page: guessing, the revealed answer, and a sweep whose cells appear one by one."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dropout_core.numerics.statistics import FEWEST
from tests.e2e import live
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
TINY = f"images=500&epochs=1&seeds={FEWEST}"
SCREENS = [(1280, 800), (live.PHONE_WIDTH, 844)]


def cells(page: Page) -> int:
    """Count the cells drawn in the sweep's heat map."""
    return page.locator(".st-key-rates_own svg.marks").first.locator("g.layer_0_marks path").count()


def wait_for_cells(page: Page, least: int) -> None:
    wait_until(lambda: cells(page) >= least, f"{least} cells are drawn", 120)


def open_rates(page: Page, app: str, query: str) -> None:
    page.goto(f"{app}/rates?{query}")
    expect(page.get_by_role("heading", name="Which rate?")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def guess(page: Page, width: int) -> Locator:
    return live.control(page.locator(".st-key-rates_guesses"), f"w{width}_rate")


def guessed(page: Page) -> list[float]:
    """Return the horizontal positions of the guesses on the map, in ascending order."""
    marks = page.locator(".st-key-rates_guesses").get_by_text("◆ you")
    return sorted(mark.bounding_box()["x"] for mark in marks.all())


def open_question(page: Page, app: str) -> None:
    page.goto(f"{app}/rates")
    expect(page.locator(".st-key-rates_guesses svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)


@pytest.mark.parametrize("size", SCREENS)
def test_the_first_screen_shows_the_question_its_map_and_show(page: Page, app: str, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    open_question(page, app)
    expect(page.get_by_role("heading", name="Does a wider net need a higher rate?")).to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-rates_guesses svg.marks")).to_be_in_viewport(ratio=1)
    expect(guess(page, 16)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Show", exact=True)).to_be_in_viewport(ratio=1)
    assert live.width(page) <= size[0]


def test_a_guess_moves_at_once_is_pinned_on_both_maps_and_survives_a_reload(page: Page, app: str):
    open_question(page, app)
    before = guessed(page)
    assert before[0] == before[-1], "all guesses begin at the same rate"
    live.press(page, guess(page, 16), "ArrowLeft", 2)
    after = guessed(page)
    assert after[0] < after[1] == before[0]
    page.wait_for_url("**w16=0*")
    page.get_by_role("button", name="That is my guess").click()
    answer = page.get_by_text("your guess is among the best rates for 2 of 4 widths: 16 and 256")
    for _ in range(2):
        expect(answer).to_be_visible()
        for chart in (0, 1):
            expect(page.locator(".st-key-rates_maps svg.marks").nth(chart).get_by_text("◆")).to_have_count(4)
        page.reload()


@pytest.mark.parametrize("size", SCREENS)
def test_the_revealed_page_opens_on_its_finding_and_a_slider_compares_rates(
    page: Page, app: str, size: tuple[int, int]
):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app}/rates?show=1")
    expect(page.get_by_role("heading", name="By loss, yes; by accuracy, no, a lower one")).to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-rates_maps svg.marks").first).to_be_in_viewport(ratio=1)
    chart = page.locator(".st-key-rates_learning")
    expect(chart.get_by_text(re.compile(r"p = 0\.5: first 85 % at epoch \d+"))).to_be_visible()
    live.press(page, live.control(chart, "rate_p"), "ArrowRight", 3)
    expect(chart.get_by_text(re.compile(r"p = 0\.8: (85 % not reached|first 85 % at epoch \d+)"))).to_be_visible()
    assert live.width(page) <= size[0]


def test_cells_appear_one_by_one_and_a_reload_finds_the_sweep(page: Page, app: str):
    open_rates(page, app, TINY)
    page.get_by_role("button", name="Start").click()
    wait_for_cells(page, 1)
    page.reload()
    wait_for_cells(page, 15)
    expect(page.get_by_role("heading", name="Does the best rate grow with the width of the net?")).to_be_visible()
    expect(page.locator(".st-key-rates_own svg.marks")).to_have_count(4)
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_nothing_overflows_on_a_phone(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_rates(page, app, TINY)
    if page.get_by_role("button", name="Start").is_enabled():
        page.get_by_role("button", name="Start").click()
    wait_for_cells(page, 15)
    assert live.width(page) <= live.PHONE_WIDTH
