"""Test the chart of validation loss by epoch for the selected variant."""

import pandas as pd
import vl_convert as vlc

from dropout_core.charts.theme import ARM_COLOURS, PICKED
from dropout_core.topics.variants.charts_curves import curves

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
