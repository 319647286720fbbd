"""Test the numbers and the labels in the chart of the running mean."""

import re

import pytest
import vl_convert

from dropout_core.numerics.masks import RATES
from dropout_core.numerics.sampling import MOST_PASSES, pass_counts
from dropout_core.topics.scaling.charts_running_mean import HEIGHT, running_mean
from tests.topics.scaling.specs import KEPT, U, data


def test_the_running_mean_carries_the_counts_and_bounds_that_can_occur():
    rows = data(running_mean(KEPT, 0.5))
    assert [row["k"] for row in rows] == pass_counts().tolist()
    assert rows[-1]["k"] == MOST_PASSES
    for i, rate in enumerate(RATES):
        assert rows[-1][f"c{i}"] == int((U[:, 0] >= rate).sum())
        assert all(0 <= row[f"l{i}"] <= row[f"h{i}"] <= row["k"] for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
def test_the_labels_of_the_lines_touch_neither_each_other_nor_the_axis(rate):
    svg = vl_convert.vegalite_to_svg(running_mean(KEPT, rate) | {"width": 300})
    scaled, unscaled = (
        float(re.search(rf'translate\([\d.]+,(-?[\d.]+)\)"[^>]*>{name} →', svg).group(1))
        for name in ("scaled", "unscaled")
    )
    assert unscaled - scaled >= 16
    assert unscaled <= HEIGHT - 8
