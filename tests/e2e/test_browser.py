"""The browser's back and forward buttons, and the menu on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser


def test_back_leaves_a_page_at_once_however_often_a_slider_was_moved(page: Page, app: str):
    page.goto(f"{app}/claims")
    page.get_by_role("link", name="Masks").first.click()
    chart = page.locator(".st-key-masks_chart")
    expect(chart.locator("svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)
    for rate in ("0.45", "0.4", "0.35"):
        live.press(page, live.control(chart, "rate_p"), "ArrowLeft", 1)
        expect(page).to_have_url(re.compile(rf"masks\?rate={rate}$"))
    page.go_back()
    expect(page).to_have_url(f"{app}/claims")
    expect(page.get_by_role("heading", name="Claims, measured")).to_be_visible()
    page.go_forward()
    expect(page).to_have_url(re.compile(r"masks\?rate=0\.35$"))
    expect(page.get_by_role("heading", name="Masks", exact=True)).to_be_visible()


def test_a_phone_s_menu_closes_behind_a_choice(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    page.goto(f"{app}/masks")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Claims").click()
    expect(page).to_have_url(f"{app}/claims")
    expect(page.get_by_role("heading", name="Claims, measured")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()
