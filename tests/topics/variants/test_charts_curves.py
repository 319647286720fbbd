"""Test the chart of validation loss by epoch for the selected variant."""

import numpy as np
import pandas as pd
import pytest
import vl_convert as vlc

from dropout_core.charts.theme import ARM_COLOURS, PICKED
from dropout_core.topics.variants.charts_curves import apart, curves

HISTORIES = pd.DataFrame(
    [
        {"trial": trial, "epoch": epoch, "mean": mean + epoch / 100, "low": mean - 0.1, "high": mean + 0.1}
        for trial, mean in (("no dropout", 0.6), ("dropout", 0.45), ("a", 0.45), ("b", 0.4))
        for epoch in (3, 6)
    ]
)


def test_only_the_picked_variant_is_drawn_beside_the_two():
    svg = vlc.vegalite_to_svg({**curves(HISTORIES, ("a", "b"), "b"), "width": 1000})
    assert svg.count(PICKED) >= 3
    assert all(colour in svg for colour in ARM_COLOURS.values())
    assert ">b<" in svg
    assert ">a<" not in svg


def test_names_are_moved_apart_and_keep_their_order():
    moved = apart(np.array([0.4, 0.41, 0.9]), 0.05)
    assert np.diff(moved).min() >= 0.05 - 1e-12
    assert moved[:2].mean() == pytest.approx(0.405)
    assert apart(np.array([0.1, 0.5]), 0.05).tolist() == [0.1, 0.5]
