"""The masks page in a browser: controls that need no server, the player, and links that restore the page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import live

pytestmark = pytest.mark.browser

DISCS = ".st-key-{chart} svg.marks [aria-label*=', neuron ']"
CHART = "masks_chart"
STEP = {CHART: 800, "overview_chart": 1600}  # milliseconds between two steps of the player
# Records the times, in milliseconds, at which the reader moves a control and the page sends a message.
RECORD = """
    window.moves = []; window.sends = []
    document.addEventListener("input", () => window.moves.push(performance.now()), true)
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (data) { window.sends.push(performance.now()); return send.call(this, data) }
"""


def open_page(page: Page, address: str, chart: str = CHART) -> None:
    page.goto(address)
    expect(page.locator(DISCS.format(chart=chart)).first).to_be_visible()
    live.wait_until_at_rest(page)


def states(page: Page, chart: str = CHART) -> list[str]:
    """Return the state of each neuron, such as 'Hidden 1, neuron 2: dropped'."""
    return page.locator(DISCS.format(chart=chart)).evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")


def dropped(page: Page, chart: str = CHART) -> set[str]:
    return {state.split(":")[0] for state in states(page, chart) if state.endswith("dropped")}


def control(page: Page, name: str, chart: str = CHART):
    return page.locator(f".st-key-{chart} input[name={name}]")


def test_the_network_is_drawn(page, app):
    open_page(page, f"{app}/masks")
    marks = page.locator(f".st-key-{CHART} svg.marks")
    assert len(states(page)) == 4 + 6 + 6 + 3
    assert marks.locator("line").count() == 4 * 6 + 6 * 6 + 6 * 3
    kept = 12 - len(dropped(page))
    expect(marks).to_contain_text(f"{kept} of 12 hidden neurons kept")
    expect(marks).to_contain_text("Binomial(12, 1 − p)")


def test_the_rate_moves_by_keyboard_and_reports_only_after_a_pause(page, app):
    page.add_init_script(RECORD)
    open_page(page, f"{app}/masks")
    control(page, "rate_p").focus()
    seen = [dropped(page)]
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.evaluate(live.FRAMES)
        seen.append(dropped(page))
    # A neuron dropped at one rate is also dropped at every higher rate.
    assert all(a <= b for a, b in zip(seen, seen[1:], strict=False))
    assert len(seen[-1]) > len(seen[0])
    expect(page).to_have_url(re.compile(r"rate=0\.8(&|$)"))
    moves, reports = page.evaluate("[window.moves, window.sends.filter(time => time > window.moves[0])]")
    assert len(moves) == 6
    assert reports
    for report in reports:  # on a slow machine, the page may send a report between two key presses
        assert report - max(move for move in moves if move <= report) > 100  # milliseconds


def test_the_picture_follows_within_two_frames_and_nothing_is_sent(page, app):
    page.add_init_script(RECORD)
    open_page(page, f"{app}/masks?rate=0")
    changed, sent = page.evaluate(
        """async (neurons) => {
            const input = document.querySelector("input[name=rate_p]"), before = window.sends.length
            input.value = "0.95"
            input.dispatchEvent(new Event("input", { bubbles: true }))
            for (const frame of [1, 2]) await new Promise(requestAnimationFrame)
            const states = [...document.querySelectorAll(neurons)].map(e => e.getAttribute("aria-label"))
            return [states.some(text => text.endsWith("dropped")), window.sends.length - before]
        }""",
        DISCS.format(chart=CHART),
    )
    assert changed
    assert not sent


def test_at_inference_every_neuron_is_kept(page, app):
    open_page(page, f"{app}/masks?rate=0.9")
    assert dropped(page)
    page.locator(f".st-key-{CHART}").get_by_label("inference").check()
    page.evaluate(live.FRAMES)
    assert not dropped(page)
    expect(page.locator("svg.marks")).to_contain_text("12 of 12 hidden neurons kept")
    expect(page).to_have_url(re.compile("mode=inference"))


def test_a_neuron_names_itself_and_its_draw(page, app):
    open_page(page, f"{app}/masks")
    page.locator(DISCS.format(chart=CHART)).nth(5).hover()
    tip = page.locator("#vg-tooltip-element")
    expect(tip).to_contain_text("Hidden 1, neuron 2")
    expect(tip).to_contain_text(re.compile(r"0\.\d{4}"))


def test_a_click_on_the_picture_leaves_the_controls_alone(page, app):
    open_page(page, f"{app}/masks")
    before = states(page)
    page.locator(DISCS.format(chart=CHART)).nth(5).click()
    page.evaluate(live.FRAMES)
    assert states(page) == before


def test_play_steps_through_the_passes_until_paused(page, app):
    open_page(page, f"{app}/masks?pass=63")
    passes = control(page, "pass_k")
    page.get_by_role("button", name="Play passes").press("Enter")
    expect(passes).to_have_value("64")
    expect(passes).to_have_value("1")
    page.get_by_role("button", name="Pause").press("Enter")
    before = passes.input_value()
    page.wait_for_timeout(1.5 * STEP[CHART])
    assert passes.input_value() == before


def test_the_reader_s_hand_stops_the_player(page, app):
    open_page(page, f"{app}/masks")
    page.get_by_role("button", name="Play passes").click()
    control(page, "pass_k").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("button", name="Play passes")).to_be_visible()
    expect(control(page, "pass_k")).to_have_value("64")


def test_a_link_restores_what_was_seen(page, app, new_page):
    open_page(page, f"{app}/masks?rate=0.7&pass=12&hidden1=9&seed=5")
    control(page, "pass_k").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("pass=13"))
    other = new_page()
    open_page(other, page.url)
    assert states(other) == states(page)
    assert control(other, "rate_p").input_value() == "0.7"


def test_another_network_keeps_the_controls(page, app):
    open_page(page, f"{app}/masks")
    control(page, "rate_p").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"rate=0\.55"))
    page.get_by_role("button", name="New draws").click()
    expect(page).to_have_url(re.compile("seed="))
    assert control(page, "rate_p").input_value() == "0.55"


def test_the_link_is_that_of_new_draws_as_soon_as_they_are_seen(page, app):
    open_page(page, f"{app}/masks")
    shown = page.evaluate(
        """chart => new Promise(done => {
        const picture = () => document.querySelector(`.st-key-${chart} svg.marks`)?.innerHTML
        const before = picture()
        const look = () => picture() && picture() !== before ? done(location.href) : requestAnimationFrame(look)
        look()
        const button = [...document.querySelectorAll("button")].find(each => each.textContent.includes("New draws"))
        button.click()
    })""",
        CHART,
    )
    live.wait_until_at_rest(page)
    assert "seed=" in shown
    assert shown == page.url


def test_a_bad_link_says_so_and_draws(page, app):
    open_page(page, f"{app}/masks?rate=most&pass=0&hidden1=1000&unknown=1")
    assert page.get_by_test_id("stAlert").count() == 4
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("path", ["", "masks"])
def test_a_phone_needs_no_sideways_scrolling(page, app, path):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_page(page, f"{app}/{path}", CHART if path else "overview_chart")
    assert page.evaluate("document.documentElement.scrollWidth") <= live.PHONE_WIDTH
    assert live.width(page) <= live.PHONE_WIDTH


def test_the_overview_moves_by_itself_and_can_be_paused(page, app):
    open_page(page, app, "overview_chart")
    before = states(page, "overview_chart")
    expect(control(page, "pass_k", "overview_chart")).not_to_have_value("1")
    assert states(page, "overview_chart") != before
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize(("path", "chart"), [("", "overview_chart"), ("masks?pass=5", CHART)])
def test_at_inference_the_passes_stand_still_and_play_is_off(page, app, path, chart):
    open_page(page, f"{app}/{path}", chart)
    button = page.get_by_role("button", name=re.compile("Play|Pause"))
    if path:
        button.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.locator(f".st-key-{chart} input[name=mode_m][value=inference]").check()
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile("Play"))
    before = control(page, "pass_k", chart).input_value()
    page.wait_for_timeout(1.5 * STEP[chart])
    assert control(page, "pass_k", chart).input_value() == before
    page.locator(f".st-key-{chart} input[name=mode_m][value=training]").check()
    expect(page.get_by_role("button", name="Pause")).to_be_enabled()
    expect(control(page, "pass_k", chart)).not_to_have_value(before)


def test_the_overview_is_still_for_readers_who_prefer_it(page, app):
    page.emulate_media(reduced_motion="reduce")
    open_page(page, app, "overview_chart")
    page.wait_for_timeout(1.5 * STEP["overview_chart"])
    assert control(page, "pass_k", "overview_chart").input_value() == "1"
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_words_count_what_is_drawn_when_the_rate_moves(page, app):
    open_page(page, f"{app}/masks")
    control(page, "rate_p").focus()
    marks = page.locator(f".st-key-{CHART} svg.marks")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        page.evaluate(live.FRAMES)
        expect(marks).to_contain_text(f"{12 - len(dropped(page))} of 12 hidden neurons kept")


def test_new_draws_before_the_network_is_opened_leave_its_sizes_alone(page, app):
    open_page(page, f"{app}/masks")
    page.get_by_role("button", name="New draws").click()
    expect(page).to_have_url(re.compile("seed="))
    live.wait_until_at_rest(page)
    page.get_by_test_id("stPopoverButton").click()
    sliders = page.locator("[data-testid=stPopoverBody] input[type=range]")
    expect(sliders).to_have_count(4)
    assert [sliders.nth(i).input_value() for i in range(4)] == ["4", "6", "6", "3"]
