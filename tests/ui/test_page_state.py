"""Tests of page settings, which are read from the link, the session, controls and charts, and written to the link."""

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    """Run a page with one setting of each kind. `goes_to`, `report` and `interrupted` simulate the reader's actions."""
    import streamlit as st

    from dropout_core.ui import navigation
    from dropout_core.ui.page_state import PageState, Setting, choice, free_text, number
    from dropout_core.ui.query_params import number_param

    def upper(word: str) -> str:
        if not word.isalpha():
            raise ValueError("not a word.")
        return word.upper()

    def read_last(name: str, fallback: int, values: dict) -> int:
        return number_param(name, fallback, 1, values["size"])

    state = PageState(
        "tested",
        {
            "rate": number(0.5, 0.0, 0.9, (0.0, 0.5, 0.9), chart=("rate", "p")),
            "size": number(4, 1, 9, control="size_slider"),
            "passes": number(10, 1, 1000, (1, 10, 100, 1000), chart=("count", "k")),
            "mode": choice("on", ("on", "off"), control="mode_radio"),
            "depth": choice(2, (1, 2, 3), chart=("depth", "d")),
            "word": free_text("ABC", upper),
            "last": Setting(lambda values: values["size"], read_last),
        },
    )
    navigation.note_visit(st.session_state.get("goes_to", "tested"))
    if st.session_state.get("goes_to", "tested") != "tested":
        st.stop()
    arrives = state.begin()
    state.show_notes()
    if st.session_state.pop("interrupted", False):
        st.stop()
    st.slider("Size", 1, 9, key="size_slider")
    st.radio("Mode", ("on", "off"), key="mode_radio")
    state.read_controls()
    state.values["first"] = state.first_values("rate", "passes", chart=state.values["size"])
    state.apply_chart_report(st.session_state.get("report", {}))
    st.session_state["seen"] = {"arrives": arrives, **state.values}
    navigation.note_shown()


DEFAULTS = {"rate": 0.5, "size": 4, "passes": 10, "mode": "on", "depth": 2, "word": "ABC", "last": 4}


def opened(**link: str) -> AppTest:
    app = AppTest.from_function(page)
    app.query_params.update(link)
    return rerun(app)


def rerun(app: AppTest, **state: object) -> AppTest:
    for name, value in state.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def seen(app: AppTest) -> dict:
    return {name: app.session_state["seen"][name] for name in DEFAULTS}


def test_without_a_link_all_is_at_its_default_and_the_address_empty():
    app = opened()
    assert seen(app) == DEFAULTS
    assert dict(app.query_params) == {}
    assert app.slider(key="size_slider").value == 4
    assert not app.info


def test_a_link_sets_all_and_stays():
    link = {"rate": "0.9", "size": "7", "passes": "100", "mode": "off", "depth": "3", "word": "XY", "last": "5"}
    app = opened(**link)
    assert seen(app) == {"rate": 0.9, "size": 7, "passes": 100, "mode": "off", "depth": 3, "word": "XY", "last": 5}
    assert app.radio(key="mode_radio").value == "off"
    assert dict(app.query_params) == link


def test_controls_get_their_values_although_the_first_run_ended_before_it_drew_them():
    """Otherwise, the browser would show and report the lowest value of a slider that has a key."""
    app = AppTest.from_function(page)
    app.query_params.update(size="7")
    rerun(app, interrupted=True)
    assert not app.slider
    rerun(app)
    sent = app.slider(key="size_slider").proto
    assert (sent.set_value, list(sent.value)) == (True, [7.0])
    rerun(app)
    assert not app.slider(key="size_slider").proto.set_value, "which would interrupt a reader who drags the slider"


@pytest.mark.parametrize(
    ("name", "text", "used"),
    [
        ("rate", "0.6", 0.5),
        ("size", "12", 9),
        ("passes", "many", 10),
        ("mode", "maybe", "on"),
        ("depth", "5", 2),
        ("word", "a1", "ABC"),
        ("last", "9", 4),
    ],
)
def test_what_a_link_cannot_have_is_said(name: str, text: str, used: object):
    app = opened(**{name: text})
    assert app.session_state["seen"][name] == used
    assert f"`{name}`" in app.info[0].value


def test_an_unknown_setting_is_said():
    assert "1 setting" in opened(colour="red").info[0].value


def test_what_a_chart_reports_is_taken_over_and_written_to_the_link():
    app = rerun(opened(), report={"rate": [{"p": 0.8999}], "count": [{"k": 91}], "depth": [], "other": [{"x": 1}]})
    assert seen(app) == DEFAULTS | {"rate": 0.9, "passes": 100}
    assert dict(app.query_params) == {"rate": "0.9", "passes": "100"}


def test_a_control_is_taken_over_and_a_missing_one_changes_nothing():
    app = opened()
    app.slider(key="size_slider").set_value(6).run()
    assert seen(app) == DEFAULTS | {"size": 6}
    assert dict(app.query_params) == {"size": "6", "last": "4"}, "the default of `last` follows the size"


def test_first_values_stay_while_the_chart_stays():
    app = rerun(opened(), report={"rate": [{"p": 0.9}]})
    assert app.session_state["seen"]["first"] == (0.5, 10)
    app = rerun(app, report={})
    assert app.session_state["seen"]["first"] == (0.5, 10)
    app.slider(key="size_slider").set_value(6).run()
    assert app.session_state["seen"]["first"] == (0.9, 10), "another chart starts where the reader is"


def test_on_return_all_is_as_the_reader_left_it():
    app = rerun(opened(mode="off"), report={"rate": [{"p": 0.9}]})
    app.slider(key="size_slider").set_value(6).run()
    assert not app.session_state["seen"]["arrives"]
    app.query_params.clear()
    rerun(app, goes_to="elsewhere", report={})
    rerun(app, goes_to="tested")
    assert app.session_state["seen"]["arrives"]
    assert seen(app) == DEFAULTS | {"rate": 0.9, "size": 6, "mode": "off"}
    assert app.slider(key="size_slider").value == 6
    assert app.session_state["seen"]["first"] == (0.9, 10)
    assert dict(app.query_params) == {"rate": "0.9", "size": "6", "mode": "off", "last": "4"}


def test_on_return_by_a_link_the_link_rules():
    app = rerun(opened(mode="off"), goes_to="elsewhere")
    app.query_params.clear()
    app.query_params.update({"size": "8"})
    rerun(app, goes_to="tested")
    assert seen(app) == DEFAULTS | {"size": 8, "mode": "off", "last": 4}


def test_within_a_visit_the_link_is_not_read_again():
    app = opened(size="8")
    app.query_params.update({"size": "2"})
    rerun(app)
    assert app.session_state["seen"]["size"] == 8


def two_charts() -> None:
    """Run a page with two reporting charts, whose sliders the reader moved while the server was down."""
    import streamlit as st

    from dropout_core.ui import navigation
    from dropout_core.ui.page_state import PageState, number

    names = ("rate", "rank")
    state = PageState("two", {name: number(1, 1, 9, chart=(name, "v")) for name in names})
    navigation.note_visit("two")
    state.begin()
    drawn = {}
    for name in names:
        (drawn[name],) = state.first_values(name)
        state.apply_chart_report({name: [{"v": st.session_state.browser[name]}]})
    st.session_state.drawn = drawn


def test_on_arrival_every_chart_is_drawn_with_the_values_that_it_reports():
    app = AppTest.from_function(two_charts)
    app = rerun(app, browser={"rate": 3, "rank": 7})
    assert app.session_state.drawn == {"rate": 3, "rank": 7}
    assert dict(app.query_params) == {"rate": "3", "rank": "7"}
    app = rerun(app, browser={"rate": 5, "rank": 8})
    assert app.session_state.drawn == {"rate": 3, "rank": 7}, "a chart in use is not drawn again"
