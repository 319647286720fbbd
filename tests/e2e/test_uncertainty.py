"""Browser tests of the uncertainty page: drawing a digit, the slider, links, phone layout and accessibility."""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import AVERAGED, WHOLE_NET
from dropout_core.topics.uncertainty import findings
from tests.e2e import live

pytestmark = pytest.mark.browser

CHARTS = ("own", "cloud", "curves", "mean", "right", "area", "diff", "calibration")


def chart(page: Page, name: str):
    return page.locator(f".st-key-unc_{name}")


def texts(page: Page, name: str) -> list[str]:
    return chart(page, name).locator("svg.marks text").all_text_contents()


def open_page(page: Page, address: str) -> None:
    """Open the page and its expanders, and wait until all charts are drawn."""
    page.goto(address)
    live.wait_until_at_rest(page)
    for folded in ("Does entropy warn of errors?", "When the net is 90 % sure"):
        page.get_by_text(folded).click()
        live.wait_until_at_rest(page)  # a second click during the rerun may be undone by it
    for name in CHARTS:
        expect(chart(page, name).locator("svg.marks")).to_be_visible()
    live.wait_until_at_rest(page)


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("The sheet is empty")).to_be_visible()


def draw_a_stroke(page: Page, points: list[tuple[float, float]]) -> None:
    """Draw a stroke on the canvas with the mouse. Coordinates are fractions of the canvas's width and height."""
    box = page.locator("canvas.paper").bounding_box()
    steps = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*steps[0])
    page.mouse.down()
    for step in steps[1:]:
        page.mouse.move(*step, steps=8)
    page.mouse.up()


def test_every_chart_draws_its_marks(page: Page, app: str):
    open_page(page, f"{app}/uncertainty")
    dots = chart(page, "cloud").locator("svg.marks .mark-symbol path")
    assert dots.count() >= 1010  # (100 passes with masks + 1 pass without) × ten digits
    assert chart(page, "cloud").locator(f"svg.marks path[fill='{WHOLE_NET}']").count() >= 10
    assert chart(page, "cloud").locator("svg.marks image").get_attribute("href") or chart(page, "cloud").locator(
        "svg.marks image"
    ).get_attribute("xlink:href")
    assert chart(page, "curves").locator("svg.marks .mark-line path").count() == 3
    assert chart(page, "mean").locator("svg.marks .mark-area path").count() == 3
    study, _ = findings.load()
    detected = sum(w.difference.sign < 0 for w in study.warnings)
    assert chart(page, "diff").locator(f"svg.marks .mark-symbol.role-mark path[fill='{WHOLE_NET}']").count() == detected
    assert chart(page, "right").locator(f"svg.marks path[stroke='{AVERAGED}']").count() >= 1
    assert page.get_by_test_id("stException").count() == 0


MOVE = """async value => {
    // Which of the two charts and the picture differ by the third frame after one move of the slider, and how much was
    // sent until they did.
    const send = WebSocket.prototype.send
    let sent = 0
    WebSocket.prototype.send = function (...message) { sent++; return send.apply(this, message) }
    const drawn = name => document.querySelector(`.st-key-unc_${name} svg.marks`).innerHTML
    const image = () => document.querySelector(".st-key-unc_cloud svg.marks image").outerHTML
    const look = () => [drawn("cloud"), drawn("curves"), image()]
    const before = look(), input = document.querySelector(".st-key-unc_cloud input[name=amount_a]")
    input.value = value
    input.dispatchEvent(new Event("input", { bubbles: true }))
    let changed = [false]
    for (let frame = 1; frame <= 3 && !changed.every(Boolean); frame++) {
        await new Promise(requestAnimationFrame)
        changed = look().map((now, i) => now !== before[i])
    }
    WebSocket.prototype.send = send
    return { changed, sent }
}"""


def test_the_slider_answers_at_once_and_the_link_and_the_words_follow(page: Page, app: str):
    open_page(page, f"{app}/uncertainty")
    assert page.evaluate(MOVE, "135") == {"changed": [True, True, True], "sent": 0}
    assert chart(page, "curves").locator("input[name=amount_a]").input_value() == "135"
    expect(page).to_have_url(re.compile(r"amount=135(\.0)?(&|$)"))
    expect(page.get_by_text("At 135°: ")).to_be_visible()
    shown = next(text for text in texts(page, "curves") if text.startswith("predictive entropy: "))
    total = page.get_by_text("At 135°: ").inner_text().split("At 135°: ")[1].split(" = ")[0]
    assert float(shown.split()[2]) == pytest.approx(float(total), abs=0.011)


def test_another_distortion_starts_anew_and_the_link_says_so(page: Page, app: str):
    open_page(page, f"{app}/uncertainty?image=3")
    page.get_by_role("radio", name="shift").or_(page.get_by_role("button", name="shift", exact=True)).first.click()
    expect(chart(page, "cloud").get_by_text("shift in pixels")).to_be_visible()
    page.wait_for_url("**/uncertainty?image=3&distortion=shift")


def test_degrees_of_rotation_do_not_become_pixels_of_a_shift(page: Page, app: str):
    page.goto(f"{app}/uncertainty")
    live.wait_until_at_rest(page)
    chart(page, "cloud").locator("input[name=amount_a]").fill("30")
    expect(page.get_by_text("At 30°:")).to_be_visible()
    page.get_by_role("radio", name="shift").click()
    expect(page.get_by_text("At 4 pixels:")).to_be_visible()
    live.wait_until_at_rest(page)
    for name in ("cloud", "curves"):
        expect(chart(page, name).locator("input[name=amount_a]")).to_have_value("4")


def test_a_digit_is_drawn_read_and_cleared(page: Page, app: str):
    open_page(page, f"{app}/uncertainty")
    page.locator("canvas.paper").scroll_into_view_if_needed()
    clear(page)
    draw_a_stroke(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
    expect(chart(page, "own").locator("svg.marks image")).to_be_visible()
    assert "7" in {text[0] for text in texts(page, "own") if "%" in text and "," in text}
    clear(page)
    expect(chart(page, "own")).to_have_count(0)


def test_a_sample_by_keyboard_is_on_the_sheet_and_can_be_drawn_over(page: Page, app: str):
    open_page(page, f"{app}/uncertainty?sample=a+smile")
    lit = """() => {
        const sheet = document.querySelector(".st-key-unc_pad *")
        const find = node => node.querySelector?.("canvas.paper") ?? [...node.querySelectorAll("*")]
            .map(e => e.shadowRoot && find(e.shadowRoot)).find(Boolean)
        const canvas = find(document)
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
        return data.filter((value, i) => i % 4 === 0 && value > 127).length
    }"""
    clear(page)
    assert page.evaluate(lit) == 0
    page.get_by_role("button", name="a four").focus()
    page.keyboard.press("Enter")
    expect(chart(page, "own").locator("svg.marks image")).to_be_visible()
    before, picture = page.evaluate(lit), chart(page, "own").locator("svg.marks").inner_html()
    assert before > 1000
    page.wait_for_url("**sample=a+four*")
    page.locator("canvas.paper").scroll_into_view_if_needed()
    draw_a_stroke(page, [(0.5, 0.15), (0.5, 0.85)])
    expect(page.get_by_text("Predictive entropy = mean entropy of the passes")).to_be_visible()
    page.wait_for_function("old => document.querySelector('.st-key-unc_own svg.marks')?.innerHTML !== old", arg=picture)
    assert page.evaluate(lit) > before
    expect(page).to_have_url(re.compile("sample=blank"))  # the reader's drawing has replaced the sample


def test_a_finger_draws_and_does_not_scroll(new_page, app: str):
    page = new_page(viewport={"width": live.PHONE_WIDTH, "height": 844}, has_touch=True)
    open_page(page, f"{app}/uncertainty")
    sheet = page.locator("canvas.paper")
    sheet.scroll_into_view_if_needed()
    clear(page)
    assert sheet.evaluate("element => getComputedStyle(element).touchAction") == "none"
    box = sheet.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart(page, "own").locator("svg.marks image")).to_be_visible()


def test_a_phone_overflows_nothing_and_axe_finds_nothing_serious(phone: Page, app: str):
    open_page(phone, f"{app}/uncertainty")
    answer, sheet = chart(phone, "own").bounding_box(), phone.locator("canvas.paper").bounding_box()
    assert answer["y"] + answer["height"] <= sheet["y"]  # the answer is visible while the reader draws with a finger
    phone.get_by_role("button", name="the letter A").click()
    expect(chart(phone, "own").locator("svg.marks image")).to_be_visible()
    live.wait_until_at_rest(phone)
    assert live.width(phone) <= live.PHONE_WIDTH
    assert not live.serious_violations(phone)
