"""Browser tests of the sliders that lead charts, without a server: two of them do not undo each other's changes."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dropout_core import ui

pytestmark = pytest.mark.browser
SCRIPT = (Path(ui.__file__).parent / "static/leader.js").read_text("utf-8")
CONTENT = """
<div class="vega-bindings"><input name="rate_p" type="range" min="0" max="1" step="0.05" value="0.3"></div>
<div class="vega-bindings"><input name="k" type="radio" value="1"><input name="k" type="radio" value="50" checked></div>
<div id="first"></div><div id="second"></div><div id="members"></div>
<p id="log"></p>
"""
START = """async script => {
  let events = 0
  document.addEventListener("input", () => document.getElementById("log").textContent = ++events)  // a mutation
  const slider = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })))
  const show = (id, data) => {
    const parentElement = document.getElementById(id)
    parentElement.innerHTML =
      "<label><span class=label></span><span class=remark></span><input type=range><output></output></label>"
    slider.default({ parentElement, data: { name: id, label: id, ...data } })
  }
  for (const [id, value] of [["first", 0.7], ["second", 0.5]])
    show(id, { leads: "rate_p", value, lowest: 0, highest: 1, step: 0.05 })
  show("members", { leads: "k", value: 50, values: [1, 50] })
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


def test_a_slider_over_listed_values_sets_radio_buttons_and_names_its_value(two_sliders: Page):
    page, radio = two_sliders, two_sliders.locator("[name=k][type=radio]")
    slider = page.get_by_role("slider", name="members")
    expect(page.locator("#members output")).to_have_text("50")
    slider.press("ArrowLeft")
    expect(radio.first).to_be_checked()
    expect(slider).to_have_attribute("aria-valuetext", "1")
