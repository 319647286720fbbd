"""Tests of the pitfalls page in Streamlit's test harness: all pitfalls, right and wrong answers, cards and links."""

from functools import partial

import pytest

from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS, encode
from dropout_core.topics.pitfalls.own_code_view import MOST
from dropout_core.topics.pitfalls.symptoms import finding
from tests import harness
from tests.harness import button, texts

FIRST, RATE = PITFALLS[0], 0.2  # the slider's initial rate
pytestmark = pytest.mark.usefixtures("own_server")  # an answered page starts the workers for its live training
own_server = harness.own_server
open_page = partial(harness.open_page, "pitfalls")


def other(pitfall) -> str:
    return "B" if pitfall.bug == "A" else "A"


def answer(app, letter: str):
    app = app.button(key=f"pit_answer_{letter}").click().run()
    assert not app.exception
    return app


def choose(app, slug: str):
    app = app.button(key=f"pit_card_{slug}").click().run()
    assert not app.exception
    return app


def offered(app) -> list[str]:
    return [each.key for each in app.button if each.key.startswith("pit_answer_")]


def icons(app) -> dict[str, str]:
    return {slug: app.button(key=f"pit_card_{slug}").proto.icon.split("/")[1].rstrip(":") for slug in BY_SLUG}


def test_it_opens_on_a_symptom_and_gives_nothing_away():
    app = open_page()
    said = texts(app, "markdown")
    assert texts(app, "header") == FIRST.name
    assert [each.value for each in app.code] == [*FIRST.shown.values()]
    assert FIRST.symptom in said
    assert FIRST.why not in said
    assert finding(FIRST, RATE) not in said
    assert set(icons(app).values()) == {"radio_button_unchecked"}
    assert offered(app) == ["pit_answer_A", "pit_answer_B"]
    assert dict(app.query_params) == {}


@pytest.mark.parametrize("pitfall", PITFALLS, ids=lambda pitfall: pitfall.slug)
@pytest.mark.parametrize("correct", [True, False])
def test_the_first_answer_counts_and_stays(pitfall, correct):
    app = open_page(lab=pitfall.slug)
    assert [chart.proto.alt for chart in app.get("vega_lite_chart")] == [f"{pitfall.symptom}."]
    app = answer(app, pitfall.bug if correct else other(pitfall))
    said = texts(app, "markdown")
    asked = {"bug": "has the bug", "misconception": "is misleading"}[pitfall.kind]
    assert f"{'Yes' if correct else 'No'}, {pitfall.bug} {asked}." in said
    assert pitfall.why in said
    assert finding(pitfall, RATE) in said
    assert [chart.proto.alt for chart in app.get("vega_lite_chart")] == [f"{finding(pitfall, RATE)}."]
    assert icons(app)[pitfall.slug] == ("check_circle" if correct else "cancel")
    assert f"Solved on the first attempt: {int(correct)} of {len(PITFALLS)}." in said
    assert offered(app) == []
    assert pitfall.broken in app.code[-1].value  # the program that made the picture


@pytest.mark.parametrize("slug", ["inputs", "loss", "keep"])
def test_the_headline_is_about_the_rate_of_the_slider(slug):
    pitfall = BY_SLUG[slug]
    for rate in (0.2, 0.7):
        said = texts(answer(open_page(lab=slug, rate=f"{rate:g}"), pitfall.bug), "markdown")
        assert f"**{finding(pitfall, rate)}**" in said
        assert f"At p = {rate:g}," in finding(pitfall, rate)


def test_a_link_carries_answers_only_if_asked_to():
    app = answer(open_page(), FIRST.bug)
    assert dict(app.query_params) == {}
    app = app.toggle(key="pit_share").set_value(True).run()
    assert app.query_params["picks"] == FIRST.bug
    app = app.toggle(key="pit_share").set_value(False).run()
    assert "picks" not in app.query_params


def test_a_link_from_the_first_version_restores_its_answers():
    app = open_page(lab="loss", picks=f"--A{BY_SLUG['loss'].bug}")
    assert texts(app, "header") == BY_SLUG["loss"].name
    assert icons(app)["loss"] == "check_circle"
    assert icons(app)["no-grad"] == ("check_circle" if BY_SLUG["no-grad"].bug == "A" else "cancel")
    assert offered(app) == []
    assert app.query_params["picks"] == f"--A{BY_SLUG['loss'].bug}"


def test_a_link_does_not_change_an_answer():
    app = answer(open_page(), FIRST.bug)
    app = harness.go(app, "overview")
    app.query_params["picks"] = encode({FIRST.slug: other(FIRST), "always": "A"})
    app = harness.go(app, "pitfalls")
    assert icons(app)[FIRST.slug] == "check_circle"


def test_a_card_opens_its_pitfall_and_next_the_first_one_unanswered():
    app = choose(open_page(), "order")
    assert texts(app, "header") == BY_SLUG["order"].name
    assert app.query_params["lab"] == "order"
    app = answer(app, "A")
    after = PITFALLS[[each.slug for each in PITFALLS].index("order") + 1]
    app = button(app, f"Next: {after.name}").click().run()
    assert texts(app, "header") == after.name


def test_after_the_last_answer_nothing_is_next():
    picks = encode({each.slug: each.bug for each in PITFALLS})
    app = open_page(picks=picks)
    assert f"Solved on the first attempt: {len(PITFALLS)} of {len(PITFALLS)}." in texts(app, "markdown")
    assert not [each for each in app.button if each.label.startswith("Next")]


def test_a_reader_who_comes_back_finds_the_pitfall_and_the_answer():
    app = answer(choose(open_page(), "mc"), BY_SLUG["mc"].bug)
    app = harness.go(harness.go(app, "overview"), "pitfalls")
    assert not app.exception
    assert texts(app, "header") == BY_SLUG["mc"].name
    assert icons(app)["mc"] == "check_circle"


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"lab": "none"}, "not one of “keep”"),
        ({"rate": "0"}, "outside the range 0.05"),
        ({"rate": "0.21"}, "`rate` is 0.21 in the link; the nearest available value, 0.2, is used"),
        ({"picks": "AC"}, f"`picks` in the link: not a string of at most {len(PITFALLS)} letters"),
        ({"picks": "A" * 19}, "It is ignored."),
        ({"q": "1"}, "not have"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert texts(app, "header") in {each.name for each in PITFALLS}


# --- the reader's own code -------------------------------------------------------------------------------------------


def check_code(app, text: str):
    app = app.text_area(key="pit_code").set_value(text).run()
    assert not app.exception
    return app


def test_findings_in_the_reader_s_code_open_their_pitfalls():
    app = check_code(open_page(), "drop = nn.Dropout(0.9)\n\ndef forward(self, x):\n    return F.dropout(x, 0.5)\n")
    said = texts(app, "markdown")
    assert "2 findings" in said
    assert "Line 1: The rate looks like a probability of keeping." in said
    assert "Line 4: F.dropout is called without training=." in said
    assert [each.value for each in app.code][2:] == ["drop = nn.Dropout(0.9)", "return F.dropout(x, 0.5)"]
    link = app.button(key="pit_finding_1")
    assert link.label == BY_SLUG["functional"].name
    app = link.click().run()
    assert texts(app, "header") == BY_SLUG["functional"].name
    assert app.query_params["lab"] == "functional"
    assert app.text_area(key="pit_code").value.startswith("drop = ")
    assert "2 findings" in texts(app, "markdown")


def test_correct_code_has_no_findings_and_an_empty_box_no_outcome():
    app = open_page()
    assert "findings" not in texts(app, "markdown")
    assert "No findings." in texts(check_code(app, BY_SLUG["functional"].right), "markdown")
    assert "findings" not in texts(check_code(app, "  \n"), "markdown")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\ndef f(:", "Your code is not valid Python: invalid syntax (line 2)."),
        ("-" * 15_000 + "1", "Your code cannot be checked: the code is nested too deeply."),
    ],
)
def test_what_cannot_be_checked_is_said_in_one_sentence(text, sentence):
    assert texts(check_code(open_page(), text), "error") == sentence


@pytest.mark.parametrize(("length", "outcome"), [(MOST, "1 finding"), (MOST + 30, "No findings.")])
def test_only_so_many_characters_are_checked(length, outcome):
    bug = "\ndrop = nn.Dropout(0.9)"
    assert outcome in texts(check_code(open_page(), "#" * (length - len(bug)) + bug), "markdown")
