"""The regularisers and claims pages in a browser: marks, selections stored in the link, and a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser


def test_both_measures_are_drawn_for_every_regulariser_and_both_controls_go_into_the_link(page: Page, app: str):
    page.goto(f"{app}/regularisers")
    chart = page.locator("[data-testid=stVegaLiteChart] svg")
    expect(chart.first).to_be_visible()
    for nth in (0, 1):
        marks = chart.nth(nth).locator("path[fill='#3b82f6'], path[fill='#d9730d']")
        expect(marks.nth(19)).to_be_attached()  # ten regularisers × two networks
    # Wait for the script to end, because a new server may lose a chart's report that arrives during the first run.
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    pick = page.locator("select[name=pick_trial]")
    pick.select_option("augmentation")
    page.wait_for_url("**of=augmentation*")
    rate = page.locator(".st-key-reg_shift input[name=rate_p]")
    rate.fill("0.8")
    page.wait_for_url("**rate=0.8*")
    expect(page.get_by_text("At rate 0.8, half of")).to_be_visible()
    page.reload()
    expect(pick).to_have_value("augmentation")
    expect(rate).to_have_value("0.8")


def test_claims_are_filtered_and_the_link_says_by_what(page: Page, app: str):
    page.goto(f"{app}/claims")
    expect(page.get_by_text("C13", exact=True)).to_be_visible()
    page.get_by_role("radio", name="hold when…").or_(page.get_by_role("button", name="hold when…")).first.click()
    expect(page.get_by_text("C1", exact=True)).to_have_count(0)
    page.wait_for_url("**show=*")


@pytest.mark.parametrize("path", ["regularisers", "claims", "rates"])
def test_on_a_phone_nothing_overflows(page: Page, app: str, path: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    page.goto(f"{app}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    live.wait_until_at_rest(page)
    assert live.width(page) <= live.PHONE_WIDTH
