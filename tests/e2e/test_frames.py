"""Moving a slider or menu redraws all dependent charts within two animation frames, including those in expanders."""

import pytest
from playwright.sync_api import expect

from tests.e2e import live

pytestmark = pytest.mark.browser
PAIRS = {  # minimum number of (control, dependent chart) pairs on each page
    "": 5,
    "scaling": 5,
    "ensemble": 7,
    "variants": 7,
    "rates": 4,
    "rates?show=1": 1,
    "regularisers": 2,
    "neurons?show=1": 4,
    "uncertainty": 2,
}
MOVES = """async () => {
  const charts = [...document.querySelectorAll(".stVegaLiteChart:has(svg.marks)")];
  const inputs = (owner) => [...owner.querySelectorAll("form.vega-bindings [name], :host input[name]")];
  const parts = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot); // of components
  const moves = [];
  for (const owner of [...charts, ...parts.map((element) => element.shadowRoot)]) {
    // Sliders first: of some choices (a sum that dropout leaves as it is) the picture is the same at every rate.
    const own = inputs(owner).filter((input) => input.checkVisibility()).sort((a) => (a.type === "range" ? -1 : 1));
    for (const name of new Set(own.map((input) => input.name))) await record(name, own.filter((i) => i.name === name));
  }
  return moves;

  // The page's slider "rate" leads the charts' inputs "rate_p".
  async function record(name, choices) {
    const topic = (text) => text.split("_")[0];
    const followers = charts.filter((chart) => inputs(chart).some((input) => topic(input.name) === topic(name)));
    const pictures = () => followers.map((chart) => chart.querySelector("svg.marks").innerHTML);
    const before = pictures(), frames = followers.map(() => 12);
    move(choices);
    for (let frame = 0; frame < 12; frame++) {
      pictures().forEach((now, i) => { if (now !== before[i]) frames[i] = Math.min(frames[i], frame); });
      if (!frames.includes(12)) break;
      await new Promise(requestAnimationFrame);
    }
    followers.forEach((chart, i) => moves.push([name, keyOf(chart), frames[i]]));
  }

  function keyOf(chart) {
    return chart.closest("[class*=st-key-]")?.className.match(/st-key-(\\S+)/)[1] ?? "";
  }

  function move(choices) {
    const [input] = choices;
    if (input.type === "radio") { choices.find((other) => !other.checked).click(); return; }
    if (input.tagName === "SELECT") { input.selectedIndex = (input.selectedIndex + 1) % input.length; }
    else { // not to an end: at rate 0, say, all passes are alike
      const [low, high] = [+input.min, +input.max], at = (share) => low + share * (high - low);
      input.value = +input.value > at(0.5) ? at(0.3) : at(0.7);
    }
    input.dispatchEvent(new Event(input.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  }
}"""


@pytest.mark.parametrize("name", PAIRS)
def test_every_control_is_followed_by_all_its_charts_within_two_frames(page, app, name):
    page.emulate_media(reduced_motion="reduce")  # nothing moves by itself
    page.goto(f"{app}/{name}")
    expect(page.locator("form.vega-bindings:has(.vega-bind)").first).to_be_attached()
    live.wait_until_at_rest(page)
    live.unfold(page)
    moved = page.evaluate(MOVES)
    assert len(moved) >= PAIRS[name], moved
    slow = [each for each in moved if each[2] > 2]
    assert not slow, f"control, chart, frames: {slow} of {moved}"
