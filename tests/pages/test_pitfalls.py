"""Tests of the pitfalls page in Streamlit's test harness: every pitfall, right and wrong answers, and links."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from dropout_core.topics.pitfalls.catalogue import BY_SLUG, PITFALLS
from tests import harness
from tests.harness import button, texts

ROOT = Path(__file__).parents[2]
open_page = partial(harness.open_page, "pitfalls")


def pick(app, lab, letter):
    app = app.radio(key=f"pit_pick_{lab.slug}").set_value(letter).run()
    assert not app.exception
    return app


def test_it_opens_on_a_question_and_gives_nothing_away():
    app = open_page()
    assert texts(app, "header") == PITFALLS[0].name
    assert {c.value for c in app.code} == {PITFALLS[0].at(0.2).broken, PITFALLS[0].at(0.2).right}
    assert PITFALLS[0].why not in texts(app, "markdown")
    assert not app.select_slider
    assert not app.info
    assert dict(app.query_params) == {}


@pytest.mark.parametrize("lab", PITFALLS, ids=lambda lab: lab.slug)
def test_every_lab_answers_both_picks(lab):
    app = open_page(lab=lab.slug)
    assert texts(app, "header") == lab.name
    assert [c.value for c in app.code] == [*lab.at(lab.rate).shown.values()]
    other = "B" if lab.bug == "A" else "A"
    app = pick(app, lab, other)
    assert f"No: the bug is {lab.bug}" in texts(app, "markdown")
    app = pick(app, lab, lab.bug)
    text = texts(app, "markdown")
    assert f"Yes, {lab.bug} is the bug" in text
    assert lab.why in text
    assert ("| by formula |" in text) == (lab.slug != "always")
    assert len(app.get("vega_lite_chart")) == (lab.slug in {"functional", "no-grad", "one-mask", "exactly-k"})
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))


def test_the_numbers_follow_the_rate_and_the_link_too():
    app = pick(open_page(lab="keep", rate="0.35"), PITFALLS[0], "A")
    before = texts(app, "markdown")
    app.select_slider(key="pit_rate_keep").set_value(0.8).run()
    assert texts(app, "markdown") != before
    assert dict(app.query_params) == {"rate": "0.8", "picks": "A"}


def ways(app) -> list[str]:
    return [each.label for each in app.button if each.label.startswith(("Previous", "Next"))]


def test_next_goes_to_the_last_and_no_further_and_answers_are_kept():
    app = pick(open_page(), PITFALLS[0], PITFALLS[0].bug)
    assert ways(app) == [f"Next pitfall: {PITFALLS[1].name}"]
    for lab in PITFALLS[1:]:
        app = button(app, f"Next pitfall: {lab.name}").click().run()
        assert not app.exception
        assert texts(app, "header") == lab.name
    assert "1 of 1 answers right" in texts(app, "markdown")
    assert ways(app) == [f"Previous pitfall: {PITFALLS[-2].name}"]


def test_previous_goes_back():
    app = button(open_page(lab=PITFALLS[-1].slug), f"Previous pitfall: {PITFALLS[-2].name}").click().run()
    assert texts(app, "header") == PITFALLS[-2].name


def test_the_link_restores_every_pick():
    app = open_page(lab=PITFALLS[3].slug)
    app = pick(app, PITFALLS[3], PITFALLS[3].bug)
    app = pick(button(app, f"Previous pitfall: {PITFALLS[2].name}").click().run(), PITFALLS[2], "A")
    query = dict(app.query_params)
    assert query["picks"] == f"--A{PITFALLS[3].bug}"
    other = open_page(**query)
    assert other.radio(key=f"pit_pick_{PITFALLS[2].slug}").value == "A"
    assert texts(other, "markdown") == texts(app, "markdown")
    assert other.query_params == app.query_params


def test_a_lab_opens_at_the_rate_at_which_its_bug_shows_unless_the_link_says_otherwise():
    app = pick(open_page(lab="loss"), BY_SLUG["loss"], "A")
    assert app.select_slider(key="pit_rate_loss").value == 0.5
    assert "rate" not in app.query_params
    app = pick(open_page(lab="loss", rate="0.2"), BY_SLUG["loss"], "A")
    assert app.select_slider(key="pit_rate_loss").value == 0.2
    assert app.query_params["rate"] == "0.2"


def test_the_code_shows_the_slider_s_rate():
    app = pick(open_page(), PITFALLS[0], "A")
    assert all("keep = 0.8" in c.value for c in app.code)
    app.select_slider(key="pit_rate_keep").set_value(0.35).run()
    assert all("keep = 0.65" in c.value for c in app.code)
    assert "65 % of the units are kept" in texts(app, "markdown")
    for lab in PITFALLS[:-1]:
        assert all("0.35" in code or "0.65" in code for code in lab.at(0.35).shown.values())
        assert not any(mark in text for mark in ("RATE", "KEEP", "SHARE") for text in lab.at(0.35).shown.values())


def test_a_reader_who_comes_back_finds_the_lab_the_pick_and_the_rate():
    app = pick(open_page(lab="order"), BY_SLUG["order"], "A")
    app.select_slider(key="pit_rate_order").set_value(0.8).run()
    app = harness.go(harness.go(app, "overview"), "pitfalls")
    assert not app.exception
    assert texts(app, "header") == BY_SLUG["order"].name
    assert app.radio(key="pit_pick_order").value == "A"
    assert app.select_slider(key="pit_rate_order").value == 0.8


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"lab": "none"}, "none of “keep”"),
        ({"rate": "0"}, "outside 0.05"),
        ({"rate": "x"}, "no"),
        ({"rate": "0.21"}, "`rate` is 0.21 in the link; 0.2 is used"),
        ({"picks": "AC"}, "`picks` in the link: not a row of at most 11 letters"),
        ({"picks": "A" * 12}, "It is ignored."),
        ({"q": "1"}, "not know"),
    ],
)
def test_a_link_that_cannot_be_used_gets_a_note(params, word):
    app = open_page(**params)
    assert word in texts(app, "info")
    assert texts(app, "header") in {lab.name for lab in PITFALLS}


@pytest.mark.parametrize("rate", ["0.05", "0.95"])
@pytest.mark.parametrize("slug", ["keep", "exactly-k", "placement"])
def test_the_ends_of_the_slider(slug, rate):
    text = texts(pick(open_page(lab=slug, rate=rate), BY_SLUG[slug], "A"), "markdown")
    assert not {"nan", "inf"} & {*re.findall(r"\w+", text)}


def test_the_page_does_not_import_torch():
    code = "import sys; from tests.harness import open_page; open_page('pitfalls'); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True, capture_output=True, timeout=120)
