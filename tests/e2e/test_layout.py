"""Layout tests: nothing overlaps or is cut off, and the text in every chart is large enough to read."""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.ui.navigation import PAGES
from tests.e2e import live

pytestmark = pytest.mark.browser
ALSO = [
    "papers?figure=table-9",
    "papers?figure=table-10",
    "neurons?show=1",
    "rates?show=1",
    "training?show=1",
    "today?show=1",
]
PATHS = [*(page.name.replace("overview", "") for page in PAGES), *ALSO]
# Finds pairs of overlapping labels on the same axis. Vega hides labels by setting their opacity.
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
# Finds text in charts and component pictures that is smaller than this many pixels on the screen.
SMALL_TEXTS = """(least) => {
    const roots = [document, ...[...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)]
    const all = roots.flatMap((root) => [...root.querySelectorAll("svg text")])
    const scale = ({ a, b }) => Math.hypot(a, b) // also correct for rotated text
    const size = (text) => parseFloat(getComputedStyle(text).fontSize) * scale(text.getScreenCTM())
    const shown = (text) => text.textContent.trim() && text.getBoundingClientRect().width
    return all.filter((text) => shown(text) && size(text) < least - 0.01).map((text) => [text.textContent, size(text)])
}"""
# Finds text that extends beyond the edge of its chart, and charts that are not drawn as SVG.
CUT_TEXTS = """() => [...document.querySelectorAll("svg.marks")].flatMap((chart) => {
    const box = chart.getBoundingClientRect()
    return [...chart.querySelectorAll("text")].filter((text) => {
        const { left, right, top, bottom, width } = text.getBoundingClientRect()
        const sides = [box.left - left, right - box.right, box.top - top, bottom - box.bottom]
        return width && +getComputedStyle(text).opacity && text.textContent.trim() && Math.max(...sides) > 3
    }).map((text) => text.textContent)
}).concat([...document.querySelectorAll(".stVegaLiteChart canvas.marks")].map(() => "canvas"))"""
# Finds texts in charts through which a long line runs, such as the line at zero. Grids may lie behind texts, and the
# question mark of Today stands on its line.
CROSSED_TEXTS = """() => [...document.querySelectorAll("svg.marks")].flatMap((chart) => {
    const rules = [...chart.querySelectorAll(".mark-rule:not([class*=role-axis]) line")]
    const boxes = rules.filter((rule) => +getComputedStyle(rule).opacity).map((rule) => rule.getBoundingClientRect())
    const long = boxes.filter(({ width, height }) => Math.max(width, height) > 60)
    return [...chart.querySelectorAll("text")].filter((text) => {
        const { left, right, top, bottom } = text.getBoundingClientRect()
        const shown = text.textContent.trim().replace("?", "") && +getComputedStyle(text).opacity
        return shown && long.some((line) => line.right > left + 1 && line.left < right - 1
            && line.bottom > top + 3 && line.top < bottom - 3)
    }).map((text) => text.textContent)
})"""
# Finds formulas that are wider than the box in which they stand.
WIDE_FORMULAS = """() => [...document.querySelectorAll(".katex-display")].filter((formula) =>
    formula.scrollWidth > formula.clientWidth + 1).map((formula) => formula.textContent)"""
NEGATIVE_ZERO = re.compile(r"[−-]0\.0+(?![\d])")
WIDE_TEXT, PHONE_TEXT = 14, 12  # pixels
# Finds text in charts that has a hue: marks have colours that are too pale for text.
COLOURED_TEXTS = """() => [...document.querySelectorAll("svg.marks text")].filter((text) => {
    const channels = getComputedStyle(text).fill.match(/\\d+/g)?.slice(0, 3).map(Number) ?? [0]
    return text.textContent.trim() && Math.max(...channels) - Math.min(...channels) > 50
}).map((text) => text.textContent)"""
# Finds table cells with more than two lines of text.
TALL_CELLS = """() => [...document.querySelectorAll(".stMain table :is(th, td)")].filter((cell) => {
    const range = document.createRange(), line = parseFloat(getComputedStyle(cell).lineHeight)
    range.selectNodeContents(cell)
    return range.getBoundingClientRect().height > 2.4 * line
}).map((cell) => cell.innerText)"""
# Shrinks the title to the width of its text, then measures the height of the title and of its text in lines.
TITLE = """() => {
    const title = document.querySelector("h1"), range = document.createRange()
    range.selectNodeContents(title.querySelector("span") ?? title)
    const words = range.getBoundingClientRect(), { lineHeight, paddingTop, paddingBottom } = getComputedStyle(title)
    title.style.width = `${Math.ceil(words.width) + 2}px`
    const inner = title.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom)
    return [inner, words.height].map((height) => Math.round(height / parseFloat(lineHeight)))
}"""
# Finds chart toolbars that extend above their chart.
HIGH_TOOLBARS = """() => [...document.querySelectorAll(".stMain [data-testid=stElementToolbar]")].filter((toolbar) => {
    const chart = toolbar.parentElement.querySelector(".stVegaLiteChart")
    return chart && toolbar.getBoundingClientRect().top < chart.getBoundingClientRect().top - 1
}).map((toolbar) => toolbar.closest("[class*=st-key-]")?.className)"""


# Finds tables that extend beyond the box in which they stand, unless they scroll in it.
OUT_OF_PLACE = """() => [...document.querySelectorAll(".stMain table")].filter((table) => {
    const box = table.parentElement, beyond = table.getBoundingClientRect().right - box.getBoundingClientRect().right
    return beyond > 1 && getComputedStyle(box).overflowX !== "auto"
}).map((table) => table.innerText.slice(0, 40))"""


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_s_title_tables_and_axes_have_the_room_that_they_need(phone: Page, app: str, path: str):
    open_unfolded(phone, f"{app}/{path}")
    box, words = phone.evaluate(TITLE)
    assert box == words, "the title has an empty line"
    assert phone.evaluate(TALL_CELLS) == []
    assert phone.evaluate(OVERLAPPING_LABELS) == []
    assert phone.evaluate(SMALL_TEXTS, PHONE_TEXT) == []
    assert phone.evaluate(CUT_TEXTS) == []
    assert phone.evaluate(CROSSED_TEXTS) == []
    assert phone.evaluate(WIDE_FORMULAS) == []
    assert live.width(phone) <= live.PHONE_WIDTH


@pytest.mark.parametrize("path", PATHS)
def test_toolbars_lie_on_their_charts_and_all_texts_can_be_read(page: Page, app: str, path: str):
    open_unfolded(page, f"{app}/{path}")
    assert page.evaluate(HIGH_TOOLBARS) == []
    assert page.evaluate(OVERLAPPING_LABELS) == []
    assert page.evaluate(SMALL_TEXTS, WIDE_TEXT) == []
    assert page.evaluate(CUT_TEXTS) == []
    assert page.evaluate(COLOURED_TEXTS) == []
    assert page.evaluate(CROSSED_TEXTS) == []
    assert not NEGATIVE_ZERO.findall(page.locator(".stMain").inner_text())
    assert not {"+0", "−0"} & {*page.locator("svg.marks text").all_text_contents()}


@pytest.mark.parametrize("path", ["claims", "neurons?show=1", "papers", "rates?show=1", "regularisers", "variants"])
def test_nothing_is_wider_than_the_window_and_no_table_wider_than_its_place(page: Page, app: str, path: str):
    """On *Which rate?*, a table of seven columns once ran out of its fold and of the window."""
    open_unfolded(page, f"{app}/{path}")
    assert live.width(page) <= 1280
    assert page.evaluate(OUT_OF_PLACE) == []


def open_unfolded(page: Page, address: str) -> None:
    page.goto(address)
    foot = page.get_by_role("link", name="Next: ").or_(page.get_by_text("The article’s sources"))
    expect(foot.last).to_be_visible()
    live.wait_until_at_rest(page)
    live.unfold(page)
    assert not page.get_by_test_id("stException").count()


def test_a_table_that_scrolls_on_a_phone_is_reachable_by_keyboard(phone: Page, app: str):
    open_unfolded(phone, f"{app}/neurons?show=1")
    box = phone.locator("[data-testid=stMarkdownContainer]:has(> table th:nth-child(7))")
    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    phone.keyboard.press("ArrowRight")
    phone.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())


def test_the_menu_shows_all_pages(page: Page, app: str):
    page.goto(app)
    for entry in PAGES:
        expect(page.get_by_test_id("stTopNavLink").get_by_text(entry.title, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stTopNavSection")).to_have_count(0)  # "2 more"
