"""Check that all charts of the scaling page are valid Vega-Lite, small, and the same every time."""

import json

import pytest

from dropout_core.topics.scaling.charts_enumeration import gaps, stage_units
from dropout_core.topics.scaling.charts_one_pass import pass_strips, scheme_means
from dropout_core.topics.scaling.charts_running_mean import moments_table, running_means
from dropout_core.ui.layout import extract_datasets
from tests.topics.scaling.specs import BY_RATE, KEPT, ROWS, A, U, marks
from tests.vega import assert_valid

CHARTS = {
    "strips": lambda: pass_strips(A, U[:100], 0.5, 3),
    "schemes": lambda: scheme_means(0.5),
    "running": lambda: running_means(A, KEPT, 0.5),
    "moments": lambda: moments_table(A, KEPT, 0.5),
    "gaps": lambda: gaps(ROWS, {row: [values] * 12 for row, values in ROWS.items()}, 0.5),
    "units": lambda: stage_units(BY_RATE, 0.5),
}
every_chart = pytest.mark.parametrize("name", CHARTS)


@every_chart
def test_it_is_valid_vega_lite(name):
    assert_valid(CHARTS[name]())


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


def test_every_slider_of_the_page_has_a_name_of_its_own():
    binds = [p["bind"] for chart in CHARTS.values() for p in _params(chart()) if "bind" in p]
    names = [b["name"] if "name" in b else next(iter(b.values()))["name"] for b in binds]
    assert len(names) == len(set(names)) == 11


def _params(node: object) -> list[dict]:
    if isinstance(node, dict):
        return [*node.get("params", ()), *(p for child in node.values() for p in _params(child))]
    return [p for child in node for p in _params(child)] if isinstance(node, list) else []
