"""On every page, every slider and menu of a chart redraws the chart within two animation frames."""

import pytest
from playwright.sync_api import expect

from tests.e2e import live

pytestmark = pytest.mark.browser
CONTROLS = {  # minimum number of chart inputs on each page
    "": 5,
    "scaling": 4,
    "ensemble": 5,
    "variants": 6,
    "regularisers": 2,
    "neurons": 4,
    "uncertainty": 2,
}
MOVES = """async () => {
  const moves = [];
  for (const chart of document.querySelectorAll(".stVegaLiteChart:has(form.vega-bindings)")) {
    // Sliders first: of some choices (a sum that dropout leaves as it is) the picture is the same at every rate.
    const all = [...chart.querySelectorAll("form.vega-bindings [name]")].sort((a) => (a.type === "range" ? -1 : 1));
    const names = new Set(all.map((input) => input.name));
    for (const name of names) {
      const inputs = [...chart.querySelectorAll(`form.vega-bindings [name="${name}"]`)];
      const picture = () => chart.querySelector("svg.marks").innerHTML;
      const before = picture();
      move(inputs);
      let frames = 0;
      while (frames < 12 && picture() === before) { await new Promise(requestAnimationFrame); frames += 1; }
      moves.push([chart.closest("[class*=st-key-]")?.className.match(/st-key-(\\S+)/)[1] ?? "", name, frames]);
    }
  }
  return moves;

  function move(inputs) {
    const [input] = inputs;
    if (input.type === "radio") { inputs.find((other) => !other.checked).click(); return; }
    if (input.tagName === "SELECT") { input.selectedIndex = (input.selectedIndex + 1) % input.length; }
    else { // not to an end: at rate 0, say, all passes are alike
      const [low, high] = [+input.min, +input.max], at = (share) => low + share * (high - low);
      input.value = +input.value > at(0.5) ? at(0.3) : at(0.7);
    }
    input.dispatchEvent(new Event(input.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  }
}"""


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_of_a_chart_is_followed_within_two_frames(page, app, name):
    page.goto(f"{app}/{name}")
    expect(page.locator("form.vega-bindings:has(.vega-bind)").first).to_be_visible()
    live.wait_until_at_rest(page)
    moved = page.evaluate(MOVES)
    assert len(moved) >= CONTROLS[name], moved
    slow = [each for each in moved if each[2] > 2]
    assert not slow, f"chart, control, frames: {slow} of {moved}"
