"""Browser tests of the masks page: a live network that works without the server, and a chart that follows it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import live, network

pytestmark = pytest.mark.browser

STEP = 900  # milliseconds between two passes
CHART = ".st-key-led_masks_sizes"
DISCS = f"{CHART} svg.marks [aria-label*=', neuron ']"
# Counts the messages that the page sends.
RECORD = """
    window.sends = 0
    const send = WebSocket.prototype.send
    WebSocket.prototype.send = function (data) { window.sends += 1; return send.call(this, data) }
"""


@pytest.fixture
def still(new_page) -> Page:
    """Open a page for a reader who prefers reduced motion."""
    page = new_page(reduced_motion="reduce")
    page.add_init_script(RECORD)
    return page


def dropped_in_chart(page: Page) -> list[str]:
    states = page.locator(DISCS).evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    return [state for state in states if state.endswith("dropped")]


def answer(box: Locator) -> str:
    return box.locator("p.verdict").inner_text()


def test_the_picture_moves_by_itself_without_a_message_until_it_is_touched(page, app):
    page.add_init_script(RECORD)
    box = network.open_page(page, f"{app}/masks")
    before, address, sent = answer(box), page.url, page.evaluate("window.sends")
    expect(box.locator("p.verdict")).not_to_have_text(before)
    page.wait_for_timeout(2 * STEP)
    assert page.evaluate("window.sends") == sent
    assert page.url == address
    box.locator("p.tally").click()
    at_rest = answer(box)
    page.wait_for_timeout(2 * STEP)
    assert answer(box) == at_rest
    expect(box.locator(".play")).to_have_text("Play passes")


def test_it_is_still_for_readers_who_prefer_it(still, app):
    box = network.open_page(still, f"{app}/masks")
    before = answer(box)
    still.wait_for_timeout(2 * STEP)
    assert answer(box) == before


def test_play_steps_through_the_passes_until_paused(still, app):
    box = network.open_page(still, f"{app}/masks?pass=63")
    passes = box.locator("[name=pass]")
    box.get_by_role("button", name="Play passes").press("Enter")
    expect(passes).to_have_value("64")
    expect(passes).to_have_value("1")
    box.get_by_role("button", name="Pause").press("Enter")
    before = passes.input_value()
    still.wait_for_timeout(1.5 * STEP)
    assert passes.input_value() == before
    expect(still).to_have_url(re.compile(rf"pass={before}") if before != "1" else re.compile("masks"))


def test_the_rate_moves_by_keyboard_and_no_dropped_neuron_returns(still, app):
    box = network.open_page(still, f"{app}/masks")
    box.locator("[name=rate]").focus()
    seen = [network.dropped(box)]
    for _ in range(6):
        still.keyboard.press("ArrowRight")
        seen.append(network.dropped(box))
    assert all(a <= b for a, b in zip(seen, seen[1:], strict=False))
    assert len(seen[-1]) > len(seen[0])
    expect(still).to_have_url(re.compile(r"rate=0\.8(&|$)"))


@pytest.mark.parametrize(("name", "value"), [("rate", "0.95"), ("pass", "9")])
def test_both_pictures_follow_within_two_frames_and_nothing_is_sent(still, app, name, value):
    network.open_page(still, f"{app}/masks")
    live_changed, chart_changed, sent = still.evaluate(
        """async ([box, discs, name, value]) => {
            const root = [...document.querySelectorAll(`${box} *`)].find(e => e.shadowRoot)?.shadowRoot ?? document
            const labels = (all) => [...all].map(e => e.getAttribute("aria-label")).join()
            const both = () => [labels(root.querySelectorAll(".neuron")), labels(document.querySelectorAll(discs))]
            const before = both(), sends = window.sends, input = root.querySelector(`[name=${name}]`)
            input.value = value
            input.dispatchEvent(new Event("input", { bubbles: true }))
            for (const frame of [1, 2]) await new Promise(requestAnimationFrame)
            const after = both()
            return [after[0] !== before[0], after[1] !== before[1], window.sends - sends]
        }""",
        [network.BOX, DISCS, name, value],
    )
    assert live_changed
    assert chart_changed
    assert not sent


def test_at_inference_every_neuron_is_kept_and_no_pass_is_counted(still, app):
    box = network.open_page(still, f"{app}/masks?rate=0.9")
    assert network.dropped(box)
    box.get_by_label("inference").check()
    still.evaluate(live.FRAMES)
    assert not network.dropped(box)
    assert not dropped_in_chart(still)
    expect(box.locator("[name=pass]")).to_be_disabled()
    expect(box.locator(".play")).to_be_disabled()
    expect(still).to_have_url(re.compile("mode=inference"))


@pytest.mark.parametrize("way", ["click", "Enter", " "])
def test_a_neuron_is_dropped_and_brought_back_by_hand(still, app, way):
    box = network.open_page(still, f"{app}/masks?rate=0")
    neuron = box.locator(".neuron").nth(4)
    act = neuron.click if way == "click" else lambda: neuron.press(way)
    act()
    assert network.dropped(box) == {4}
    assert "dropped by hand" in network.sentences(box)[4]
    expect(still).to_have_url(re.compile("hand=4d"))
    act()
    assert not network.dropped(box)
    expect(still).not_to_have_url(re.compile("hand"))


def test_the_hand_goes_before_the_mask_in_all_passes(still, app):
    box = network.open_page(still, f"{app}/masks?rate=0.95")
    there = min(network.dropped(box))
    box.locator(".neuron").nth(there).click()
    for _ in range(5):
        box.locator("[name=pass]").press("ArrowRight")
        assert there not in network.dropped(box)
    expect(box.locator("[name=pass]")).to_have_value("6")
    box.get_by_role("button", name="Undo my clicks").click()
    expect(box.get_by_role("button", name="Undo my clicks")).to_be_hidden()
    expect(still).not_to_have_url(re.compile("hand"))


def test_hover_and_focus_tell_what_a_neuron_does(still, app):
    box = network.open_page(still, f"{app}/masks?rate=0.5")
    kept = next(i for i, said in enumerate(network.sentences(box)) if "doubled" in said)
    box.locator(".neuron").nth(kept).hover()
    expect(box.locator("p.reading")).to_have_text(
        re.compile(r"^Hidden \d, neuron \d+: activation [\d.]+, kept, doubled to [\d.]+\.$")
    )
    box.locator(".neuron").nth(min(network.dropped(box))).focus()
    expect(box.locator("p.reading")).to_contain_text("dropped, passes on 0")


def test_a_changed_answer_is_announced_if_the_reader_changed_it(still, app):
    box = network.open_page(still, f"{app}/masks?mode=inference&digit=1")
    status = box.locator("[role=status]")
    expect(status).to_be_empty()
    box.locator("[name=digit][value='7']").check()
    expect(status).to_contain_text("Inference: 7")


def test_a_link_restores_what_was_seen(still, app, new_page):
    box = network.open_page(still, f"{app}/masks?rate=0.7&pass=12&digit=8&hidden1=9&seed=5")
    box.locator("[name=pass]").press("ArrowRight")
    box.locator(".neuron").nth(2).click()
    expect(still).to_have_url(re.compile("hand="))
    other = new_page(reduced_motion="reduce")
    again = network.open_page(other, still.url)
    assert network.sentences(again) == network.sentences(box)
    assert answer(again) == answer(box)
    assert again.locator("[name=rate]").input_value() == "0.7"
    assert dropped_in_chart(other) == dropped_in_chart(still)


def test_a_digit_is_drawn_and_comes_back_by_link(still, app, new_page):
    box = network.open_page(still, f"{app}/masks?mode=inference")
    box.get_by_label("Draw your own digit").check()
    paper = box.locator(".paper")
    area = paper.bounding_box()
    assert area is not None
    x, y = area["x"] + area["width"] / 2, area["y"]
    still.mouse.move(x, y + 0.15 * area["height"])
    still.mouse.down()
    still.mouse.move(x, y + 0.85 * area["height"], steps=8)
    still.mouse.up()
    expect(box.locator("p.verdict")).to_contain_text("Inference: 1")
    live.wait_until_at_rest(still)  # on a busy machine, half a stroke may be reported first
    expect(still).to_have_url(re.compile(r"drawn=[0-9a-f]{196}"))
    again = network.open_page(new_page(reduced_motion="reduce"), still.url)
    assert answer(again) == answer(box)


def test_new_draws_change_both_pictures_and_keep_the_rate(still, app):
    box = network.open_page(still, f"{app}/masks?rate=0.55")
    before, chart = network.sentences(box), dropped_in_chart(still)
    box.get_by_role("button", name="New draws").click()
    assert network.sentences(box) != before
    expect(still).to_have_url(re.compile("seed="))
    live.wait_until_at_rest(still)
    assert dropped_in_chart(still) != chart
    assert box.locator("[name=rate]").input_value() == "0.55"


def test_the_chart_counts_what_is_drawn(still, app):
    box = network.open_page(still, f"{app}/masks")
    marks = still.locator(f"{CHART} svg.marks")
    assert marks.locator("line").count() == 4 * 6 + 6 * 6 + 6 * 3
    expect(marks).to_contain_text("Binomial(12, 1 − p)")
    for _ in range(4):
        box.locator("[name=rate]").press("ArrowRight")
        still.evaluate(live.FRAMES)
        expect(marks).to_contain_text(f"{12 - len(dropped_in_chart(still))} of 12 hidden neurons kept")


def test_a_bad_link_says_so_and_draws(still, app):
    network.open_page(still, f"{app}/masks?rate=most&pass=0&hidden1=1000&unknown=1&hand=99d&drawn=no")
    assert still.get_by_test_id("stAlert").count() == 6
    assert still.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("size", [(1280, 800), (live.PHONE_WIDTH, 844)])
def test_the_picture_and_its_control_are_in_the_first_viewport(new_page, app, size):
    page = new_page(viewport={"width": size[0], "height": size[1]})
    box = network.open_page(page, f"{app}/masks")
    for part in ("[name=rate]", ".play", ".stage svg", ".digits"):
        area = box.locator(part).bounding_box()
        assert area is not None
        assert area["y"] + area["height"] <= size[1], part
        assert area["x"] + area["width"] <= size[0], part
    assert live.width(page) <= size[0]
    assert page.evaluate("() => !document.querySelector('.katex')?.checkVisibility()")


def test_the_sizes_keep_their_values_until_they_are_moved(still, app):
    box = network.open_page(still, f"{app}/masks")
    box.get_by_role("button", name="New draws").click()
    expect(still).to_have_url(re.compile("seed="))
    live.wait_until_at_rest(still)
    still.get_by_test_id("stPopoverButton").click()
    sliders = still.locator("[data-testid=stPopoverBody] input[type=range]")
    expect(sliders).to_have_count(4)
    assert [sliders.nth(i).input_value() for i in range(4)] == ["4", "6", "6", "3"]
