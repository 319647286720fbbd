"""The ensemble page in a browser: marks, sliders that need no server, links, a phone, and axe."""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.topics.ensemble import findings
from tests.e2e import live

pytestmark = pytest.mark.browser
CHARTS = ("outputs", "right", "geometric", "arithmetic", "mc_error", "mc_loss", "forest", "alike")


def chart(page: Page, name: str):
    return page.locator(f".st-key-ens_{name}")


def texts(page: Page, name: str) -> list[str]:
    return live.texts(chart(page, name))


def open_page(page: Page, address: str) -> None:
    """Open the page, and then everything that is folded."""
    live.open_page(page, address, [chart(page, name) for name in ("outputs", "mc_error", "forest")])
    for fold in page.get_by_test_id("stExpander").locator("summary").all():
        fold.click()
    for name in CHARTS:
        expect(chart(page, name).locator("svg.marks")).to_be_visible()


def press(page: Page, name: str, of: str, key: str, times: int) -> None:
    live.press(page, live.control(chart(page, of), name), key, times)


def test_every_chart_draws_its_marks(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    cells = chart(page, "outputs").locator("svg.marks .mark-rect path")
    assert cells.count() > 49 + 5  # the image's 49 pixels and more than five bars
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


def test_the_rate_and_the_image_move_the_chart_at_once_and_then_the_link(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    before = chart(page, "outputs").locator("svg.marks").inner_html()
    press(page, "rate_p", "outputs", "ArrowLeft", 2)
    assert chart(page, "outputs").locator("svg.marks").inner_html() != before
    alone = findings.tiny_nets(2, 0.3, "alone")
    right = re.compile(rf"{alone.value:.1f}\s%\s\({alone.low:.1f}–{alone.high:.1f}\)")
    expect(chart(page, "right")).to_contain_text(right)  # the sliders are linked
    press(page, "image_i", "outputs", "ArrowRight", 1)
    assert "a 5 (image 2 of 12)" in texts(page, "outputs")
    expect(page).to_have_url(re.compile(r"rate=0\.3.*image=2"))
    live.wait_until_at_rest(page)
    expect(chart(page, "right")).to_contain_text(right)  # the server's response must not change the text


def test_the_second_slider_keeps_what_it_was_set_to(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    press(page, "rate_p", "right", "ArrowRight", 2)
    expect(page).to_have_url(re.compile(r"rate=0\.7"))
    live.wait_until_at_rest(page)
    for name in ("outputs", "right"):
        assert live.control(chart(page, name), "rate_p").input_value() == "0.7"


def test_with_one_hidden_layer_the_geometric_mean_is_the_scaled_pass(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    last = next(text for text in texts(page, "outputs") if text.startswith("scaled pass"))
    assert re.search(r"geometric [+-]0\.\d{3}$", last)
    page.get_by_text("1 layer of 12").click()
    expect(page).to_have_url(re.compile("depth=1"))
    expect(chart(page, "outputs")).to_contain_text(re.compile(r"geometric (0|-?−?[\d.]+e[-−]1[5-9])"))


def test_k_is_chosen_in_one_chart_and_followed_in_all(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    press(page, "log_k", "mc_error", "ArrowRight", 10)
    difference = findings.minus_scaled(100)
    label = f"k = 100: {difference.value:+.2f} ({difference.low:+.2f} to {difference.high:+.2f})"
    assert label in texts(page, "mc_error")
    assert any(text.startswith("k = 100: ") for text in texts(page, "mc_loss"))
    mean, low, high = findings.curve("subnetworks").at(100)
    assert f"k = 100 subnetworks: {mean:.1f} ({low:.1f}–{high:.1f})" in texts(page, "forest")
    expect(page).to_have_url(re.compile("members=100"))
    expect(page.get_by_text("At k = 100,")).to_be_visible()


def test_a_phone_needs_no_sideways_scrolling(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_page(page, f"{app}/ensemble")
    assert live.width(page) <= live.PHONE_WIDTH
    wide = "all => all.filter(e => e.getBoundingClientRect().right > 391).map(e => e.textContent.slice(0, 40))"
    parts = "[data-testid=stMain] :is(svg.marks, p, .katex-html, svg.marks text)"
    assert page.locator(parts).evaluate_all(wide) == []


def test_axe_finds_nothing_serious(page: Page, app: str):
    open_page(page, f"{app}/ensemble")
    assert not live.serious_violations(page)
