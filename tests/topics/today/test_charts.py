"""Test the rows of the chart of differences: values, results by interval, and the text alternative."""

import json

import numpy as np

from dropout_core.numerics.statistics import paired
from dropout_core.topics.today import charts_changes
from dropout_core.topics.today.charts_changes import Change
from tests.vega import assert_valid

NOISE = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])


def data(spec: dict) -> list[dict]:
    json.dumps(spec, allow_nan=False)
    assert_valid(spec)
    return spec["layer"][0]["data"]["values"]


def test_a_change_is_better_worse_or_inconclusive_by_its_interval():
    rows = [Change(name, paired(NOISE + mean, np.zeros(5))) for name, mean in (("a", 1.0), ("b", -1.0), ("c", 0.05))]
    found = data(charts_changes.changes(rows, "points"))
    assert [row["result"] for row in found] == ["better", "worse", "inconclusive"]
    assert [row["label"] for row in found] == ["+1.00: better", "−1.00: worse", "+0.05: inconclusive"]
    assert all(row["low"] < row["change"] < row["high"] for row in found)
    text = charts_changes.text_alternative(rows, "points")
    assert text == "a: +1.00 points, better; b: −1.00 points, worse; c: +0.05 points, inconclusive."
