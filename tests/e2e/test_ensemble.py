"""Browser tests of the ensemble page: marks, sliders that work without the server, and phone layout."""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts.theme import DROPOUT, PICKED
from dropout_core.topics.ensemble import findings
from tests.e2e import live

pytestmark = pytest.mark.browser
COUNTS = findings.counts()
CHARTS = ("outputs", "right", "geometric", "arithmetic", "mc_error", "mc_loss", "forest", "alike")


def chart(page: Page, name: str):
    return page.locator(f".st-key-ens_{name}")


def texts(page: Page, name: str) -> list[str]:
    return live.texts(chart(page, name))


def open_page(page: Page, address: str) -> None:
    """Open the page and all its expanders."""
    live.open_page(page, address, [chart(page, name) for name in ("outputs", "mc_error", "forest")])
    live.unfold(page)
    for name in CHARTS:
        expect(chart(page, name).locator("svg.marks")).to_be_visible()


def press(page: Page, name: str, of: str, key: str, times: int) -> None:
    live.press(page, live.control(chart(page, of), name), key, times)


def slide(page: Page, key: str, times: int) -> None:
    """Move the page's slider for the rate."""
    live.press(page, page.get_by_role("slider", name="Rate p"), key, times)


def test_every_chart_draws_its_marks(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    expect(chart(page, "outputs").locator("svg.marks .mark-image image")).to_have_count(1)
    for name, kind, least in (
        ("outputs", "symbol", 2),
        ("right", "symbol", 4),
        ("geometric", "line", 3),
        ("arithmetic", "area", 3),
        ("mc_error", "line", 1),
        ("mc_error", "area", 1),
        ("mc_error", "rule", 2),  # zero and the interval at the slider's k
        ("mc_loss", "area", 1),
        ("forest", "symbol", 2),
        ("alike", "symbol", 4),
    ):
        assert chart(page, name).locator(f"svg.marks .mark-{kind} :is(path, line)").count() >= least, (name, kind)
    assert page.get_by_test_id("stException").count() == 0


def test_choosing_the_layers_stops_the_motion(page: Page, app: str):
    live.open_page(page, f"{app}/ensemble", [chart(page, "outputs")])
    player = page.locator(".st-key-ens_outputs_player").get_by_role("button")
    expect(player).to_have_text("Pause")
    page.locator(".st-key-ens_depth button").last.click()
    expect(player).not_to_have_text("Pause")


def test_the_rate_and_the_image_move_the_chart_at_once_and_then_the_link(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    before = chart(page, "outputs").locator("svg.marks").inner_html()
    slide(page, "ArrowLeft", 2)
    assert chart(page, "outputs").locator("svg.marks").inner_html() != before
    alone = findings.tiny_nets(2, 0.3, "alone")
    right = re.compile(rf"{alone.value:.1f}\s%\s\({alone.low:.1f}–{alone.high:.1f}\)")
    expect(chart(page, "right")).to_contain_text(right)  # one slider controls both charts
    press(page, "image_i", "outputs", "ArrowRight", 1)
    assert any(text.startswith("A 5: ") for text in texts(page, "outputs"))
    expect(page).to_have_url(re.compile(r"rate=0\.3.*image=2"))
    live.wait_until_at_rest(page)
    expect(chart(page, "right")).to_contain_text(right)  # the server's response must not change the text


def test_a_subnetwork_is_chosen_by_keyboard_or_click_and_marked_in_the_histogram(page: Page, app: str):
    page.emulate_media(reduced_motion="reduce")
    live.open_page(page, f"{app}/ensemble", [chart(page, "outputs")])
    sent = page.evaluate("window.lastMessage")
    frames = chart(page, "outputs").locator("svg.marks path[aria-label^='Subnetwork']")
    expect(frames).to_have_count(12)
    for number, choose in (
        (2, lambda: press(page, "member_m", "outputs", "ArrowRight", 1)),
        (5, lambda: frames.nth(4).click()),
    ):
        choose()
        expect(frames.nth(number - 1)).to_have_attribute("stroke", PICKED)
        output = frames.nth(number - 1).get_attribute("aria-label")
        value = re.search(r"gives ([\d.]+) to", output)[1]
        assert f"number {number}: {value}" in texts(page, "outputs")
        assert live.control(chart(page, "outputs"), "member_m").input_value() == str(number)
    assert page.evaluate("window.lastMessage") == sent


def test_the_pictures_of_a_bar_light_up_under_the_pointer(page: Page, app: str):
    page.emulate_media(reduced_motion="reduce")
    live.open_page(page, f"{app}/ensemble", [chart(page, "outputs")])
    lit = chart(page, "outputs").locator(f"svg.marks path[aria-label^='Subnetwork'][stroke='{PICKED}']")
    expect(lit).to_have_count(1)
    bars = chart(page, "outputs").locator(f"svg.marks path[fill='{DROPOUT}']")
    counts = []
    for bar in bars.all():
        if not bar.is_visible():  # a bar without height
            continue
        bar.hover()
        page.evaluate(live.FRAMES)
        counts.append(lit.count())
    assert max(counts) > 1
    page.mouse.move(5, 5)
    expect(lit).to_have_count(1)


def test_the_pictures_light_up_in_turn_until_the_first_touch_and_send_nothing(page: Page, app: str):
    live.open_page(page, f"{app}/ensemble", [chart(page, "outputs")])
    sent = page.evaluate("window.lastMessage")
    page.wait_for_function("document.querySelector('input[name=member_m]').value > 3")
    assert page.evaluate("window.lastMessage") == sent
    chart(page, "outputs").locator("svg.marks").click()
    expect(page.get_by_role("button", name="Play subnetworks")).to_be_visible()


def test_with_one_hidden_layer_the_geometric_mean_is_the_scaled_pass(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    geometric = re.compile(r"differs by [+−-]0\.\d{3}$")
    assert len([text for text in texts(page, "outputs") if geometric.search(text)]) == 2
    page.get_by_text("1 layer of 12").click()
    expect(page).to_have_url(re.compile("depth=1"))
    expect(chart(page, "outputs")).to_contain_text(re.compile(r"differs by (0|-?−?[\d.]+e[-−]1[5-9])"))


def test_k_is_chosen_by_one_slider_and_followed_in_all_charts(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    steps = COUNTS.index(100) - COUNTS.index(8)
    live.press(page, page.get_by_role("slider", name="Members k"), "ArrowRight", steps)
    difference = findings.minus_scaled(100).estimate
    label = f"k = 100: {difference.value:+.2f} ({difference.low:+.2f} to {difference.high:+.2f})"
    assert label in texts(page, "mc_error")
    assert any(text.startswith("k = 100: ") for text in texts(page, "mc_loss"))
    mean, low, high = findings.curve("subnetworks").at(100)
    assert f"k = 100 subnetworks: {mean:.1f} ({low:.1f}–{high:.1f})" in texts(page, "forest")
    expect(page).to_have_url(re.compile("members=100"))
    expect(page.get_by_text("At k = 100,")).to_be_visible()
    assert not page.locator("input[name=members_k]:visible").count(), "one control for all charts"


@pytest.mark.parametrize("width", [1280, live.PHONE_WIDTH])
def test_the_slider_for_k_stays_in_view_with_its_charts(new_page, app: str, width: int):
    page = new_page(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    open_page(page, f"{app}/ensemble")
    k = page.get_by_role("slider", name="Members k")
    for name in ("mc_error", "forest"):
        chart(page, name).locator("svg.marks").evaluate("svg => svg.scrollIntoView({ block: 'end' })")
        expect(k).to_be_in_viewport(ratio=1)
        k.click()  # fails if anything lies over it


def test_a_phone_needs_no_sideways_scrolling(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_page(page, f"{app}/ensemble")
    assert live.width(page) <= live.PHONE_WIDTH
    wide = "all => all.filter(e => e.getBoundingClientRect().right > 391).map(e => e.textContent.slice(0, 40))"
    parts = "[data-testid=stMain] :is(svg.marks, p, .katex-html, svg.marks text)"
    assert page.locator(parts).evaluate_all(wide) == []
