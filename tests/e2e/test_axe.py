"""Accessibility tests: axe-core finds no serious violation on any page, in light or dark mode."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser
PAGES = {
    "": "svg",
    "masks": "svg",
    "scaling": "svg",
    "training?images=500&epochs=1&seeds=2": "summary:has-text('Table and tests')",
    "rates": "svg",
    "rates?show=1": "svg",
    "uncertainty": "svg",
    "today": "svg",
    "today?show=1": "svg",
    "ensemble": "svg",
    "neurons": ".tile",
    "neurons?show=1": "svg",
    "variants": "svg",
    "papers": "svg",
    "regularisers": "svg",
    "claims": "summary img",
    "pitfalls": "code",
}

# Whether all formulas and tables that scroll can be reached by keyboard, for which keyboard.js waits half a second.
REACHABLE = """() => [...document.querySelectorAll(".katex-display, [data-testid=stMarkdownContainer]:has(> table)")]
    .every((box) => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(page: Page, app: str, path: str):
    page.goto(f"{app}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if "training" in path:
        page.get_by_role("button", name="Start training").click()
    expect(page.locator(f"[data-testid=stMain] {PAGES[path]}").first).to_be_visible()
    live.wait_until_at_rest(page)
    assert live.serious_violations(page) == []


@pytest.mark.parametrize("path", [path.split("?images")[0] for path in PAGES])
def test_axe_finds_nothing_serious_on_a_phone_with_all_folds_open(phone: Page, app: str, path: str):
    phone.goto(f"{app}/{path}")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    live.wait_until_at_rest(phone)
    live.unfold(phone)
    phone.wait_for_function(REACHABLE)
    assert live.serious_violations(phone) == []
