"""The scaling page's charts: valid Vega-Lite, small, pure, and holding the numbers they claim to hold."""

import json
import re

import altair as alt
import numpy as np
import pytest

from dropout_core.numerics.enumeration import STAGES, compare, gaps_by_rate
from dropout_core.numerics.masks import RATES, SCHEMES, moments, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.sampling import MOST_PASSES, kept_counts, pass_counts
from dropout_core.topics.scaling.charts_enumeration import gaps, stage_units
from dropout_core.topics.scaling.charts_one_pass import REACH, STRIPS, pass_strips, scheme_means
from dropout_core.topics.scaling.charts_running_mean import COLUMNS, moments_table, running_means
from dropout_core.ui.layout import extract_datasets

A = np.array([1.0, -0.5, 2.0, 0.25, 0.0, 100.0, -100.0, 0.001])
U = uniforms((MOST_PASSES, len(A)), 0)
KEPT = kept_counts(U, RATES, pass_counts())
NET = random_network((len(A), 5, 5, 3), 2)
BY_RATE = [compare(NET, A, rate) for rate in RATES]
ROWS = gaps_by_rate(NET, A, RATES)

CHARTS = {
    "strips": lambda: pass_strips(A, U[:100], 0.5, 3),
    "schemes": lambda: scheme_means(0.5),
    "running": lambda: running_means(A, KEPT, 0.5),
    "moments": lambda: moments_table(A, KEPT, 0.5),
    "gaps": lambda: gaps(ROWS, {row: [values] * 12 for row, values in ROWS.items()}, 0.5),
    "units": lambda: stage_units(BY_RATE, 0.5),
}
every_chart = pytest.mark.parametrize("name", CHARTS)


def data(spec: dict) -> list[dict]:
    return spec["layer"][0]["data"]["values"]


def marks(node: object) -> list[dict]:
    """All layers that draw something, at any depth."""
    if isinstance(node, dict):
        here = [node] if "mark" in node and "encoding" in node else []
        return here + [mark for child in node.values() for mark in marks(child)]
    return [mark for child in node for mark in marks(child)] if isinstance(node, list) else []


@every_chart
def test_it_is_valid_vega_lite(name):
    alt.LayerChart.from_dict(CHARTS[name]())


@every_chart
def test_it_is_plain_json_without_nan_and_the_same_every_time(name):
    assert json.dumps(CHARTS[name](), allow_nan=False) == json.dumps(CHARTS[name]())


@every_chart
def test_all_layers_agree_on_their_axes(name):
    for channel in ("x", "y"):
        encodings = [m["encoding"][channel] for m in marks(CHARTS[name]()) if channel in m["encoding"]]
        axes = [e["axis"] for e in encodings if "value" not in e and "axis" in e]
        fields = [e for e in encodings if "field" in e]
        assert len(axes) == len(fields)
        assert all(axis == axes[0] for axis in axes)


def test_all_charts_together_stay_below_200_kb():
    sent = 0
    for chart in CHARTS.values():
        spec = extract_datasets(chart())
        sent += sum(map(len, spec.pop("datasets", {}).values())) + len(json.dumps(spec))
    assert sent < 200_000


def test_strips_carry_the_draws_and_the_first_values():
    spec = pass_strips(A, U[:100], 0.35, 7)
    assert [row["a"] for row in data(spec)] == A.tolist()
    drawn = [[row[f"u{k}"] for k in range(100)] for row in data(spec)]
    np.testing.assert_allclose(drawn, U[:100].T, atol=6e-5)
    params = {p["name"]: p for m in marks(spec) for p in m.get("params", ())}
    assert params["rate"]["value"] == [{"p": 0.35}]
    assert params["pass"]["value"] == [{"k": 7}]
    assert len(STRIPS) == 6


def test_four_decimals_decide_as_all_of_them_do_at_every_rate():
    """Rounding a draw must not move a unit to the other side of a rate on the slider."""
    rounded = np.round(U[:100], 4)
    for rate in RATES:
        off = (rounded >= rate) != (U[:100] >= rate)
        assert (np.abs(U[:100][off] - rate) < 5e-5).all()


def test_schemes_carry_exact_moments():
    rows = {row["scheme"]: row for row in data(scheme_means(0.5))}
    assert tuple(rows) == SCHEMES
    for scheme, row in rows.items():
        for i, rate in enumerate(RATES):
            mean, variance = moments(np.ones(1), rate, scheme)
            assert row["averages"][i] == mean[0]
            assert row["sds"][i] == np.sqrt(variance[0])


def test_no_scheme_s_bar_is_longer_than_the_axis():
    for row in data(scheme_means(0.5)):
        for mean, sd in zip(row["averages"], row["sds"], strict=True):
            assert REACH[0] < mean - sd <= mean + sd < REACH[1]


def test_every_slider_of_the_page_has_a_name_of_its_own():
    binds = [p["bind"] for chart in CHARTS.values() for p in _params(chart()) if "bind" in p]
    names = [b["name"] if "name" in b else next(iter(b.values()))["name"] for b in binds]
    assert len(names) == len(set(names)) == 11


def _params(node: object) -> list[dict]:
    if isinstance(node, dict):
        return [*node.get("params", ()), *(p for child in node.values() for p in _params(child))]
    return [p for child in node for p in _params(child)] if isinstance(node, list) else []


def test_a_bar_that_the_axis_cuts_has_an_arrow():
    arrows = [m for m in marks(CHARTS["units"]()) if m["mark"].get("text", {}).get("expr") in ("'◂'", "'▸'")]
    tests = [m["transform"][0]["filter"] for m in arrows]
    assert tests == ["datum.average - datum.sd < lows[stage_s]", "datum.average + datum.sd > highs[stage_s]"]


def test_the_mask_s_label_is_a_legend_and_no_count():
    assert "(1 = kept, 0 = dropped)" in STRIPS["m"]


def test_running_means_carry_the_counts():
    rows = data(running_means(A, KEPT, 0.5))
    assert len(rows) == len(A) * len(pass_counts())
    last = next(row for row in rows if row["k"] == MOST_PASSES and row["i"] == 3)
    assert [last[f"c{j}"] for j in range(len(RATES))] == [int((U[:, 2] >= rate).sum()) for rate in RATES]


def test_the_table_has_a_row_per_unit_and_a_column_per_heading():
    spec = moments_table(A, KEPT, 0.5)
    assert len(data(spec)) == len(A)
    folds = [step["fold"] for step in spec["layer"][0]["transform"] if "fold" in step]
    assert len(folds[0]) == len(COLUMNS)


def test_gaps_and_units_carry_the_enumeration():
    main = [row for row in data(CHARTS["gaps"]()) if row["main"]]
    assert [row["row"] for row in main] == list(ROWS)
    np.testing.assert_allclose(main[-1]["g"], ROWS["ReLU net · softmax"], rtol=5e-3)
    units = [row for row in data(stage_units(BY_RATE, 0.5)) if row["stage"] == "softmax"]
    assert len(units) == 3
    np.testing.assert_allclose([u["m10"] for u in units], BY_RATE[10]["softmax"].average, rtol=5e-3)
    assert {row["stage"] for row in data(stage_units(BY_RATE, 0.5))} == set(STAGES)


@pytest.mark.parametrize("column", ["exact", "variance", "se", "ve"])
def test_what_may_be_tiny_is_said_with_a_power_of_ten(column):
    """Its zeros would run into the next column on a phone."""
    assert re.search(r"< 1e-4 \? format\(datum\.\w+, '\.[01]e'\)", COLUMNS[column][2])
