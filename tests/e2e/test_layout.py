"""Tests that visit every page, on a laptop and on a phone: layout, first screen, title and accessibility.

A page takes more than a second to load, so one visit serves all checks of a page at one size.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.ui.navigation import BY_NAME, PAGES
from tests.e2e import live
from tests.e2e.test_chaos import server_of
from tests.e2e.test_serving import uses

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
PICTURES = {  # each page's first picture (by key) and its control (by name), which are on the first screen
    "": ("overview_memorising", "Epochs"),
    "scaling": ("scaling_sums", "Rate p"),
    "ensemble": ("ens_outputs", "Rate p"),
    "variants": ("variants_network", "Rate p"),
}
ANSWERS = {"ensemble": "one scaled pass", "variants": "variance"}  # the last line of the picture, which answers
SHOWN = 0.8  # fraction of the picture's height that must be visible; labels below the axis need not be
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
# Whether all formulas and tables that scroll can be reached by keyboard, for which scrollable.js waits half a second.
REACHABLE = """() => [...document.querySelectorAll(".katex-display, [data-testid=stMarkdownContainer]:has(> table)")]
    .every((box) => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_s_pages_have_the_room_that_they_need_and_axe_finds_nothing_serious(phone: Page, app: str, path: str):
    open_page(phone, f"{app}/{path}")
    check_first_screen(phone, path)
    unfold(phone)
    assert phone.evaluate(TALL_CELLS) == []
    assert phone.evaluate(OVERLAPPING_LABELS) == []
    assert phone.evaluate(SMALL_TEXTS, PHONE_TEXT) == []
    assert phone.evaluate(CUT_TEXTS) == []
    assert phone.evaluate(CROSSED_TEXTS) == []
    assert phone.evaluate(WIDE_FORMULAS) == []
    assert live.width(phone) <= live.PHONE_WIDTH
    assert live.serious_violations(phone) == []
    box, words = phone.evaluate(TITLE)
    assert box == words, "the title has an empty line"


@pytest.mark.parametrize("path", PATHS)
def test_a_laptop_s_pages_can_be_read_and_axe_finds_nothing_serious(page: Page, app: str, path: str):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, f"{app}/{path}")
    expect(page).to_have_title(BY_NAME[path.split("?")[0] or "overview"].full_title)
    check_first_screen(page, path)
    assert live.serious_violations_as_shown(page) == []
    unfold(page)
    assert page.evaluate(HIGH_TOOLBARS) == []
    assert page.evaluate(OVERLAPPING_LABELS) == []
    assert page.evaluate(SMALL_TEXTS, WIDE_TEXT) == []
    assert page.evaluate(CUT_TEXTS) == []
    assert page.evaluate(COLOURED_TEXTS) == []
    assert page.evaluate(CROSSED_TEXTS) == []
    assert not NEGATIVE_ZERO.findall(page.locator(".stMain").inner_text())
    assert not {"+0", "−0"} & {*page.locator("svg.marks text").all_text_contents()}
    assert live.width(page) <= 1280
    assert page.evaluate(OUT_OF_PLACE) == []
    assert not uses(server_of(app), "libtorch_cpu"), "torch takes seconds and hundreds of megabytes to load"
    assert live.serious_violations(page) == []


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    foot = page.get_by_role("link", name="Next: ").or_(page.get_by_text("The article’s sources"))
    expect(foot.last).to_be_visible()
    live.wait_until_at_rest(page)


def unfold(page: Page) -> None:
    live.unfold(page)
    page.wait_for_function(REACHABLE)
    assert not page.get_by_test_id("stException").count()


def check_first_screen(page: Page, path: str) -> None:
    """Check that the page's animated picture and its controls are visible without scrolling."""
    if path not in PICTURES:
        return
    key, control = PICTURES[path]
    picture = page.locator(f".st-key-{key} svg.marks")
    box = picture.bounding_box()
    assert box["y"] + SHOWN * box["height"] <= page.viewport_size["height"]
    for each in (page.get_by_role("slider", name=control).first, page.get_by_role("button", name="Pause").first):
        expect(each).to_be_in_viewport(ratio=1)
    if path in ANSWERS:
        expect(picture.get_by_text(ANSWERS[path]).first).to_be_in_viewport(ratio=0.9)
    formulas = page.locator(".katex:visible").all()
    assert all(formula.bounding_box()["y"] > box["y"] for formula in formulas)


def test_axe_finds_nothing_serious_beside_a_comparison_that_was_trained(page: Page, app: str):
    page.goto(f"{app}/training?images=500&epochs=1&seeds=2")
    page.get_by_role("button", name="Start training").click()
    expect(page.locator("[data-testid=stMain] summary:has-text('Table and tests')").first).to_be_visible()
    live.wait_until_at_rest(page)
    assert live.serious_violations(page) == []


def test_a_table_that_scrolls_on_a_phone_is_reachable_by_keyboard(phone: Page, app: str):
    open_page(phone, f"{app}/neurons?show=1")
    unfold(phone)
    box = phone.locator("[data-testid=stMarkdownContainer]:has(> table th:nth-child(7))")
    expect(box).to_have_attribute("tabindex", "0")
    box.focus()
    phone.keyboard.press("ArrowRight")
    phone.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())


def test_the_menu_shows_every_page_and_which_is_shown(page: Page, app: str):
    page.goto(f"{app}/{PAGES[-1].name}")
    for entry in PAGES:
        expect(page.get_by_test_id("stTopNavLink").get_by_text(entry.title, exact=True)).to_be_visible()
    here = page.get_by_role("link", name=PAGES[-1].title, exact=True).first
    expect(here).to_have_attribute("aria-current", "page")
    expect(page.get_by_test_id("stTopNavSection")).to_have_count(0)  # "2 more"
    expect(page.get_by_text("more", exact=True)).to_have_count(0)
