"""What the tests of charts that answer in the browser share."""

from playwright.sync_api import Locator, Page, expect

FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def settled(page: Page, charts: list[Locator]) -> None:
    """Waits until these charts are drawn, and their first report, if any, has gone out."""
    for chart in charts:
        expect(chart.locator("svg.marks")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(700)


def answered(page: Page) -> None:
    """Waits until the server has answered what a chart has reported, and the page has taken that in."""
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)
    page.wait_for_timeout(1_000)


def texts(chart: Locator) -> list[str]:
    """What the chart's text marks say, with a plain minus and plain spaces."""
    found = chart.locator("svg.marks text").all_text_contents()
    return [text.replace("−", "-").replace("\xa0", " ") for text in found]


def control(chart: Locator, name: str) -> Locator:
    """The chart's input for this parameter and field: rate_p."""
    return chart.locator(f"input[name={name}]")


def press(page: Page, control: Locator, key: str, times: int) -> None:
    """Presses the key on the control so many times, and gives the picture two frames."""
    control.focus()
    for _ in range(times):
        page.keyboard.press(key)
    page.evaluate(FRAMES)
