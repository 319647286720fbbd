"""Browser tests of the regularisers and claims pages: controls, links, and the first screen."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.topics.claims.catalogue import CLAIMS
from tests.e2e import live

pytestmark = pytest.mark.browser
ROWS = ".st-key-scoreboard summary:not(details details summary)"  # without the folds inside them


def test_methods_are_switched_in_the_browser_and_the_outcome_and_the_link_follow(page: Page, app: str):
    page.goto(f"{app}/regularisers")
    chart = page.locator(".st-key-reg_outcomes")
    expect(chart.locator("svg.marks")).to_be_visible()
    for colour in ("#d9730d", "#3b82f6"):  # ten methods, without and with dropout
        expect(chart.locator(f"svg.marks path[fill='{colour}']").nth(9)).to_be_attached()
    live.wait_until_at_rest(page)
    expect(chart.get_by_text("+1.1", exact=True)).to_be_visible()
    chart.get_by_role("radio", name="off").check()
    expect(chart.get_by_text("+3.7", exact=True)).to_be_visible()
    expect(page.get_by_text("Augmentation alone: compared with the plain net, +3.72 points")).to_be_visible()
    page.wait_for_url("**with=no*")
    chart.get_by_role("radio", name="max-norm 0.5").check()
    expect(page.get_by_text("Max-norm 0.5 alone: compared with the plain net, −2.29 points")).to_be_visible()
    page.wait_for_url("**of=max-norm*")
    page.reload()
    expect(chart.get_by_role("radio", name="max-norm 0.5")).to_be_checked()
    expect(chart.get_by_role("radio", name="off")).to_be_checked()


def test_the_variance_shift_is_folded_and_its_rate_goes_into_the_link(page: Page, app: str):
    page.goto(f"{app}/regularisers")
    live.wait_until_at_rest(page)
    page.get_by_text("Dropout before batch normalisation").click()
    rate = page.locator(".st-key-reg_shift input[name=rate_p]")
    rate.fill("0.8")
    page.wait_for_url("**rate=0.8*")
    expect(page.get_by_text("At rate 0.8, in training, half of")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 800), (live.PHONE_WIDTH, 844)])
def test_the_first_screen_shows_finding_picture_and_control(page: Page, app: str, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app}/regularisers")
    expect(page.get_by_role("heading", name="Augmentation alone adds")).to_be_in_viewport()
    chart = page.locator(".st-key-reg_outcomes")
    expect(chart.locator("svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)
    expect(chart.get_by_role("radio", name="early stopping")).to_be_in_viewport()
    expect(chart.get_by_text("+1.1", exact=True)).to_be_in_viewport()


def test_claims_are_filtered_and_sorted_and_the_link_says_how(page: Page, app: str):
    page.goto(f"{app}/claims")
    rows = page.locator(ROWS)
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
    rows = page.locator(ROWS)
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
