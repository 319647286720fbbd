"""Test that each page's animated picture and its controls are visible without scrolling, on a laptop and a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser
PICTURES = {  # each page's first picture (by key) and its control (by name)
    "": ("overview_memorising", "Epochs"),
    "scaling": ("scaling_sums", "Rate p"),
    "ensemble": ("ens_outputs", "Rate p"),
    "variants": ("variants_network", "Rate p"),
}
ANSWERS = {"ensemble": "one scaled pass", "variants": "variance"}  # the last line of the picture, which answers
SHOWN = 0.8  # fraction of the picture's height that must be visible; labels below the axis need not be


@pytest.mark.parametrize("size", [(1280, 800), (live.PHONE_WIDTH, 844)], ids=["laptop", "phone"])
@pytest.mark.parametrize("path", PICTURES)
def test_the_first_screen_shows_the_picture_and_its_controls(new_page, app, path, size):
    width, height = size
    page = new_page(viewport={"width": width, "height": height})
    key, control = PICTURES[path]
    picture = page.locator(f".st-key-{key} svg.marks")
    live.open_page(page, f"{app}/{path}", [page.locator(f".st-key-{key}")])
    box = picture.bounding_box()
    assert box["y"] + SHOWN * box["height"] <= height
    for each in (page.get_by_role("slider", name=control).first, page.get_by_role("button", name="Pause").first):
        expect(each).to_be_in_viewport(ratio=1)
    if path in ANSWERS:
        expect(page.locator(f".st-key-{key} svg.marks").get_by_text(ANSWERS[path]).first).to_be_in_viewport(ratio=0.9)
    formulas = page.locator(".katex:visible").all()
    assert all(formula.bounding_box()["y"] > box["y"] for formula in formulas)
    assert live.width(page) <= width


def test_the_browser_reports_the_first_chart_once_and_the_rest_follows(page: Page, app: str):
    reports: list[str] = []
    page.on("request", lambda request: reports.append(request.url) if "/first-chart/" in request.url else None)
    with page.expect_response("**/first-chart/*") as answer:
        page.goto(f"{app}/rates?show=1")
    assert answer.value.status == 204
    assert page.locator(".vega-embed :is(svg, canvas)").count()
    expect(page.locator(".first-chart")).to_have_count(0)
    page.get_by_role("link", name="Ensemble").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("An ensemble in one net")
    expect(page.locator(".vega-embed :is(svg, canvas)").first).to_be_visible()
    assert len(reports) == 1
