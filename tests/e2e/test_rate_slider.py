"""Browser tests of the page's slider for the rate, without a server: two of them do not undo each other's changes."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dropout_core import ui

pytestmark = pytest.mark.browser
SCRIPT = (Path(ui.__file__).parent / "static/rate.js").read_text("utf-8")
CONTENT = """
<div class="vega-bindings"><input name="rate_p" type="range" min="0" max="1" step="0.05" value="0.3"></div>
<div id="first"><input type="range"><output></output></div><div id="second"><input type="range"><output></output></div>
<p id="log"></p>
"""
START = """async script => {
  let events = 0
  document.addEventListener("input", () => document.getElementById("log").textContent = ++events)  // a mutation
  const slider = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })))
  for (const [id, rate] of [["first", 0.7], ["second", 0.5]])
    slider.default({ parentElement: document.getElementById(id), data: { rate, lowest: 0, highest: 1, step: 0.05 } })
}"""
ADD_CHART = """() => {
  const chart = document.querySelector(".vega-bindings").cloneNode(true)
  chart.firstElementChild.value = 0.1
  document.body.append(chart)
}"""


@pytest.fixture
def two_sliders(page: Page) -> Page:
    page.set_content(CONTENT)
    page.evaluate(START, SCRIPT)
    return page


def test_two_sliders_set_a_chart_once_each(two_sliders: Page):
    two_sliders.wait_for_timeout(300)  # in which sliders that undo each other's changes would send hundreds of events
    assert int(two_sliders.locator("#log").inner_text()) == 2
    expect(two_sliders.locator("[name=rate_p]")).to_have_value("0.5")


def test_a_chart_that_is_drawn_later_starts_at_the_rate(two_sliders: Page):
    two_sliders.evaluate(ADD_CHART)
    expect(two_sliders.locator("[name=rate_p]").last).not_to_have_value("0.1")


def test_moving_the_slider_moves_the_chart(two_sliders: Page):
    two_sliders.locator("#first input").fill("0.25")
    expect(two_sliders.locator("[name=rate_p]")).to_have_value("0.25")
    expect(two_sliders.locator("#first output")).to_have_text("0.25")
