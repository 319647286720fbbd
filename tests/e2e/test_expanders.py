"""Browser tests of expanders: a chart is drawn only when its expander is opened, with the current slider values."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser


def test_the_charts_of_a_closed_expander_are_drawn_when_it_is_opened(page: Page, app: str):
    live.open_page(page, f"{app}/variants", [page.locator(".st-key-variants_network")])
    curves = page.locator(".st-key-variants_curves")
    expect(curves).to_have_count(0)
    page.get_by_text("Epoch by epoch").click()
    expect(curves.locator(":is(svg.marks, canvas)")).to_be_visible()


def test_a_chart_that_is_drawn_later_starts_where_the_reader_has_moved_the_slider(page: Page, app: str):
    costly, at_random = (page.locator(f".st-key-neurons_{name}") for name in ("costly", "random"))
    live.open_page(page, f"{app}/neurons?show=1", [costly])
    moved = live.control(costly, "removed_k")
    live.press(page, moved, "ArrowRight", 3)
    page.get_by_text("Remove them in random order").click()
    expect(live.control(at_random, "removed_k")).to_have_value(moved.input_value())
