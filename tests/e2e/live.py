"""Helpers for the browser tests: wait until a page is idle, and operate the controls of charts."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
RECORD_MESSAGES = """
    // When the page and the server last exchanged a message, in milliseconds.
    window.lastMessage = 0;
    window.WebSocket = class extends WebSocket {
        constructor(...args) {
            super(...args);
            this.addEventListener("message", () => { window.lastMessage = performance.now() });
        }
        send(data) { window.lastMessage = performance.now(); super.send(data) }
    }
"""
AT_REST = """quiet => {
    const app = document.querySelector("[data-testid=stApp]");
    if (app?.dataset.testScriptState !== "notRunning") return false;
    if (document.querySelector("[data-testid=stSkeleton], [data-stale=true]")) return false;
    const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
    const folded = chart => chart.closest("details:not([open])"); // may be drawn only once it is opened
    return charts.every(chart => folded(chart) || chart.querySelector("svg.marks"))
        && performance.now() - window.lastMessage > quiet;
}"""
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
# Marks the current charts, and returns the background colour.
MARK_CHARTS = f"""() => {{
    for (const chart of document.querySelectorAll("svg.marks")) chart.dataset.old = "yes";
    return {BACKGROUND};
}}"""
IS_REDRAWN = f"""colour => {BACKGROUND} !== colour
    && !document.querySelector("svg.marks[data-old]")
    && !document.getAnimations().some(animation => animation instanceof CSSTransition)"""
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
PHONE_WIDTH = 390
QUIET = 400  # milliseconds; a chart reports a change once 150 ms pass without another change


def wait_until_at_rest(page: Page) -> None:
    """Wait until the script has ended, all charts are drawn, and browser and server exchange no more messages."""
    page.wait_for_function(AT_REST, arg=QUIET, polling=50)


def open_page(page: Page, address: str, charts: list[Locator]) -> None:
    """Go to this address, and wait until these charts are drawn and the page is idle."""
    page.goto(address)
    for chart in charts:
        expect(chart.locator("svg.marks")).to_be_visible()
    wait_until_at_rest(page)


def unfold(page: Page) -> None:
    """Open all expanders one after the other, since each sends its content only when it is opened."""
    for expander in page.locator("details:not([open])").element_handles():
        expander.eval_on_selector("summary", "summary => summary.click()")
        wait_until_at_rest(page)


def texts(chart: Locator) -> list[str]:
    """Return the chart's text marks, with plain hyphens for minus signs and plain spaces."""
    marks = chart.locator("svg.marks text").all_text_contents()
    return [text.replace("−", "-").replace("\xa0", " ") for text in marks]


def control(chart: Locator, name: str) -> Locator:
    """Return the chart's input element for this parameter and field, such as rate_p."""
    return chart.locator(f"input[name={name}]")


def press(page: Page, control: Locator, key: str, times: int) -> None:
    """Focus the control, press the key this many times, and give the chart two frames to redraw."""
    control.focus()
    for _ in range(times):
        page.keyboard.press(key)
    page.evaluate(FRAMES)


def width(page: Page) -> int:
    """Return the width of the page's content in pixels."""
    return page.locator("[data-testid=stMain]").evaluate("element => element.scrollWidth")


def serious_violations(page: Page) -> list[tuple[str, str]]:
    """Return each rule that axe-core reports as serious or critical, with the first element that violates it.

    The page is checked in the light scheme, then in the dark one, where only the rules about colour can differ.
    """
    violations = _violations(page)
    turn_dark(page)
    violations += _violations(page, runOnly={"type": "rule", "values": COLOUR_RULES})
    page.emulate_media(color_scheme="light")
    return _serious(violations)


def serious_violations_as_shown(page: Page) -> list[tuple[str, str]]:
    """Like serious_violations(), but only for the current colour scheme; also works on pages outside Streamlit."""
    return _serious(_violations(page))


def turn_dark(page: Page) -> None:
    """Change the colour scheme from light to dark, and wait until the page and its charts are redrawn."""
    light = page.evaluate(MARK_CHARTS)
    page.emulate_media(color_scheme="dark")
    page.evaluate(FRAMES)
    page.wait_for_function(IS_REDRAWN, arg=light)
    wait_until_at_rest(page)


def _serious(violations: list[dict]) -> list[tuple[str, str]]:
    return [(v["id"], v["nodes"][0]["html"][:200]) for v in violations if v["impact"] in ("serious", "critical")]


def _violations(page: Page, **options) -> list[dict]:
    # Axe would otherwise describe every element that passes a rule as well, which takes as long as the check.
    return Axe().run(page, options={"resultTypes": ["violations"]} | options).response["violations"]
