"""Tests of the masks page in Streamlit's test harness, with valid and invalid links."""

import json
import re
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from dropout_core.charts.network_diagram import FIELDS, START
from dropout_core.topics.masks import digit_net
from dropout_core.topics.overview import findings as overview
from tests import harness

open_page = partial(harness.open_page, "masks")
read_page = partial(harness.read_page, "masks")
SLIDERS = {"masks_inputs": 4, "masks_hidden1": 6, "masks_hidden2": 6, "masks_outputs": 3}


def spec(app: AppTest) -> dict:
    return json.loads(app.get("vega_lite_chart")[0].proto.spec)


def start(app: AppTest) -> dict:
    params = {p["name"]: p for p in spec(app)["params"]}
    return {name: params[name]["value"][0][field] for name, field in FIELDS.items()}


def settings(app: AppTest) -> dict:
    return app.session_state["masks_settings"]


def test_without_a_link_the_article_s_half_is_dropped():
    app = read_page()
    assert start(app) == START
    assert {s.key: s.value for s in app.slider} == SLIDERS
    assert not app.info


def test_a_link_restores_controls_sizes_and_seed():
    app = open_page(rate="0.25", mode="inference", hidden1="3", seed="42", **{"pass": "9"})
    assert start(app) == {"rate": 0.25, "pass": 9, "mode": "inference"}
    assert {s.key: s.value for s in app.slider} == SLIDERS | {"masks_hidden1": 3}
    assert settings(app)["seed"] == 42
    assert not app.info


@pytest.mark.parametrize(
    ("name", "text", "used"),
    [
        ("rate", "7", 0.95),
        ("rate", "-1", 0),
        ("rate", "half", 0.5),
        ("pass", "1e9", 64),
        ("mode", "testing", "training"),
        ("digit", "12", 9),
        ("drawn", "00ff", ""),
        ("hand", "99d", ""),
    ],
)
def test_what_a_link_cannot_have_is_said(name, text, used):
    app = open_page(**{name: text})
    assert settings(app)[name] == used
    assert f"`{name}`" in app.info[0].value


@pytest.mark.parametrize(("text", "used"), [("nan", 6), ("inf", 6), ("", 6), ("<b>", 6), ("99", 10)])
def test_sizes_survive_any_text(text, used):
    app = open_page(hidden2=text)
    assert app.slider(key="masks_hidden2").value == used
    assert len(app.info) == 1


def test_unknown_settings_are_said():
    app = open_page(colour="red")
    assert "1 setting" in app.info[0].value


def test_another_size_draws_another_network_and_is_in_the_link():
    app = open_page()
    rows = len(tables(app)["neurons"])
    app.slider(key="masks_hidden1").set_value(10).run()
    assert not app.exception
    assert len(tables(app)["neurons"]) == rows + 4
    assert app.query_params["hidden1"] == "10"


@pytest.mark.parametrize(("hidden", "possible"), [("1", "4"), ("10", "1,048,576")])
def test_how_many_subnetworks_the_passes_show_is_counted(hidden, possible):
    app = open_page(hidden1=hidden, hidden2=hidden)
    said = " ".join(m.value for m in app.markdown)
    shown = int(re.search(r"passes use (\d+) of ([\d,]+) possible subnetworks", said)[1])
    assert f"of {possible} possible" in said
    assert shown == (4 if hidden == "1" else 64)


def test_a_rate_between_two_steps_is_said_to_be_moved():
    app = open_page(rate="0.33")
    assert start(app)["rate"] == 0.35
    assert "`rate` is 0.33 in the link; the nearest available value, 0.35, is used" in app.info[0].value


def tables(app: AppTest) -> dict[str, list[dict]]:
    """Collect the named tables from anywhere in the chart's specification."""
    found = {}

    def visit(node):
        if isinstance(node, dict) and "values" in node and "name" in node:
            found[node["name"]] = node["values"]
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            visit(child)

    visit(spec(app))
    return found


def test_the_accuracies_of_both_nets_stand_together():
    app = read_page()
    net, (removed, accuracy) = digit_net.load(), overview.removed()
    assert (
        f"classifies {net.masked_accuracy:.0f} % of digits correctly; with all of them, {net.accuracy:.0f} %"
        in app.header[0].value
    )
    said = " ".join(m.value for m in app.markdown)
    assert f"still classifies {accuracy['dropout']:.0f} % of digits correctly without {removed} of its neurons" in said
    changed, falls = digit_net.single_drops()
    assert f"the answer in {changed} of {len(falls)} cases" in said
    worst, digit = divmod(int(falls.argmax()), 10)
    neuron = f"Hidden {1 + worst // 16}, neuron {worst % 16 + 1}"  # the first layer has 16 neurons
    assert f"in the worst case (digit {digit} without {neuron}), it falls by {falls.max():.0f} points" in said
