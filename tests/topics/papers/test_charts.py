"""Test the charts on the Papers page: the data are right, line names do not overlap, and axes fit the marks."""

import pandas as pd
import pytest

from dropout_core.topics.papers import charts as pictures
from dropout_core.topics.papers.charts import LINE, Style, Theirs

LINES = pd.DataFrame([("a", 1, 5.0, -1.0, 6.0), ("a", 2, 4.0, 3.0, 5.0), ("b", 2, 4.1, 4.0, 4.2)], columns=LINE)


def test_the_axis_holds_the_intervals_and_a_logarithmic_one_stays_above_zero():
    low, high = pictures.domain([LINES])
    assert low < -1
    assert high > 6
    low, high = pictures.domain([LINES], log=True)
    assert 0 < low < 4
    assert high > 6


def test_rows_hold_lines_names_and_what_was_published():
    rows = pictures.rows(LINES, (0, 10), (Theirs(1, 2, "flat"), Theirs(3, None, "best")))
    assert rows["kind"].tolist() == ["line"] * 3 + ["name"] * 2 + ["span", "rule"]
    names = rows[rows["kind"] == "name"].set_index("group")
    assert names["x"].to_dict() == {"a": 2, "b": 2}
    assert names.loc["b", "mean"] - names.loc["a", "mean"] >= 0.5
    assert rows["label"].dropna().tolist() == ["flat", "best"]


@pytest.mark.parametrize("level", [None, 0])
def test_the_specification_has_no_data_and_every_layer_one_scale(level):
    spec = pictures.spec({"a": Style("#000"), "b": Style("#111")}, "x", "y", (0.0, 10.0), level=level)
    assert "data" not in spec
    assert "datasets" not in spec
    assert not any("data" in layer for layer in spec["layer"])
    domains = [
        layer["encoding"]["y"]["scale"]["domain"]
        for layer in spec["layer"]
        if "field" in layer["encoding"].get("y", {})
    ]
    assert domains
    assert all(domain == [0.0, 10.0] for domain in domains)
    levels = [
        layer for layer in spec["layer"] if {"type": "rule", "color": "currentColor"}.items() <= layer["mark"].items()
    ]
    assert bool(levels) == (level is not None)


def test_both_regressions_are_in_every_row():
    rows, spec = pictures.coincide((0.5, 1.0), [[1, 2], [3, 4]], [[1, 2], [3, 4]])
    assert len(rows) == 4
    assert (rows["ridge"] == rows["dropout"]).all()
    assert {layer["encoding"]["y"]["field"] for layer in spec["layer"]} == {"ridge", "dropout"}
