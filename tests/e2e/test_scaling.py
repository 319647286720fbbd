"""Browser tests of the scaling page: one slider for all charts, correct numbers, links, phone layout, accessibility."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dropout_core.numerics.enumeration import compare
from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.sampling import MOST_PASSES
from tests.e2e import live

pytestmark = pytest.mark.browser

CHARTS = ("sums", "schemes", "gaps")
A = np.array([1.0, -0.5, 2.0, 0.25])
SEED = 2


def chart(page: Page, name: str):
    return page.locator(f".st-key-scaling_{name}")


def rate(page: Page):
    """Return the page's slider for the rate."""
    return page.get_by_role("slider", name="Rate p")


def texts(page: Page, name: str) -> list[str]:
    return live.texts(chart(page, name))


def open_page(page: Page, address: str) -> None:
    live.open_page(page, address, [chart(page, name) for name in CHARTS])


def pause(page: Page) -> None:
    page.get_by_role("button", name="Pause").click()


def test_every_chart_draws_its_marks(page, app):
    open_page(page, f"{app}/scaling?pass=199")
    for name, kind, least in (("sums", "rect", 20), ("schemes", "symbol", 3), ("gaps", "symbol", 5)):
        assert chart(page, name).locator(f"svg.marks .mark-{kind} path").count() >= least, name
    assert page.get_by_test_id("stException").count() == 0


def test_the_means_are_those_of_the_masked_sums(page, app):
    open_page(page, f"{app}/scaling?pass=5&rate=0.3")
    sums = keep_mask(uniforms((MOST_PASSES, 8), SEED), 0.3)[:5, : len(A)] @ A
    labels = texts(page, "sums")
    assert f"target {A.sum():g}: all active" in labels
    assert f"mean of 5 passes: {sums.mean():.2f}" in labels
    assert f"mean of 5 passes: {sums.mean() / 0.7:.2f}" in labels


def test_nobody_s_motion_sends_nothing_and_stops_at_the_first_touch(page, app):
    page.goto(f"{app}/scaling")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    passes = chart(page, "sums").locator("input[name=pass_k]")
    live.wait_until_at_rest(page)
    before, silent = passes.input_value(), page.evaluate("window.lastMessage")
    expect(passes).not_to_have_value(before)
    page.wait_for_timeout(1000)
    assert page.evaluate("window.lastMessage") == silent
    assert page.url == f"{app}/scaling"
    rate(page).press("ArrowRight")
    expect(page.get_by_role("button", name="Play passes")).to_be_visible()


@pytest.mark.parametrize("link", ["", "?pass=7"])
def test_it_stands_still_for_readers_who_prefer_it_and_for_links_to_a_pass(page, app, link):
    page.emulate_media(reduced_motion="no-preference" if link else "reduce")
    open_page(page, f"{app}/scaling{link}")
    expect(page.get_by_role("button", name="Play passes")).to_be_visible()
    assert chart(page, "sums").locator("input[name=pass_k]").input_value() == ("7" if link else "200")


WATCH = """charts => {
    // At each of the reader's moves: which charts differ two frames later, and whether anything was sent by then.
    const drawn = () => charts.map(name => document.querySelector(`.st-key-scaling_${name} svg.marks`).innerHTML)
    const send = WebSocket.prototype.send, sent = []
    WebSocket.prototype.send = function (...message) { sent.push(1); return send.apply(this, message) }
    window.moves = []
    document.addEventListener("input", async event => {
        if (!event.isTrusted) return
        const before = drawn(), count = sent.length
        for (const frame of [1, 2]) await new Promise(requestAnimationFrame)
        const after = drawn()
        window.moves.push({ changed: charts.filter((_, i) => after[i] !== before[i]), sent: sent.length - count })
    }, true)
}"""


def test_one_slider_moves_every_chart_within_two_frames_without_the_server(page, app):
    open_page(page, f"{app}/scaling?pass=200&rate=0.45")
    pause(page)
    page.evaluate(WATCH, CHARTS)
    rate(page).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("window.moves.length === 4")
    assert page.evaluate("window.moves") == [{"changed": list(CHARTS), "sent": 0}] * 4
    expect(page).to_have_url(re.compile(r"rate=0\.65(&|$)"))  # the chart reports the rate once the reader pauses
    heading = "At p = 0.65, unscaled sums average 0.96 over all masks instead of 2.75"
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.locator("input[name=rate_p]:visible").count() == 0


def test_the_slider_stays_in_view(page, app):
    open_page(page, f"{app}/scaling")
    chart(page, "gaps").scroll_into_view_if_needed()
    expect(rate(page)).to_be_in_viewport()


def test_the_running_mean_is_drawn_when_it_is_unfolded(page, app):
    open_page(page, f"{app}/scaling")
    page.get_by_text("How fast does the mean converge").click()
    expect(chart(page, "running").locator("svg.marks .mark-line path")).to_have_count(2)
    rate(page).press("ArrowLeft")
    expect(chart(page, "running").locator("svg.marks")).to_contain_text("unscaled → 1 − p = 0.55")


def test_the_gaps_are_those_of_the_enumeration(page, app):
    open_page(page, f"{app}/scaling?rate=0.4")
    exact = compare(random_network((4, 5, 5, 3), SEED), A, 0.4)
    labels = texts(page, "gaps")
    for stage in ("hidden", "logits", "softmax"):
        assert any(re.fullmatch(r"[\d.]+", s) and float(s) == pytest.approx(exact[stage].gap, rel=5e-3) for s in labels)
    assert sum(s.startswith("equal") for s in labels) == 2


def test_another_vector_keeps_the_rate_and_a_bad_one_the_vector(page, app):
    open_page(page, f"{app}/scaling")
    live.press(page, rate(page), "ArrowRight", 3)
    expect(page).to_have_url(re.compile(r"rate=0\.65"))
    field = page.get_by_role("textbox", name="Your own activations")
    field.fill("3, -1")
    field.press("Enter")
    expect(chart(page, "sums")).to_contain_text("target 2")
    assert rate(page).input_value() == "0.65"
    expect(page).to_have_url(re.compile(r"vector=3"))
    field.fill("3, x")
    field.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("“x” is not a number. The page still shows 3, -1.")
    expect(chart(page, "sums")).to_contain_text("target 2")


def test_a_link_restores_what_was_seen(page, app, new_page):
    open_page(page, f"{app}/scaling?vector=2,2,2&seed=5&pass=12")
    live.press(page, rate(page), "ArrowLeft", 3)
    expect(page).to_have_url(re.compile(r"rate=0\.35"))
    other = new_page()
    open_page(other, page.url)
    for name in CHARTS:
        assert texts(other, name) == texts(page, name)


def test_coming_back_from_another_page_finds_the_rate_again(page, app):
    open_page(page, f"{app}/scaling")
    live.press(page, rate(page), "ArrowRight", 2)
    expect(page).to_have_url(re.compile(r"rate=0\.6"))
    page.get_by_role("link", name="Masks").first.click()
    expect(page.get_by_role("heading", name="Inverted scaling")).to_have_count(0)
    page.get_by_role("link", name="Inverted scaling").first.click()
    expect(chart(page, "sums").locator("svg.marks")).to_be_visible()
    expect(rate(page)).to_have_value("0.6")


def test_a_phone_needs_no_sideways_scrolling(page, app):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_page(page, f"{app}/scaling?vector=100,-100,0.125,7,-7,50,1,33.333")
    assert page.evaluate("document.documentElement.scrollWidth") <= live.PHONE_WIDTH
    assert live.width(page) <= live.PHONE_WIDTH
    wide = "all => all.filter(e => e.getBoundingClientRect().right > 391).map(e => e.textContent.slice(0, 40))"
    assert (
        page.locator("[data-testid=stMain] :is(table, svg.marks, p, .katex-html, svg.marks text)").evaluate_all(wide)
        == []
    )


def test_the_last_link_leads_on(page, app):
    open_page(page, f"{app}/scaling")
    page.get_by_role("link", name="Next: Ensemble").click()
    expect(page).to_have_url(re.compile("/ensemble"))


def test_axe_finds_nothing_to_object_to_in_light_and_dark(page, app):
    open_page(page, f"{app}/scaling")
    violations = Axe().run(page).response["violations"]
    live.turn_dark(page)
    violations += Axe().run(page).response["violations"]
    assert [(v["id"], node["html"]) for v in violations for node in v["nodes"]] == []


def test_formulas_are_not_cut_off(page, app):
    open_page(page, f"{app}/scaling")
    cut = "all => all.filter(e => e.scrollHeight > e.clientHeight || e.scrollWidth > e.clientWidth).length"
    for fold in page.get_by_test_id("stExpander").all():
        fold.locator("summary").click()
    expect(page.locator(".katex-display")).to_have_count(4)
    assert page.locator(".katex-display").evaluate_all(cut) == 0


def test_another_scheme_leaves_the_rate_where_it_was(page, app):
    open_page(page, f"{app}/scaling")
    live.press(page, rate(page), "ArrowRight", 3)
    expect(page).to_have_url(re.compile("rate=0.65"))
    page.get_by_role("radio", name="no scaling").or_(page.get_by_role("button", name="no scaling")).first.click()
    expect(page).to_have_url(re.compile("scheme="))
    live.wait_until_at_rest(page)
    inputs = page.locator("input[name=rate_p]")
    assert {rate(page).input_value(), *(i.input_value() for i in inputs.all())} == {"0.65"}


@pytest.mark.parametrize("path", ["scaling", "masks"])
def test_a_bar_that_stays_in_view_has_an_edge_while_content_slides_beneath_it(page: Page, app: str, path: str):
    page.goto(f"{app}/{path}")
    live.wait_until_at_rest(page)
    edges = """() => {
        const bar = document.querySelector(".st-key-bar_rate")
        const host = [...document.querySelectorAll(".st-key-masks_live *")].find((each) => each.shadowRoot)
        if (bar) return getComputedStyle(bar).boxShadow !== "none"
        return getComputedStyle(host.shadowRoot.querySelector(".controls"), "::after").borderBottomStyle === "solid"
    }"""
    assert not page.evaluate(edges)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 600)")
    page.wait_for_function(edges)
