"""Tests of the ensemble page in Streamlit's test harness: links, controls, chart reports and text."""

import json
import re
from functools import partial

import pytest
import streamlit as st

from dropout_core.common.text import around, sentence
from dropout_core.data.mnist import DataError
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.topics.ensemble import findings
from dropout_core.topics.ensemble.study import RATES
from dropout_core.ui import server
from tests import harness
from tests.harness import texts

CHARTS = 8
open_page = partial(harness.open_page, "ensemble")
read_page = partial(harness.read_page, "ensemble")


def spec(app, place=0):
    return json.loads(app.get("vega_lite_chart")[place].proto.spec)


def start(app):
    params = spec(app)["layer"][0]["layer"] if "layer" in spec(app)["layer"][0] else spec(app)["layer"]
    return {p["name"]: next(iter(p["value"][0].values())) for p in params[0]["params"]}


def test_without_a_link():
    app = read_page()
    assert len(app.get("vega_lite_chart")) == CHARTS
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    assert start(app) == {"image": 1, "rate": 0.5}
    assert not app.info
    assert not app.error
    assert dict(app.query_params) == {}


def test_a_link_restores_everything():
    link = {"depth": "1", "training": "3", "rate": "0.2", "image": "7", "members": "100"}
    app = open_page(**link)
    assert start(app) == {"image": 7, "rate": 0.2}
    assert app.segmented_control(key="ens_depth").value == 1
    assert app.number_input(key="ens_training").value == 3
    assert dict(app.query_params) == link
    assert "At k = 100," in texts(app, "markdown")
    assert not app.info


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("depth", "4"),
        ("training", "10"),
        ("rate", "0.9"),
        ("rate", "half"),
        ("image", "0"),
        ("members", "nan"),
        ("members", "5000"),
        ("q", "1"),
    ],
)
def test_what_a_link_cannot_have_is_said_and_the_page_is_drawn(name, value):
    app = open_page(**{name: value})
    assert len(app.info) == 1
    assert len(app.get("vega_lite_chart")) == CHARTS


def test_values_between_the_steps_are_taken_to_the_nearest():
    app = open_page(rate="0.33", members="60")
    assert start(app)["rate"] == 0.3
    assert "At k = 50," in texts(app, "markdown")


def test_another_depth_and_another_training_change_the_first_chart_only():
    app = open_page()
    before = [spec(app, i) for i in range(CHARTS)]
    app = app.segmented_control(key="ens_depth").set_value(1).run()
    assert not app.exception
    deeper = [spec(app, i) for i in range(CHARTS)]
    assert [a == b for a, b in zip(before, deeper, strict=True)] == [False, False] + [True] * 6
    app = app.number_input(key="ens_training").set_value(2).run()
    other = [spec(app, i) for i in range(CHARTS)]
    assert [a == b for a, b in zip(deeper, other, strict=True)] == [False] + [True] * 7
    assert dict(app.query_params) == {"depth": "1", "training": "2"}


@pytest.mark.parametrize("rate", [RATES[0], RATES[-1]])
@pytest.mark.parametrize("depth", ["1", "3"])
def test_the_words_carry_the_numbers_of_the_rate(depth, rate):
    said = texts(read_page(depth=depth, rate=str(rate)), "markdown")
    rate = min(rate, findings.offered_rates(int(depth), 0)[-1])
    alone, scaled = (findings.tiny_nets(int(depth), rate, way).value for way in ("alone", "scaled"))
    assert f"subnetwork classifies {alone:.0f} % of the images correctly, and the scaled pass {scaled:.0f} %" in said
    assert not {"nan", "inf"} & {*re.findall(r"\w+", said)}


def test_the_verdicts_are_those_of_the_stored_numbers():
    said = texts(read_page(), "markdown")
    for measure in ("error", "loss"):
        assert sentence(findings.difference_text(measure)) in said
    assert "lower one" not in said
    assert f"about {FIGURE_11_EVEN}" in said
    assert f"correlate more ({findings.similarity('subnetworks', 'correlation').value:.2f}" in said


def test_the_verdict_at_k_is_that_of_the_drawn_difference():
    for k in (8, 200):
        said, e = texts(read_page(members=str(k)), "markdown"), findings.minus_scaled(k).estimate
        assert f"At k = {k}, **" in said
        assert ("still makes more errors" in said) == (e.sign > 0)
        assert ("there is no detectable difference**" in said) == (e.sign == 0)
        assert around(e.value, e.low, e.high, 2) in said


def test_a_net_that_never_learned_is_not_offered():
    runs = [(depth, seed) for depth in (2, 3) for seed in range(10)]
    depth, seed = next(run for run in runs if findings.offered_rates(*run) != RATES)
    highest = findings.offered_rates(depth, seed)[-1]
    app = read_page(depth=str(depth), training=str(seed), rate=str(RATES[-1]))
    assert start(app)["rate"] == highest
    assert f"the slider stops at {highest:.1f}" in texts(app, "markdown")
    assert app.query_params.get("rate", "0.5") == f"{highest:g}"
    assert "the slider stops" not in texts(read_page(depth="1"), "markdown")


def test_the_words_say_over_how_many_nets_the_numbers_are_means():
    learned = findings.learned_count(3, 0.5)
    assert learned < 10
    assert f"the {learned} of 10 seeds whose nets learned" in texts(read_page(depth="3"), "markdown")
    assert "whose nets learned" not in texts(read_page(), "markdown")


def test_the_heading_answers_with_the_stored_gap():
    gap = 100 * findings.tiny_nets(2, 0.4, "gap_arithmetic").value
    often = {1: "less often than", -1: "more often than", 0: "about as often as"}[findings.tiny_net_gain(2, 0.4).sign]
    said = texts(read_page(rate="0.4"), "header")
    assert f"At p = 0.4, one pass is right {often} the arithmetic mean; its" in said
    assert f"its probabilities differ by {gap:.1f} percentage points" in said


def test_the_ways_stand_with_their_shares_of_right_answers():
    said = texts(read_page(), "markdown")
    for way, name in findings.WAYS.items():
        assert f"{name} {findings.tiny_nets(2, 0.5, way).value:.1f} %" in said
    near = 100 * findings.tiny_nets(3, 0.5, "gap_geometric").value
    assert f"{near:.1f} points (3 layers)" in said


def test_images_that_cannot_be_had_are_a_sentence(monkeypatch):
    def missing(_):
        raise DataError("mnist_5k.npz cannot be read (no such file); reinstall this package")

    monkeypatch.setattr(server, "digits", missing)
    st.cache_data.clear()
    st.cache_resource.clear()
    app = open_page()
    assert "reinstall this package" in app.error[0].value
    st.cache_data.clear()
    st.cache_resource.clear()
