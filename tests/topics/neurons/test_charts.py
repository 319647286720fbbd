"""Test that the charts about neurons contain the right numbers and are valid Vega-Lite."""

import json

import pytest
import vl_convert as vlc

from dropout_core.charts.theme import ARM_COLOURS, NEUTRAL
from dropout_core.topics.neurons import charts_ablation
from dropout_core.topics.neurons import charts_activity as pictures
from tests.vega import assert_valid

ARMS = tuple(ARM_COLOURS)
COSTS = {m: {"no dropout": [2.0, 0.5, 0.0], "dropout": [0.25, 0.0, -0.1]} for m in ("accuracy", "loss")}
CHARTS = {
    "activity": pictures.activity(
        {arm: [0.25, 0.125, 0.0625] for arm in ARMS},
        {"no dropout": 0.1, "dropout": 0.55},
        {"no dropout": (2.0, 1.9, 2.1), "dropout": (0.5, 0.4, 0.6)},
        {"no dropout": 2.0, "dropout": 0.7},
        0.5,
    ),
    "single": charts_ablation.single(COSTS, 2, "loss"),
    "costly": charts_ablation.removal({arm: {"mean": [90.0, 50.0, 10.0]} for arm in ARMS}, (0, 4, 8), 8, 4),
    "random": charts_ablation.removal(
        {arm: {"mean": [90.0, 50.0, 10.0], "low": [90.0, 40.0, 10.0], "high": [90.0, 60.0, 10.0]} for arm in ARMS},
        (0, 4, 8),
        8,
        4,
    ),
    "seeds": charts_ablation.seeds({"run": {arm: ([1.0, 3.0], 0.0, 4.0) for arm in ARMS}}),
}


def layers(spec: dict) -> list[dict]:
    return spec["layer"][0]["layer"]


def values(spec: dict) -> list[dict]:
    return spec["layer"][0]["data"]["values"]


@pytest.mark.parametrize("name", CHARTS)
def test_it_is_valid_and_drawn_as_svg_without_marks_for_screen_readers(name):
    spec = CHARTS[name]
    assert_valid(spec)
    assert spec["usermeta"]["embedOptions"]["renderer"] == "svg"
    assert spec["config"]["mark"]["aria"] is False


def test_the_histogram_is_drawn_bin_by_bin_and_closed():
    steps = next(part for part in layers(CHARTS["activity"]) if part["mark"]["type"] == "line")["data"]["values"]
    results = [(row["x"], row["y"]) for row in steps if row["arm"] == "dropout"]
    assert results == [(0, 0.25), (0.5, 0.125), (1.0, 0.0625), (1.5, 0.0)]


def test_means_of_few_seeds_are_drawn_without_an_interval_in_json_that_browsers_read():
    """JSON has no NaN, so a single NaN would keep the browser from parsing the chart."""
    few = {"no dropout": (2.0, float("nan"), float("nan")), "dropout": (0.5, float("nan"), float("nan"))}
    spec = pictures.activity({arm: [0.25, 0.125] for arm in ARMS}, dict.fromkeys(ARMS, 0.1), few, {}, 0.5)
    assert "mean 2.00" in vlc.vegalite_to_svg(json.loads(json.dumps(spec, allow_nan=False)) | {"width": 500})


def test_zeros_stand_beside_and_published_means_are_marked_as_others():
    parts = layers(CHARTS["activity"])
    bars = next(part for part in parts if part["mark"]["type"] == "rect")["data"]["values"]
    assert {bar["arm"]: bar["y"] for bar in bars} == {"no dropout": 0.1, "dropout": 0.55}
    assert all(bar["x2"] < 0 for bar in bars)
    theirs = next(part for part in parts if part["mark"].get("color") == NEUTRAL)["data"]["values"]
    assert {row["arm"]: row["x"] for row in theirs} == {"no dropout": 2.0, "dropout": 0.7}


def test_every_neuron_has_its_rank_and_the_controls_their_first_values():
    spec = CHARTS["single"]
    results = [
        (row["rank"], row["cost"]) for row in values(spec) if row["arm"] == "dropout" and row["measure"] == "loss"
    ]
    assert results == [(1, 0.25), (2, 0.0), (3, -0.1)]
    params = {param["name"]: param for part in layers(spec) for param in part.get("params", [])}
    assert params["rank"]["value"] == [{"rank": 2}]
    assert params["rank"]["bind"]["rank"]["max"] == 3
    assert params["measure"]["value"] == [{"m": "loss"}]


@pytest.mark.parametrize(("name", "bands"), [("costly", 0), ("random", 1)])
def test_removal_has_a_band_where_there_is_a_spread(name, bands):
    spec = CHARTS[name]
    assert sum(part["mark"]["type"] == "area" for part in layers(spec)) == bands
    assert [row["share"] for row in values(spec) if row["arm"] == "dropout"] == [0, 0.5, 1]
    assert spec["params"][0]["value"] == 4
    assert spec["params"][0]["bind"]["step"] == 4


def test_seeds_are_shown_singly_with_mean_and_interval():
    parts = layers(CHARTS["seeds"])
    assert {(row["mean"], row["low"], row["high"]) for row in parts[0]["data"]["values"]} == {(2.0, 0.0, 4.0)}
    assert sorted(row["value"] for row in parts[1]["data"]["values"]) == [1.0, 1.0, 3.0, 3.0]
