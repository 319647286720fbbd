"""Browser tests of the papers page: chart marks, navigation to the next figure, phone layout and accessibility."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import AVERAGED, DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.topics.papers.catalogue import BY_SLUG, FIGURES
from tests.e2e import live

pytestmark = pytest.mark.browser
CHART = "[data-testid=stVegaLiteChart] svg"
MARKS = {
    "figure-4-small": (f"path[stroke='{DROPOUT}']", f"path[stroke='{NO_DROPOUT}']"),
    "figure-8": (f"path[stroke='{NO_DROPOUT}']", f"path[stroke='{NEUTRAL}']"),
    "figure-9a": (f"path[fill='{NEUTRAL}']", f"path[fill='{DROPOUT}']", "text:has-text('paper: flat')"),
    "figure-9b": (f"line[stroke='{NEUTRAL}']", "text:has-text('paper: lowest error')"),
    "figure-10": (f"path[fill='{NO_DROPOUT}']", "text:has-text('paper: none')", "text:has-text('gain')"),
    "figure-11": (f"path[fill='{AVERAGED}']", "text:has-text('one scaled pass')"),
    "table-2": (f"path[stroke='{NEUTRAL}']", "text:has-text('3 × 1024, dropout')"),
    "table-9": (f"line[stroke='{DROPOUT}']", "text:has-text('max-norm')"),
    "table-10": (f"line[stroke='{DROPOUT}']", f"line[stroke='{NEUTRAL}']", "text:has-text('Gaussian')"),
    "section-9.1": (f"path[stroke='{AVERAGED}']", f"path[fill='{DROPOUT}']"),
}


def open_figure(page: Page, app: str, slug: str) -> None:
    page.goto(f"{app}/papers?figure={slug}")
    figure = BY_SLUG[slug]
    expect(page.get_by_role("heading", name=f"{figure.name}: {figure.title}")).to_be_visible()
    expect(page.locator(CHART).first).to_be_visible()


def test_next_leads_on_and_the_link_follows(page: Page, app: str):
    open_figure(page, app, "figure-10")
    page.get_by_role("button", name="Next figure: Fig. 11").click()
    heading = page.get_by_role("heading", name=f"Fig. 11: {BY_SLUG['figure-11'].title}")
    expect(heading).to_be_focused()
    page.wait_for_url("**/papers?figure=figure-11")
    expect(page.locator(f"{CHART} text", has_text="one scaled pass").first).to_be_attached()


@pytest.mark.parametrize("slug", BY_SLUG)
def test_on_a_phone_all_marks_are_drawn_nothing_overflows_and_axe_finds_nothing_serious(
    phone: Page, app: str, slug: str
):
    open_figure(phone, app, slug)
    live.wait_until_at_rest(phone)
    for mark in MARKS.get(slug, ()):
        expect(phone.locator(f"{CHART} {mark}").first).to_be_attached()
        box = phone.locator(f"{CHART} {mark}").first.bounding_box()
        assert box["width"] + box["height"] > 3
    assert live.width(phone) <= live.PHONE_WIDTH
    assert live.serious_violations(phone) == []


def test_every_mark_belongs_to_a_figure():
    assert set(MARKS) <= set(BY_SLUG)


def test_on_a_phone_the_menu_and_the_labels_have_room(phone: Page, app: str):
    longest = max(FIGURES, key=lambda figure: len(f"{figure.name}: {figure.title}"))
    open_figure(phone, app, longest.slug)
    menu = phone.get_by_test_id("stSelectbox").locator("input")
    expect(menu).to_have_value(f"{longest.name}: {longest.title}")
    assert not menu.evaluate("input => input.scrollWidth > input.clientWidth + 1")
    open_figure(phone, app, "figure-9a")
    label = phone.locator(f"{CHART} text", has_text="paper: flat").first.bounding_box()
    band = phone.locator(f"{CHART} path[fill='{NEUTRAL}']").first.bounding_box()
    assert band["x"] <= label["x"]
    assert label["x"] + label["width"] <= band["x"] + band["width"]
    open_figure(phone, app, "figure-11")
    label = phone.locator(CHART).get_by_text("one scaled pass", exact=True).last.bounding_box()
    curve = phone.locator(f"{CHART} path[stroke='{AVERAGED}']").last.bounding_box()
    assert label["y"] + label["height"] / 2 > curve["y"] + curve["height"], "below the curve"
