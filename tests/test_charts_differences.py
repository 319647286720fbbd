"""Differences by seed, as a picture."""

import altair as alt
import pytest

from dropout_core.charts.differences import rows, spec
from dropout_core.charts.theme import DROPOUT, NEUTRAL, NO_DROPOUT


def test_one_row_a_seed_and_one_for_the_mean_with_its_interval():
    table = rows([1.0, 2.0, 6.0], 0.5, 5.5)
    assert table["kind"].tolist() == ["seed"] * 3 + ["mean"]
    assert table.iloc[-1][["difference", "low", "high"]].tolist() == [3.0, 0.5, 5.5]


@pytest.mark.parametrize(("higher", "upper"), [(True, DROPOUT), (False, NO_DROPOUT)])
def test_the_interval_has_a_winner_s_colour_only_where_it_leaves_zero_out(higher, upper):
    found = spec("accuracy", higher)
    colours = [layer["encoding"]["color"] for layer in found["layer"] if "color" in layer["encoding"]]
    assert len(colours) == 2
    for colour in colours:
        assert colour["value"] == NEUTRAL
        assert colour["condition"][0] == {"test": "datum.low > 0", "value": upper}


def test_the_specification_is_valid_and_carries_no_data():
    found = spec("loss", False)
    assert "data" not in found
    assert all("data" not in layer for layer in found["layer"])
    values = rows([0.1, 0.2], -0.5, 0.8).to_dict("records")
    alt.LayerChart.from_dict(found | {"data": {"values": values}}).to_dict()
