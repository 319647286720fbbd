"""The first screen of a page shows its moving picture and the picture's controls, on a laptop and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.e2e import live

pytestmark = pytest.mark.browser
PICTURES = {  # key of each page's first picture, and the name of its control
    "": ("overview_memorising", "Epochs"),
    "scaling": ("scaling_sums", "Rate p"),
}
SHOWN = 0.8  # share of the picture's height that must be on the first screen: labels below the axis may follow


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
    formulas = page.locator(".katex-display:visible").all()
    assert all(formula.bounding_box()["y"] > box["y"] for formula in formulas)
    assert live.width(page) <= width
