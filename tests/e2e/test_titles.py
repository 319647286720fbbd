"""Every page has a title of its own in the browser's tab."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.site import PAGES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_the_tab_is_named_after_the_page(page: Page, app: str, entry):
    page.goto(f"{app}/{'' if entry is PAGES[0] else entry.name}")
    expect(page).to_have_title(f"{entry.title} – Dropout, seen at work", timeout=60_000)
