"""The regularisers and claims pages in a browser: marks, selections stored in the link, one screen, and a phone."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.topics.claims.catalogue import CLAIMS
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


def test_claims_are_filtered_and_sorted_and_the_link_says_how(page: Page, app: str):
    page.goto(f"{app}/claims")
    rows = page.locator(".st-key-scoreboard summary")
    expect(rows).to_have_count(len(CLAIMS))
    page.get_by_role("radio", name="hold when…").click()
    expect(rows.filter(has_text="C13")).to_have_count(0)
    page.wait_for_url("**show=*")
    page.get_by_role("radio", name="all").click()
    page.get_by_role("radio", name="by verdict").click()
    expect(rows.nth(1)).to_contain_text("C13")
    page.wait_for_url("**sort=verdict")


def test_all_claims_are_on_one_screen_and_a_row_unfolds(page: Page, app: str):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{app}/claims")
    rows = page.locator(".st-key-scoreboard summary")
    for nth in range(len(CLAIMS)):
        expect(rows.nth(nth)).to_be_in_viewport(ratio=1)
    pictures = rows.locator("img")
    boxes = [picture.bounding_box() for picture in pictures.all()]
    assert len({(box["x"], box["width"]) for box in boxes}) == 1, "one column, so that the zeros are below each other"
    assert all(picture.evaluate("image => image.naturalWidth") for picture in pictures.all())
    measured = page.get_by_text(CLAIMS[5].how)
    expect(measured).to_be_hidden()
    rows.nth(5).press("Enter")
    expect(measured).to_be_visible()


@pytest.mark.parametrize("path", ["regularisers", "claims", "rates"])
def test_on_a_phone_nothing_overflows(page: Page, app: str, path: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    page.goto(f"{app}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    live.wait_until_at_rest(page)
    assert live.width(page) <= live.PHONE_WIDTH
