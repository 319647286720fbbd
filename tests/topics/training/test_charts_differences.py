"""Tests of the chart of differences by seed."""

import pytest

from dropout_core.charts.theme import DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.training.charts_differences import rows, spec
from tests.vega import assert_valid


def test_one_row_a_seed_and_one_for_the_mean_with_its_interval():
    table = rows([1.0, 2.0, 6.0], 0.5, 5.5)
    assert table["kind"].tolist() == ["seed"] * 3 + ["mean"]
    assert table.iloc[-1][["difference", "low", "high"]].tolist() == [3.0, 0.5, 5.5]


def test_the_reader_s_runs_have_rows_of_their_own_and_leave_the_mean_alone():
    table = rows([1.0, 2.0, 6.0], 0.5, 5.5, own=[100.0])
    assert table["kind"].tolist() == ["seed"] * 3 + ["mean", "own"]
    assert table.set_index("kind").loc["mean", "difference"] == 3.0
    assert table.iloc[-1]["difference"] == 100.0


@pytest.mark.parametrize(
    ("verdict", "colour"),
    [(Verdict.HOLDS, DROPOUT), (Verdict.DOES_NOT_HOLD, NO_DROPOUT), (Verdict.INCONCLUSIVE, NEUTRAL)],
)
def test_mean_and_interval_have_the_colour_of_whom_the_verdict_names(verdict, colour):
    chart = spec("accuracy", "dropout better to the right", verdict)
    colours = [layer["encoding"]["color"] for layer in chart["layer"] if "color" in layer["encoding"]]
    assert colours == [{"value": colour}] * 2


def test_zero_is_labelled_and_the_title_has_two_short_lines():
    x = spec("difference", "side", Verdict.INCONCLUSIVE)["layer"][-1]["encoding"]["x"]
    assert x["title"] == ["difference", "side"]
    assert "'0'" in x["axis"]["labelExpr"]
    assert x["axis"]["labelOverlap"] is False


def test_the_specification_is_valid_and_carries_no_data():
    chart = spec("loss", "side", Verdict.INCONCLUSIVE)
    assert "data" not in chart
    assert all("data" not in layer for layer in chart["layer"])
    values = rows([0.1, 0.2], -0.5, 0.8).to_dict("records")
    assert_valid(chart | {"data": {"values": values}})
