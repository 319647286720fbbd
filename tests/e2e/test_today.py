"""Browser tests of the page on dropout today: the guess, the chart and its control, links, and the first screen."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import DROPOUT, PICKED
from tests.e2e import live
from tests.e2e.test_layout import CROSSED_TEXTS, CUT_TEXTS

pytestmark = pytest.mark.browser
GAINS = ".st-key-today_gains"


def dots(page: Page, colour: str = DROPOUT):
    return page.locator(f"{GAINS} svg.marks .mark-symbol path[fill='{colour}']")


@pytest.mark.parametrize("size", [(1280, 800), (live.PHONE_WIDTH, 844)], ids=["laptop", "phone"])
def test_the_first_screen_asks_shows_a_picture_and_can_be_answered(new_page, app, size):
    page = new_page(viewport={"width": size[0], "height": size[1]})
    live.open_page(page, f"{app}/today", [page.locator(GAINS)])
    expect(page.get_by_role("heading", name="seen only once")).to_be_in_viewport()
    for name in ("It helps", "It hurts", "No difference", "Show"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    box = page.locator(f"{GAINS} svg.marks").bounding_box()
    assert box["y"] + 0.6 * box["height"] <= size[1]
    assert "?" in live.texts(page.locator(GAINS))
    assert dots(page).count() == 3
    assert live.width(page) <= size[0]


def test_a_guess_reveals_all_points_is_pinned_and_survives_a_reload(page: Page, app: str):
    live.open_page(page, f"{app}/today", [page.locator(GAINS)])
    page.get_by_role("button", name="It hurts", exact=True).click()
    expect(page.get_by_text("Your guess: it hurts")).to_be_visible()
    page.wait_for_url("**show=1&guess=costs*")
    for _ in range(2):
        expect(dots(page)).to_have_count(8)
        expect(dots(page, PICKED)).to_have_count(1)
        assert "your guess" in live.texts(page.locator(GAINS))
        page.reload()
        live.wait_until_at_rest(page)


def test_every_fold_draws_its_charts_and_nothing_overflows_on_a_phone(phone: Page, app: str):
    phone.goto(f"{app}/today?show=1")
    live.wait_until_at_rest(phone)
    live.unfold(phone)
    for chart in phone.locator("[data-testid=stVegaLiteChart]").all():
        assert chart.locator("svg.marks :is(path[d], rect, circle)").count() > 0
    assert live.width(phone) <= live.PHONE_WIDTH


# Returns the pairs of texts in a chart that cover each other by more than a pixel.
OVERLAPS = """chart => {
    const texts = [...chart.querySelectorAll("svg.marks text")];
    const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
    return boxes.flatMap(([one, a], i) => boxes.slice(i + 1)
        .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
        .map(([other]) => [one, other]));
}"""


def test_names_and_numbers_of_the_folds_do_not_overlap_on_a_phone(phone: Page, app: str):
    phone.goto(f"{app}/today?show=1")
    live.wait_until_at_rest(phone)
    live.unfold(phone)
    for key in ("places", "schedules_small", "schedules_large", "norm"):
        chart = phone.locator(f".st-key-today_{key}")
        assert len(live.texts(chart)) > 6
        assert chart.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("guess", ["same", "gains"])
def test_no_text_is_cut_on_a_phone_and_the_guess_covers_nothing(phone: Page, app: str, guess: str):
    phone.goto(f"{app}/today?show=1&guess={guess}")
    live.wait_until_at_rest(phone)
    phone.set_viewport_size({"width": live.PHONE_WIDTH - 10, "height": 844})  # as if a scroll bar appeared
    live.wait_until_at_rest(phone)
    chart = phone.locator(GAINS)
    assert {"p = 0.5", "p = 0.2", "your guess"} <= set(live.texts(chart))
    assert phone.evaluate(CUT_TEXTS) == []
    pin = dots(phone, PICKED).bounding_box()
    label = chart.locator("svg.marks text", has_text="your guess").bounding_box()
    assert all(pin["x"] + pin["width"] < box["x"] for box in (dot.bounding_box() for dot in dots(phone).all()))
    assert phone.evaluate(CROSSED_TEXTS) == []
    zero = chart.locator("svg.marks text", has_text="no dropout").bounding_box()
    assert label["y"] + label["height"] < zero["y"], "above the line at zero"
    live.unfold(phone)
    assert phone.evaluate(CUT_TEXTS) == []
