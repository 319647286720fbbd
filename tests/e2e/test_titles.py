"""Test that every page shows its own title in the browser tab."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.ui.navigation import PAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_the_tab_is_named_after_the_page(page: Page, app: str, entry):
    page.goto(f"{app}/{'' if entry is PAGES[0] else entry.name}")
    expect(page).to_have_title(entry.full_title)


def test_the_menu_shows_every_page_and_which_is_shown(page: Page, app: str):
    page.goto(f"{app}/{PAGES[-1].name}")
    for entry in PAGES:
        expect(page.get_by_role("link", name=entry.title, exact=True).first).to_be_visible()
    here = page.get_by_role("link", name=PAGES[-1].title, exact=True).first
    expect(here).to_have_attribute("aria-current", "page")
    expect(page.get_by_text("more", exact=True)).to_have_count(0)
