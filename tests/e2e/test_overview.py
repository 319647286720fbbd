"""Browser tests of the overview: animations play automatically, without server messages, until the reader interacts."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser
CHARTS = ("memorising", "removal", "sums", "gains")


def open_page(page: Page, app: str) -> None:
    keys = ["overview", *(f"overview_{name}" for name in CHARTS)]
    live.open_page(page, app, [page.locator(f".st-key-{key}").first for key in keys])


def epochs(page: Page) -> Locator:
    return page.locator(".st-key-overview_memorising input[name=epoch_e]")


def button(page: Page, picture: str) -> Locator:
    return page.locator(f".st-key-{picture}_player").get_by_role("button")


def test_every_scene_draws_its_marks(page, app):
    open_page(page, app)
    for name, kind, least in (("memorising", "line", 2), ("removal", "line", 2), ("sums", "rect", 10)):
        marks = page.locator(f".st-key-overview_{name} svg.marks .mark-{kind} path")
        assert marks.count() >= least, name
    points = page.locator(".st-key-overview_gains svg.marks .mark-symbol path")
    assert points.count() == 7
    assert page.get_by_test_id("stException").count() == 0


def test_the_curves_grow_by_themselves_and_send_nothing(page, app):
    open_page(page, app)
    before, silent = epochs(page).input_value(), page.evaluate("window.lastMessage")
    expect(epochs(page)).not_to_have_value(before)
    page.wait_for_timeout(1000)
    assert page.evaluate("window.lastMessage") == silent
    assert page.url.rstrip("/") == app


@pytest.mark.parametrize("touch", ["button", "slider", "picture", "heading"])
def test_the_first_touch_stops_the_motion(page, app, touch):
    open_page(page, app)
    expect(button(page, "overview_memorising")).to_have_text("Pause")
    if touch == "button":
        button(page, "overview_memorising").click()
    elif touch == "slider":
        epochs(page).press("ArrowLeft")
    elif touch == "heading":
        page.get_by_role("heading", level=1).click()
    else:
        page.locator(".st-key-overview_memorising svg.marks").click(position={"x": 200, "y": 150})
    expect(button(page, "overview_memorising")).to_have_text("Play")


def test_at_inference_the_passes_stand_still_and_play_is_off(page, app):
    open_page(page, app)
    button(page, "overview").click()  # pauses
    button(page, "overview").click()
    expect(button(page, "overview")).to_have_text("Pause")
    page.locator(".st-key-overview input[name=mode_m][value=inference]").check()
    expect(button(page, "overview")).to_be_disabled()
    passes = page.locator(".st-key-overview input[name=pass_k]")
    before = passes.input_value()
    page.wait_for_timeout(2400)
    assert passes.input_value() == before
    page.locator(".st-key-overview input[name=mode_m][value=training]").check()
    expect(button(page, "overview")).to_have_text("Pause")
    expect(passes).not_to_have_value(before)


def test_all_pictures_are_still_and_complete_for_readers_who_prefer_it(page, app):
    page.emulate_media(reduced_motion="reduce")
    open_page(page, app)
    page.wait_for_timeout(2000)
    assert epochs(page).input_value() == "60"
    assert page.locator(".st-key-overview input[name=pass_k]").input_value() == "1"
    for picture in ("overview_memorising", "overview"):
        expect(button(page, picture)).to_have_text("Play")
