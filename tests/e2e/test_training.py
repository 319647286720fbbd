"""Browser tests of the training page: growing curves, a reload during training, cancellation and phone layout."""

import re

import pytest
from playwright.sync_api import Page, expect

from dropout_core.charts import theme
from tests.e2e import live
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

MARKS = {"no dropout": "#d9730d", "dropout": "#3b82f6"}
# The reader's own curves: bold while they grow, then means in full colour. Recorded ones are thin or faint.
OWN = ":is([stroke-width='3'], [stroke-width='2.5']:not([opacity='0.45']))"
QUICK = "images=500&epochs=2&show=1"
DONE = "Table and tests"  # the expander shown for a finished comparison


def open_training(page: Page, app: str, query: str) -> None:
    page.goto(f"{app}/training?{query}")
    expect(page.get_by_role("heading", name="Train on MNIST")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()


def start(page: Page) -> None:
    button = page.get_by_role("button", name="Start training")
    expect(button).to_be_enabled()
    button.click()


def curve_lengths(page: Page, chart: int = 0) -> dict[str, int]:
    """Count the points of each arm's own curves in a chart by parsing the SVG paths."""
    svg = page.locator("[data-testid=stVegaLiteChart] svg").nth(chart)
    lengths = {}
    for arm, colour in MARKS.items():
        paths = svg.locator(f"g.mark-line path[stroke='{colour}']{OWN}")
        drawn = [paths.nth(i).get_attribute("d") or "" for i in range(paths.count())]
        lengths[arm] = sum(len(re.findall("[ML]", d)) for d in drawn)
    return lengths


def plot_height(page: Page) -> float:
    """Return the height of the large chart between its highest and lowest grid line, in pixels."""
    box = page.locator("[data-testid=stVegaLiteChart]").first.locator("g.role-axis-grid").first.bounding_box()
    return box["height"] if box else 0.0


def wait_for_curves(page: Page, beyond: dict[str, int] | None = None) -> dict[str, int]:
    """Wait until every curve has more points than its entry in `beyond`, then return the new point counts."""

    def longer() -> dict[str, int] | None:
        lengths = curve_lengths(page)
        return lengths if all(length > (beyond or {}).get(arm, 0) for arm, length in lengths.items()) else None

    return wait_until(longer, "both curves grow", 120)


def cancel(page: Page) -> None:
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    expect(page.get_by_text("The curves are incomplete. No run finished")).to_be_visible()


def test_a_small_run_is_trained_to_its_end_and_read(page: Page, app: str):
    open_training(page, app, QUICK)
    start(page)
    expect(page.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_text("Answers from your nets, seed 0")).to_be_visible()
    wait_until(lambda: all(n >= 2 for n in curve_lengths(page).values()), "both curves are complete")
    assert plot_height(page) > 150, "a name outside the axes would shrink the chart"
    page.get_by_text(DONE).click()
    expect(page.get_by_text("the validation accuracy is")).to_be_visible()
    assert not page.locator("[data-testid=stException]").count()


SIZES = [(1280, 800), (live.PHONE_WIDTH, 844)]


@pytest.mark.parametrize("size", SIZES)
def test_question_picture_start_and_guesses_are_in_the_first_viewport(page: Page, app: str, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app}/training")
    live.wait_until_at_rest(page)
    expect(page.get_by_role("heading", name="Which net will classify more digits correctly")).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_in_viewport(ratio=1)
    for name in ("Start training", "Show", "With dropout"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("size", SIZES)
def test_finding_picture_and_start_are_in_the_first_viewport_of_a_revealed_page(page: Page, app: str, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{app}/training?show=1")
    live.wait_until_at_rest(page)
    expect(page.get_by_role("heading", name="After 5 epochs, dropout costs")).to_be_in_viewport(ratio=1)
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Start training")).to_be_in_viewport(ratio=1)


def test_a_guess_is_pinned_on_the_chart_and_survives_a_reload(page: Page, app: str):
    page.goto(f"{app}/training")
    page.get_by_role("button", name="With dropout").click()
    pinned = page.locator("svg.marks text", has_text="Your guess: with dropout")
    expect(pinned).to_be_visible()
    expect(page).to_have_url(re.compile("guess=dropout"))
    page.reload()
    expect(pinned).to_be_visible()


# The clip paths of the groups around the growing curves, or false if no curve is growing.
GROWING = """() => {
    const grows = document.getAnimations().filter(each => each.animationName === "grow")
    return grows.length && grows.map(each => getComputedStyle(each.effect.target.closest("[clip-path]")).clipPath)
}"""


def test_curves_that_grow_stay_inside_the_axes(page: Page, app: str):
    page.goto(f"{app}/training")
    page.get_by_role("button", name="Show", exact=True).click()
    clips = page.wait_for_function(GROWING).json_value()
    assert len(clips) >= 4, "two means and two bands"
    assert all(clip.startswith("url(") for clip in clips), "the group is clipped at the axes, as Vega has it"


def test_start_changes_its_colours_with_the_system_s_scheme(page: Page, app: str):
    open_training(page, app, "epochs=77")
    button = page.get_by_role("button", name="Start training")
    expect(button).to_be_enabled()
    live.wait_until_at_rest(page)
    live.turn_dark(page)
    for name, colour in (("color", theme.ON_INTERFACE), ("background-color", theme.INTERFACE)):
        expect(button).to_have_css(name, f"rgb({', '.join(map(str, bytes.fromhex(colour['dark'][1:])))})")


def test_the_same_recipe_again_is_there_at_once(page: Page, app: str):
    open_training(page, app, QUICK)
    start_or_result = page.get_by_text(DONE).or_(page.get_by_role("button", name="Start training", disabled=False))
    expect(start_or_result.first).to_be_visible()
    if not page.get_by_text(DONE).count():
        start(page)
        expect(page.get_by_text(DONE)).to_be_visible()
    page.goto(f"{app}/training?{QUICK}")
    expect(page.get_by_text(DONE)).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()


def test_both_curves_grow_while_it_runs_and_a_reload_finds_them(page: Page, app: str):
    open_training(page, app, "images=40000&epochs=100&rate=0.35")
    start(page)
    first = wait_for_curves(page)
    wait_for_curves(page, first)
    assert page.get_by_role("button", name="Start training").is_disabled()
    page.reload()
    again = wait_for_curves(page)
    assert all(again[arm] > first[arm] for arm in MARKS)
    cancel(page)


def test_other_pages_answer_while_it_runs_and_coming_back_finds_it(page: Page, app: str):
    open_training(page, app, "images=40000&epochs=100&rate=0.45")
    start(page)
    wait_for_curves(page)
    page.get_by_role("link", name="Masks").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Train on MNIST")
    page.get_by_role("link", name="Train on MNIST").first.click()
    expect(page.get_by_role("button", name="Cancel")).to_be_enabled()
    wait_for_curves(page)
    cancel(page)


def test_cancelling_stops_it_and_it_can_be_started_again(page: Page, app: str):
    open_training(page, app, "images=40000&epochs=100&rate=0.55")
    start(page)
    wait_for_curves(page)
    cancel(page)
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()


def test_moving_a_control_and_coming_back_by_the_link_keeps_it(page: Page, app: str):
    open_training(page, app, "")
    slider = page.get_by_role("slider", name="Epochs")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("epochs=6"))
    page.reload()
    expect(page.get_by_role("slider", name="Epochs")).to_have_value("6")


def test_a_reader_who_moves_the_controls_finds_the_running_one_again(page: Page, app: str):
    open_training(page, app, "images=40000&epochs=98&rate=0.45")
    start(page)
    wait_for_curves(page)
    page.get_by_role("slider", name="Epochs").press("ArrowRight")
    page.get_by_role("button", name="Show it").click()
    expect(page).to_have_url(re.compile("epochs=98"))
    wait_for_curves(page)
    cancel(page)


def test_a_link_that_cannot_be_used_is_said_on_the_page(page: Page, app: str):
    open_training(page, app, "rate=7&epochs=x&colour=red")
    expect(page.get_by_text("outside the range 0 to 0.95")).to_be_visible()
    expect(page.get_by_text("is not a number")).to_be_visible()
    expect(page.get_by_text("does not have")).to_be_visible()


def test_nothing_overflows_on_a_phone(page: Page, app: str):
    page.set_viewport_size({"width": live.PHONE_WIDTH, "height": 844})
    open_training(page, app, QUICK)
    # If another test has already trained this recipe, the result appears without a click on the button.
    live.wait_until_at_rest(page)
    if not page.get_by_text(DONE).count():
        start(page)
    expect(page.get_by_text(DONE)).to_be_visible()
    assert live.width(page) <= live.PHONE_WIDTH
    page.get_by_text("More settings").click()
    code = page.locator("[data-testid=stCode] pre").first
    expect(code).to_be_visible()
    expect(code).to_have_attribute("tabindex", "0")
    assert code.evaluate("e => e.scrollWidth > e.clientWidth")  # the code scrolls horizontally instead of wrapping
    assert live.width(page) <= live.PHONE_WIDTH


def test_settings_that_were_closed_while_the_page_ran_again_keep_their_values(page: Page, app: str):
    open_training(page, app, f"{QUICK}&seed=7&patience=3&momentum=0.5")
    page.get_by_role("slider", name="Epochs").press("ArrowRight")
    expect(page).to_have_url(re.compile("epochs=3"))
    live.wait_until_at_rest(page)
    page.get_by_text("More settings").click()
    expect(page.get_by_role("slider", name="Early stopping")).to_have_value("3")
    expect(page.get_by_role("slider", name="Momentum")).to_have_value("0.5")
    expect(page.get_by_role("spinbutton", name="First seed")).to_have_value("7")
