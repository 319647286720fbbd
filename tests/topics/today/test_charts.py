"""Test the charts of the folds: their rows, results by interval, and text alternatives."""

import json

import numpy as np
import pytest

from dropout_core.charts.changes import Change, changes, text_alternative
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, paired
from dropout_core.topics.today import charts_changes, charts_studies
from tests.vega import assert_valid

NOISE = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])


def data(spec: dict) -> list[dict]:
    json.dumps(spec, allow_nan=False)
    assert_valid(spec)
    return spec["layer"][0]["data"]["values"]


def test_a_change_is_better_worse_or_inconclusive_by_its_interval():
    rows = [Change(name, paired(NOISE + mean, np.zeros(5))) for name, mean in (("a", 1.0), ("b", -1.0), ("c", 0.05))]
    found = data(changes(rows, "points"))
    assert [row["result"] for row in found] == ["better", "worse", "inconclusive"]
    assert [row["label"] for row in found] == ["+1.00: better", "−1.00: worse", "+0.05: inconclusive"]
    assert all(row["low"] < row["change"] < row["high"] for row in found)
    text = text_alternative(rows, "points")
    assert text == "a: +1.00 points, better; b: −1.00 points, worse; c: +0.05 points, inconclusive."


def test_pairs_are_drawn_in_thousandths_around_the_diagonal():
    spec = charts_studies.pairs({"no dropout": [[0.001, 0.003]], "dropout": [[-0.002, -0.002]]})
    assert data(spec) == [
        {"arm": "no dropout", "sum": 1.0, "both": 3.0},
        {"arm": "dropout", "sum": -2.0, "both": -2.0},
    ]
    (diagonal,) = [layer["data"]["values"] for layer in spec["layer"][0]["layer"] if "data" in layer]
    assert diagonal == [{"sum": -2.0, "both": -2.0}, {"sum": 3.0, "both": 3.0}]


def test_the_band_around_the_exact_penalty_is_in_the_picture():
    spec = charts_studies.ratios({0.1: Estimate(0.8, 0.75, 0.85), 0.5: Estimate(1.0, 0.99, 1.01)}, 0.1)
    assert [row["ratio"] for row in data(spec)] == [0.8, 1.0]
    band = spec["layer"][0]["layer"][0]["encoding"]
    low, high = band["y"]["scale"]["domain"]
    assert low < 0.75 < band["y"]["datum"] < band["y2"]["datum"] < high
    assert np.log([band["y"]["datum"], band["y2"]["datum"]]).tolist() == pytest.approx([-np.log(1.1), np.log(1.1)])


def comparisons(points: float, nats: float) -> list[Evidence]:
    """Return differences in accuracy and loss with these means."""
    pairs = (paired(NOISE + points, np.zeros(5)), paired(NOISE / 10 + nats, np.zeros(5)))
    units = (("accuracy", "points", 0.3), ("loss", "nats", 0.03))
    return [Evidence("", measure, unit, p, margin) for p, (measure, unit, margin) in zip(pairs, units, strict=True)]


def test_accuracy_and_loss_are_drawn_in_margins_with_improvements_to_the_right():
    rows = {"one": comparisons(0.6, -0.06), "two": comparisons(-0.6, 0.06), "three": comparisons(0.02, 0.015)}
    spec = charts_changes.in_margins(rows)
    found = data(spec)
    assert [row["change"] for row in found[:4]] == [2, 2, -2, -2]
    assert [row["result"] for row in found] == ["better"] * 2 + ["worse"] * 2 + ["equivalent", "inconclusive"]
    assert [row["label"] for row in found[:2]] == ["+0.60 points: better", "−0.060 nats: better"]
    assert [row["name"] for row in found] == ["one", "", "two", "", "three", ""]
    assert all(row["low"] < row["change"] < row["high"] for row in found)
    text = charts_changes.measures_alternative({"one": rows["one"]})
    assert text == "one: +0.60 points: better and −0.060 nats: better."


def test_both_axes_state_their_own_unit_on_the_scale_of_margins():
    spec = charts_changes.in_margins({"one": comparisons(0.6, -0.06)})
    assert_valid(spec)
    axes = [x["axis"] for x in (layer["encoding"]["x"] for layer in spec["layer"][0]["layer"]) if x.get("axis")]
    assert [(axis["title"], axis["orient"]) for axis in axes] == [("accuracy, points", "bottom"), ("loss, nats", "top")]
    assert "datum.value * 0.3," in axes[0]["labelExpr"]
    assert "datum.value * -0.03," in axes[1]["labelExpr"]
