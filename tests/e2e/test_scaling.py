"""The scaling page in a browser: sliders that need no server, correct numbers, links, a phone, and axe."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dropout_core.numerics.enumeration import compare
from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.sampling import (
    MOST_PASSES,
    kept_counts,
    mean_error,
    measured_mean,
    measured_variance,
    variance_error,
)
from tests.e2e import live

pytestmark = pytest.mark.browser

CHARTS = ("strips", "schemes", "running", "moments", "gaps", "units")
A = np.array([1.0, -0.5, 2.0, 0.25])
SEED = 2


def chart(page: Page, name: str):
    return page.locator(f".st-key-scaling_{name}")


def control(page: Page, name: str, of: str = "strips"):
    return live.control(chart(page, of), name)


def texts(page: Page, name: str) -> list[str]:
    return live.texts(chart(page, name))


def open_page(page: Page, address: str) -> None:
    live.open_page(page, address, [chart(page, name) for name in CHARTS])


def press(page: Page, name: str, key: str, times: int, of: str = "strips") -> None:
    live.press(page, control(page, name, of), key, times)


def test_every_chart_draws_its_marks(page, app):
    open_page(page, f"{app}/scaling")
    cells = chart(page, "strips").locator("svg.marks .mark-rect path")
    assert cells.count() == 6 * len(A)
    for name, kind, least in (
        ("schemes", "symbol", 3),
        ("running", "area", 4),
        ("gaps", "symbol", 5),
        ("units", "symbol", 5),
    ):
        assert chart(page, name).locator(f"svg.marks .mark-{kind} path").count() >= least, name
    bars = chart(page, "units").locator("svg.marks .mark-rule.role-mark line")
    assert bars.count() == 5
    assert max(abs(float(bar.get_attribute("x2"))) for bar in bars.all()) > 50
    assert page.get_by_test_id("stException").count() == 0


def test_the_strips_show_the_mask_of_the_pass(page, app):
    open_page(page, f"{app}/scaling?pass=5&rate=0.3")
    mask = keep_mask(uniforms((MOST_PASSES, 8), SEED), 0.3)[4, : len(A)]
    labels = texts(page, "strips")
    assert "M · mask of pass 5 (1 = kept, 0 = dropped)" in labels
    assert f"Σ {(A * mask).sum():.2f}" in labels
    assert f"Σ {(A * mask).sum() / 0.7:.2f}" in labels
    dashed = chart(page, "strips").locator("svg.marks path[stroke-dasharray='3,3']")
    assert dashed.count() == 3 * int((~mask).sum())


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


def test_sliders_move_by_keyboard_at_once_together_and_without_the_server(page, app):
    open_page(page, f"{app}/scaling")
    page.evaluate(WATCH, CHARTS)
    control(page, "rate_p").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("window.moves.length === 4")
    assert page.evaluate("window.moves") == [{"changed": list(CHARTS), "sent": 0}] * 4
    expect(page).to_have_url(re.compile(r"rate=0\.7(&|$)"))  # the chart reports the rate once the reader pauses
    expect(page.get_by_text("At p = 0.70, kept units are multiplied by 3.33")).to_be_visible()
    assert {i.input_value() for i in page.locator("input[name=rate_p]").all()} == {"0.7"}


def test_the_logarithmic_slider_says_how_many_passes(page, app):
    open_page(page, f"{app}/scaling")
    slider = control(page, "log_k", "running")
    value = slider.locator("xpath=following-sibling::span")
    expect(value).to_have_text("10,000")
    slider.press("Home")
    expect(value).to_have_text("1")
    expect(slider).to_have_attribute("aria-valuetext", "1")
    expect(control(page, "log_k", "moments").locator("xpath=following-sibling::span")).to_have_text("1")


def test_the_picture_follows_within_two_frames(page, app):
    open_page(page, f"{app}/scaling?rate=0")
    changed = page.evaluate(
        """async () => {
            const drawn = () => document.querySelector(".st-key-scaling_moments svg.marks").innerHTML
            const input = document.querySelector(".st-key-scaling_units input[name=rate_p]"), before = drawn()
            input.value = "0.9"
            input.dispatchEvent(new Event("input", { bubbles: true }))
            for (const frame of [1, 2]) await new Promise(requestAnimationFrame)
            return drawn() !== before
        }"""
    )
    assert changed


def test_the_table_in_the_chart_holds_the_numbers_of_dropout_core(page, app):
    open_page(page, f"{app}/scaling?rate=0.3")
    press(page, "log_k", "ArrowLeft", 16, "moments")
    k, kept = 1000, kept_counts(uniforms((MOST_PASSES, 8), SEED), (0.3,), np.array([1000]))[0, 0, : len(A)]
    mean, se = measured_mean(A, kept, k, 0.3), mean_error(A, k, 0.3)
    variance, exact, error = measured_variance(A, kept, k, 0.3), A**2 * 0.3 / 0.7, variance_error(A, k, 0.3)
    columns = (
        (A, ".3g"),
        (mean, ".4g"),
        (se, ".2g"),
        (None, "+.1f"),
        (exact, ".3g"),
        (variance, ".3g"),
        (error, ".2g"),
    )
    expected = [[(mean - A) / se if v is None else v, form] for v, form in columns]
    numbers = [text for text in texts(page, "moments") if re.fullmatch(r"[-+]?[\d.]+", text)]
    assert len(numbers) == len(columns) * len(A)
    for i, text in enumerate(numbers):
        values, form = expected[i % len(columns)]
        assert float(text) == float(format(values[i // len(columns)], form))
    assert f"k = 1,000: mean {mean[0]:#.4g}, exact 1 ± {se[0]:#.2g}" in texts(page, "running")


def test_the_gaps_are_those_of_the_enumeration(page, app):
    open_page(page, f"{app}/scaling?rate=0.4")
    exact = compare(random_network((4, 5, 5, 3), SEED), A, 0.4)
    labels = texts(page, "gaps")
    for stage in ("hidden", "logits", "softmax"):
        assert any(re.fullmatch(r"[\d.]+", s) and float(s) == pytest.approx(exact[stage].gap, rel=5e-3) for s in labels)
    assert sum(s.startswith("equal") for s in labels) == 2


def test_the_stage_is_chosen_in_the_browser(page, app):
    open_page(page, f"{app}/scaling")
    assert any(text.startswith("gap") for text in texts(page, "units"))
    chart(page, "units").get_by_label("sum into layer 2").check()
    page.evaluate(live.FRAMES)
    assert texts(page, "units").count("equal") == 5


def test_another_vector_keeps_the_rate_and_a_bad_one_the_vector(page, app):
    open_page(page, f"{app}/scaling")
    press(page, "rate_p", "ArrowRight", 3)
    expect(page).to_have_url(re.compile(r"rate=0\.65"))
    field = page.get_by_role("textbox", name="Activations A")
    field.fill("3, -1")
    field.press("Enter")
    expect(chart(page, "strips")).to_contain_text("Σ 2.00")
    assert control(page, "rate_p").input_value() == "0.65"
    expect(page).to_have_url(re.compile(r"vector=3"))
    field.fill("3, x")
    field.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("“x” is not a number. The page keeps showing 3, -1.")
    expect(chart(page, "strips")).to_contain_text("Σ 2.00")


def test_a_link_restores_what_was_seen(page, app, new_page):
    open_page(page, f"{app}/scaling?vector=2,2,2&seed=5")
    press(page, "pass_k", "ArrowRight", 3)
    expect(page).to_have_url(re.compile("pass=4"))
    other = new_page()
    open_page(other, page.url)
    assert texts(other, "strips") == texts(page, "strips")


def test_the_number_of_passes_is_in_the_link_too(page, app, new_page):
    open_page(page, f"{app}/scaling")
    press(page, "log_k", "ArrowLeft", 16, "running")
    expect(page).to_have_url(re.compile("passes=1000"))
    other = new_page()
    open_page(other, page.url)
    for name in ("running", "moments"):
        assert control(other, "log_k", name).get_attribute("aria-valuetext") == "1,000"
        assert texts(other, name) == texts(page, name)


def test_coming_back_from_another_page_finds_the_rate_again(page, app):
    open_page(page, f"{app}/scaling")
    press(page, "rate_p", "ArrowRight", 2)
    expect(page).to_have_url(re.compile(r"rate=0\.6"))
    page.get_by_role("link", name="Masks").first.click()
    expect(page.get_by_role("heading", name="Inverted scaling")).to_have_count(0)
    page.get_by_role("link", name="Inverted scaling").first.click()
    expect(chart(page, "strips").locator("svg.marks")).to_be_visible()
    assert control(page, "rate_p").input_value() == "0.6"


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_object_to(page, app, scheme):
    page.emulate_media(color_scheme=scheme)
    open_page(page, f"{app}/scaling")
    violations = Axe().run(page).response["violations"]
    assert [(v["id"], node["html"]) for v in violations for node in v["nodes"]] == []


def test_formulas_are_not_cut_off(page, app):
    open_page(page, f"{app}/scaling")
    cut = "all => all.filter(e => e.scrollHeight > e.clientHeight || e.scrollWidth > e.clientWidth).length"
    assert page.locator(".katex-display").count() == 8
    assert page.locator(".katex-display").evaluate_all(cut) == 0


def test_another_scheme_leaves_every_rate_slider_where_it_was(page, app):
    open_page(page, f"{app}/scaling")
    press(page, "rate_p", "ArrowRight", 3)
    expect(page).to_have_url(re.compile("rate=0.65"))
    page.get_by_role("radio", name="no scaling").or_(page.get_by_role("button", name="no scaling")).first.click()
    expect(page).to_have_url(re.compile("scheme="))
    live.wait_until_at_rest(page)
    assert {control(page, "rate_p", name).input_value() for name in CHARTS} == {"0.65"}


def test_a_vector_with_fewer_numbers_than_the_unit_that_was_picked(page, app):
    open_page(page, f"{app}/scaling")
    page.get_by_role("button", name="after a ReLU").click()
    expect(chart(page, "strips").locator("svg.marks .mark-rect path")).to_have_count(6 * 6)
    press(page, "unit_i", "End", 1, "running")
    expect(page).to_have_url(re.compile("unit=6"))
    page.get_by_role("button", name="mixed").click()
    expect(chart(page, "strips").locator("svg.marks .mark-rect path")).to_have_count(6 * 4)
    expect(page.get_by_text(re.compile(r"the mean of unit 4"))).to_be_visible()
    assert page.get_by_test_id("stException").count() == 0
