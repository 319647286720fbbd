"""The sweep in a browser: cells appear one by one, the sweep is still shown after a reload, and it fits a phone."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.numerics.statistics import FEWEST
from tests.e2e import live
from tests.waiting import wait_until

pytestmark = pytest.mark.browser
TINY = f"images=500&epochs=2&seeds={FEWEST}"
BEFOREHAND = 5  # number of charts of reference runs, shown below the sweep's charts


def cells(page: Page) -> int:
    """Count the cells drawn in the sweep's heat map."""
    charts = page.locator("[data-testid=stVegaLiteChart] svg")
    return charts.first.locator("g.layer_0_marks path").count() if charts.count() > BEFOREHAND else 0


def wait_for_cells(page: Page, least: int) -> None:
    wait_until(lambda: cells(page) >= least, f"{least} cells are drawn", 120)


def open_rates(page: Page, app: str, query: str) -> None:
    page.goto(f"{app}/rates?{query}")
    expect(page.get_by_role("heading", name="Which rate?")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def test_cells_appear_one_by_one_and_a_reload_finds_the_sweep(page: Page, app: str):
    open_rates(page, app, TINY)
    page.get_by_role("button", name="Start").click()
    wait_for_cells(page, 1)
    page.reload()
    expect(page.get_by_role("heading", name="Does the best rate grow with the net?")).to_be_visible()
    wait_for_cells(page, 15)
    expect(page.locator("[data-testid=stVegaLiteChart]:has(svg)")).to_have_count(BEFOREHAND + 4)
    expect(page.get_by_role("button", name="Start")).to_be_disabled()


def test_nothing_overflows_on_a_phone(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_rates(page, app, TINY)
    if page.get_by_role("button", name="Start").is_enabled():
        page.get_by_role("button", name="Start").click()
    wait_for_cells(page, 15)
    assert live.width(page) <= live.PHONE_WIDTH
