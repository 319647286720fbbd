"""Nothing lies over anything else: titles, tables and axes on a phone, and charts' toolbars in a wide window."""

import pytest
from playwright.sync_api import Page, expect

from dropout_core.ui.navigation import PAGES
from tests.e2e import live

pytestmark = pytest.mark.browser
ALSO = ["papers?figure=table-9", "papers?figure=table-10", "neurons?show=1", "rates?show=1", "training?show=1"]
PATHS = [*(page.name.replace("overview", "") for page in PAGES), *ALSO]
UNFOLD = "() => document.querySelectorAll('details:not([open]) > summary').forEach(summary => summary.click())"
# Pairs of labels of one axis that overlap. Vega hides labels by opacity.
OVERLAPPING_LABELS = """() => {
    const pairs = []
    for (const axis of document.querySelectorAll("svg.marks .role-axis-label")) {
        const shown = [...axis.querySelectorAll("text")].filter((text) => +getComputedStyle(text).opacity)
        const boxes = shown.map((text) => [text.textContent, text.getBoundingClientRect()])
        for (const [i, [b, B]] of boxes.entries()) for (const [a, A] of boxes.slice(0, i)) {
            const width = Math.min(A.right, B.right) - Math.max(A.left, B.left)
            if (width > 0 && Math.min(A.bottom, B.bottom) - Math.max(A.top, B.top) > 2) pairs.push([a, b])
        }
    }
    return pairs
}"""
# The cells of tables that are taller than two lines of their text, with padding.
TALL_CELLS = """() => [...document.querySelectorAll(".stMain table :is(th, td)")].filter((cell) => {
    const range = document.createRange(), line = parseFloat(getComputedStyle(cell).lineHeight)
    range.selectNodeContents(cell)
    return range.getBoundingClientRect().height > 2.4 * line
}).map((cell) => cell.innerText)"""
# The height of the title and that of its words, in lines, if it is only as wide as its words.
TITLE = """() => {
    const title = document.querySelector("h1"), range = document.createRange()
    range.selectNodeContents(title.querySelector("span") ?? title)
    const words = range.getBoundingClientRect(), { lineHeight, paddingTop, paddingBottom } = getComputedStyle(title)
    title.style.width = `${Math.ceil(words.width) + 2}px`
    const inner = title.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom)
    return [inner, words.height].map((height) => Math.round(height / parseFloat(lineHeight)))
}"""
# The toolbars of charts that begin above their chart.
HIGH_TOOLBARS = """() => [...document.querySelectorAll(".stMain [data-testid=stElementToolbar]")].filter((toolbar) => {
    const chart = toolbar.parentElement.querySelector(".stVegaLiteChart")
    return chart && toolbar.getBoundingClientRect().top < chart.getBoundingClientRect().top - 1
}).map((toolbar) => toolbar.closest("[class*=st-key-]")?.className)"""


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_s_title_tables_and_axes_have_the_room_that_they_need(phone: Page, app: str, path: str):
    open_unfolded(phone, f"{app}/{path}")
    box, words = phone.evaluate(TITLE)
    assert box == words, "the title has an empty line"
    assert phone.evaluate(TALL_CELLS) == []
    assert phone.evaluate(OVERLAPPING_LABELS) == []
    assert live.width(phone) <= live.PHONE_WIDTH


@pytest.mark.parametrize("path", PATHS)
def test_toolbars_lie_on_their_charts_and_labels_stand_apart(page: Page, app: str, path: str):
    open_unfolded(page, f"{app}/{path}")
    assert page.evaluate(HIGH_TOOLBARS) == []
    assert page.evaluate(OVERLAPPING_LABELS) == []


def open_unfolded(page: Page, address: str) -> None:
    page.goto(address)
    foot = page.get_by_role("link", name="Next: ").or_(page.get_by_text("Sources of the article"))
    expect(foot.last).to_be_visible()
    live.wait_until_at_rest(page)
    page.evaluate(UNFOLD)
    live.wait_until_at_rest(page)
    assert not page.get_by_test_id("stException").count()


def test_a_table_that_scrolls_on_a_phone_is_reachable_by_keyboard(phone: Page, app: str):
    open_unfolded(phone, f"{app}/neurons?show=1")
    box = phone.locator("[data-testid=stMarkdownContainer]:has(> table th:nth-child(7))")
    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    phone.keyboard.press("ArrowRight")
    phone.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())
