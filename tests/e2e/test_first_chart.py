"""Test that the browser reports the first chart that it has drawn, for which the rest of the page waits."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


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
