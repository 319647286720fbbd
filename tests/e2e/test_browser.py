"""Browser tests of the Back and Forward buttons, and of the menu on a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dropout_core.topics.papers.catalogue import FIGURES
from dropout_core.topics.pitfalls.catalogue import PITFALLS
from dropout_core.topics.pitfalls.pitfall import Pitfall
from dropout_core.topics.training.presets import PRESETS
from tests.e2e import live

pytestmark = pytest.mark.browser


def test_back_leaves_a_page_at_once_however_often_a_slider_was_moved(page: Page, app: str):
    page.goto(f"{app}/claims")
    page.get_by_role("link", name="Masks").first.click()
    rates = page.locator(".st-key-masks_live [name=rate]")
    expect(rates).to_be_visible()
    live.wait_until_at_rest(page)
    for rate in ("0.45", "0.4", "0.35"):
        rates.press("ArrowLeft")
        expect(page).to_have_url(re.compile(rf"masks\?rate={rate}(&|$)"))
    page.go_back()
    expect(page).to_have_url(f"{app}/claims")
    expect(page.get_by_role("heading", name="Claims, measured")).to_be_visible()
    page.go_forward()
    expect(page).to_have_url(re.compile(r"masks\?rate=0\.35(&|$)"))
    expect(page.get_by_role("heading", name="Masks", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    ("typed", "written"),
    [("training", r"training\?.*images="), ("masks?rate=0.37", r"masks\?rate=0\.35$"), ("nowhere", None)],
)
def test_after_an_address_is_typed_back_leaves_at_once(
    new_page: Callable[..., Page], app: str, typed: str, written: str | None
):
    page = new_page()
    page.goto(f"{app}/claims")
    page.get_by_role("heading", name="Claims, measured").wait_for()
    page.goto(f"{app}/{typed}")
    if written is None:
        page.get_by_role("dialog").get_by_text("Page not found").wait_for()
    else:
        expect(page).to_have_url(re.compile(written))
    live.wait_until_at_rest(page)
    assert page.evaluate("history.length") == 3  # with the empty page at the start
    page.go_back()
    expect(page).to_have_url(f"{app}/claims")


def test_the_next_page_s_parameters_do_not_stay_behind_in_the_address_of_the_page_that_was_left(page: Page, app: str):
    live.open_page(page, f"{app}/masks?rate=0.4", [])
    page.get_by_role("heading", name="Masks", exact=True).wait_for()
    live.wait_until_at_rest(page)
    # Streamlit may do the first two of these steps in either order; here the parameters come before the path.
    page.evaluate("""() => {
        const link = document.body.appendChild(document.createElement("a"))
        link.href = "claims"
        link.onclick = (event) => event.preventDefault()
        link.click()
        history.pushState({}, "", "/masks?show=all")
        history.pushState({}, "", "/claims?show=all")
    }""")
    expect(page).to_have_url(f"{app}/claims?show=all")
    page.go_back()
    expect(page).to_have_url(f"{app}/masks?rate=0.4")


def test_a_phone_s_menu_closes_behind_a_choice(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    page.goto(f"{app}/masks")
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Claims").click()
    expect(page).to_have_url(f"{app}/claims")
    expect(page.get_by_role("heading", name="Claims, measured")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()


def test_back_closes_a_phone_s_menu(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    page.goto(f"{app}/claims")
    page.get_by_role("heading", name="Claims, measured").wait_for()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Masks").click()
    expect(page.get_by_role("heading", name="Masks", exact=True)).to_be_visible()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebarNavLink").first).to_be_in_viewport()
    page.go_back()
    expect(page.get_by_role("heading", name="Claims, measured")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()


@pytest.mark.parametrize("path", ["claims", "masks"])
def test_a_menu_that_was_left_open_does_not_cover_the_page_that_is_loaded(phone: Page, app: str, path: str):
    phone.goto(f"{app}/claims")
    phone.get_by_test_id("stExpandSidebarButton").click()
    expect(phone.get_by_test_id("stSidebarNavLink").first).to_be_in_viewport()
    live.wait_until_at_rest(phone)
    phone.goto(f"{app}/{path}")
    phone.get_by_role("heading", level=1).wait_for()
    live.wait_until_at_rest(phone)
    expect(phone.get_by_test_id("stSidebarNavLink").first).not_to_be_in_viewport()
    phone.get_by_test_id("stExpandSidebarButton").click()  # the menu still opens
    expect(phone.get_by_test_id("stSidebarNavLink").first).to_be_in_viewport()


def test_back_undoes_a_step_to_another_pitfall_and_its_answer_is_kept(page: Page, app: str):
    page.goto(f"{app}/masks")
    page.get_by_role("link", name="Pitfalls").first.click()
    first, second, third = PITFALLS[:3]
    expect_heading(page, first.name)
    for pitfall, following in ((first, second), (second, third)):
        page.get_by_role("button", name="A has the bug").click()
        expect(page.get_by_text(verdict(pitfall))).to_be_visible()
        page.get_by_role("button", name=f"Next: {following.name}").click()
        expect_heading(page, following.name)
        expect(page).to_have_url(f"{app}/pitfalls?lab={following.slug}")
    page.go_back()
    expect_heading(page, second.name)
    page.go_back()
    expect_heading(page, first.name)
    expect(page).to_have_url(f"{app}/pitfalls")
    expect(page.get_by_text(verdict(first))).to_be_visible()
    page.go_forward()
    expect_heading(page, second.name)
    expect(page.get_by_text(verdict(second))).to_be_visible()
    page.go_back()
    expect_heading(page, first.name)
    page.go_back()
    expect(page).to_have_url(f"{app}/masks")
    expect_heading(page, "Masks", level=1)


def verdict(bug: Pitfall) -> str:
    """Return the page's response to answer A."""
    return f"{'Yes' if bug.bug == 'A' else 'No'}, {bug.bug} has the bug."


def test_back_undoes_a_preset_and_a_step_to_another_figure(page: Page, app: str):
    page.goto(f"{app}/training?images=500&rate=0.3")
    page.get_by_role("heading", name="Train on MNIST").wait_for()
    live.wait_until_at_rest(page)
    before, preset = page.url, PRESETS[0]
    page.get_by_test_id("stButtonGroup").get_by_text(preset.name, exact=True).click()
    question = page.get_by_text(preset.look_for)
    expect(question).to_be_visible()
    expect(page).not_to_have_url(before)
    page.go_back()
    expect(question).to_have_count(0)
    expect(page).to_have_url(before)
    expect(page.get_by_role("group", name="Rate p = P(drop)", exact=True)).to_contain_text("0.30")
    page.goto(f"{app}/papers")
    first, second = (f"{figure.name}: {figure.title}" for figure in FIGURES[:2])
    expect_heading(page, first)
    page.get_by_role("button", name="Next figure").click()
    expect_heading(page, second)
    page.go_back()
    expect_heading(page, first)


def expect_heading(page: Page, text: str, level: int = 2) -> None:
    expect(page.get_by_role("heading", name=text, level=level)).to_be_visible()
