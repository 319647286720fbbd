"""The tour leads through its steps by links: each opens its page, sets the controls, and can be left and resumed."""

import re
from itertools import pairwise
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.ui.query_params import as_text
from dropout_core.ui.tour_steps import STEPS, TOUR, query
from tests import harness
from tests.pages.test_budget import CHARTS, MORE_CHARTS, WORDS, measure, within

NUMBERS = range(1, len(STEPS) + 1)
LAST = len(STEPS)
ENTRANCE = "Take the five-minute tour"

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


def open_step(number: int) -> AppTest:
    return harness.open_page(STEPS[number - 1].page, **query(number))


def read_step(number: int) -> AppTest:
    return harness.read_page(STEPS[number - 1].page, **query(number))


def links(app: AppTest) -> dict[str, tuple[str, dict[str, str]]]:
    """Return page and query parameters of each link, by its label."""
    protos = [link.proto for link in app.get("page_link")]
    return {p.label: (p.page or "overview", dict(parse_qsl(p.query_string, keep_blank_values=True))) for p in protos}


def follow(app: AppTest, label: str) -> AppTest:
    """Follow a link, as a click on it does: the address has the link's parameters alone."""
    page, params = links(app)[label]
    app.query_params.clear()
    app.query_params.update(params)
    app = harness.go(app, page)
    assert not app.exception
    return app


def progress(app: AppTest) -> list[str]:
    return re.findall(r"\*\*Step (\d+) of 10\*\*", harness.texts(app, "markdown"))


def infos(app: AppTest) -> str:
    return " ".join(info.value for info in app.info)


def address(app: AppTest) -> dict[str, str]:
    return {name: value for name, value in app.query_params.items() if name != "_step"}


def test_the_story_has_ten_short_steps_on_ten_pages():
    assert len(STEPS) == len({step.page for step in STEPS}) == 10
    assert STEPS[0].page == "overview"
    for step in STEPS:
        assert len(f"{step.sentence} {step.task}".split()) <= 30
        assert step.sentence.count(".") == 1


@pytest.mark.parametrize("number", NUMBERS)
def test_a_step_shows_its_card_sets_the_controls_and_leads_on(number: int):
    app, step = read_step(number), STEPS[number - 1]
    assert progress(app) == [f"{number}"]
    text = harness.texts(app, "markdown")
    assert step.sentence in text
    assert step.task in text
    assert not app.info, infos(app)
    if step.settings:
        values = app.session_state[f"{step.page}_settings"]
        assert {name: as_text(values[name]) for name in step.settings} == dict(step.settings)
    assert address(app)[TOUR] == f"{number}"
    if number < LAST:
        assert links(app)["Next step"] == (STEPS[number].page, query(number + 1))
    else:
        assert "Next step" not in links(app)
        assert links(app)["End the tour"] == ("overview", {})
    assert links(app)["Leave the tour"] == (step.page, {})


@pytest.mark.parametrize("number", NUMBERS)
def test_a_typed_link_with_the_step_alone_sets_the_same_controls_as_the_full_link(number: int):
    page = STEPS[number - 1].page
    typed, full = harness.read_page(page, tour=f"{number}"), read_step(number)
    assert progress(typed) == [f"{number}"]
    assert address(typed) == address(full)
    assert not typed.info, infos(typed)


def test_a_typed_link_with_a_setting_keeps_it():
    app = harness.open_page("ensemble", tour="4", depth="1")
    assert address(app) == {"depth": "1", TOUR: "4"}


def test_next_leads_from_the_overview_through_all_steps_and_ends_there():
    app = follow(harness.new_app().run(), ENTRANCE)
    for number, after in pairwise([*NUMBERS, 0]):
        assert progress(app) == [f"{number}"]
        assert app.title
        app = follow(app, "Next step" if after else "End the tour")
    assert progress(app) == []
    assert ENTRANCE in links(app)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_step_keeps_the_page_within_its_budget(number: int):
    name = STEPS[number - 1].page
    found = measure(read_step(number))
    assert within(found, (WORDS, MORE_CHARTS.get(name, CHARTS))), f"{name} shows {found} words and charts"


def test_leaving_keeps_the_page_and_a_later_link_does_not_contain_the_tour():
    app = follow(open_step(2), "Leave the tour")
    assert progress(app) == []
    assert app.session_state["masks_settings"]["digit"] == 3
    assert TOUR not in address(app)
    assert TOUR not in address(app.run())


def test_leaving_keeps_settings_that_the_reader_has_changed():
    app = open_step(4)
    app.number_input(key="ens_training").set_value(3).run()
    assert address(app) == {"training": "3", TOUR: "4"}
    app = follow(app, "Leave the tour")
    assert app.number_input(key="ens_training").value == 3
    assert address(app) == {"training": "3"}


def test_a_session_that_has_left_the_tour_can_go_on_with_it():
    app = follow(open_step(4), "Leave the tour")
    app = harness.go(app, "overview")
    assert ENTRANCE not in links(app)
    app = follow(app, "Go on with the tour: step 4")
    assert progress(app) == ["4"]
    assert ENTRANCE in links(harness.new_app().run())  # another session


def test_the_overview_has_no_entrance_while_the_tour_is_on():
    assert not {label for label in links(read_step(1)) if "the tour" in label} - {"Leave the tour"}


def test_other_pages_are_not_on_the_tour_even_if_the_reader_comes_from_it():
    app = open_step(3)
    app.query_params.clear()
    app = harness.go(app, "variants")
    assert progress(app) == []
    assert TOUR not in address(app)


@pytest.mark.parametrize("text", ["0", "11", "-1", "3.5", "abc", "", "<b>"])
def test_a_step_that_does_not_exist_is_explained_and_nothing_is_lost(text: str):
    app = harness.open_page("scaling", tour=text, rate="0.7")
    assert infos(app) == "`tour` in the link is not one of the steps 1 to 10; it is ignored."
    assert progress(app) == []
    assert app.session_state["scaling_settings"]["rate"] == 0.7
    assert address(app) == {"rate": "0.7"}


def test_a_step_of_another_page_is_explained_and_the_overview_leads_to_it():
    app = harness.open_page("scaling", tour="5", rate="0.7")
    assert infos(app) == "Step 5 of the tour is on another page, “Train on MNIST”. The overview leads to it."
    assert progress(app) == []
    assert address(app) == {"rate": "0.7"}
    app.query_params.clear()
    assert "Go on with the tour: step 5" in links(harness.go(app, "overview"))


def test_every_page_knows_the_parameter():
    for name in ("variants", "papers", "neurons"):
        assert "does not have" not in infos(harness.open_page(name, tour="2"))


def test_the_card_moves_the_focus_after_the_first_page_alone():
    def moves(app: AppTest) -> int:
        return app.session_state.get("tour_moves", 0)

    app = open_step(2)
    assert moves(app) == 0
    app.run()
    assert moves(app) == 0
    assert moves(follow(app, "Next step")) == 1
