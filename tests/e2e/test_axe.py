"""axe-core on every page, in light and dark: nothing serious."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser
PAGES = {
    "": "svg",
    "masks": "svg",
    "scaling": "svg",
    "training?images=500&epochs=1&seeds=2": "table",
    "rates": "button",
    "uncertainty": "svg",
    "ensemble": "svg",
    "neurons": "svg",
    "variants": "svg",
    "papers": "svg",
    "regularisers": "svg",
    "claims": "p",
    "pitfalls": "code",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, app: str, scheme: str):
    found = []
    for path, awaited in PAGES.items():
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
        page.goto(f"{app}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
        if "training" in path:
            button = page.get_by_role("button", name="Start training")
            expect(button).to_be_visible(timeout=30_000)
            if button.is_enabled():
                button.click()
        expect(page.locator(f"[data-testid=stMain] {awaited}").first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(1500)
        violations = Axe().run(page).response["violations"]
        found += [
            (path, v["id"], v["nodes"][0]["html"][:200]) for v in violations if v["impact"] in ("serious", "critical")
        ]
        page.close()
    assert not found
