"""Check that all charts of the scaling page are valid Vega-Lite, small and reproducible."""

import json

import pytest

from dropout_core.charts.vega import rate_param, rate_slider, reported
from dropout_core.topics.scaling.charts_enumeration import gaps
from dropout_core.topics.scaling.charts_running_mean import running_mean
from dropout_core.topics.scaling.charts_schemes import schemes
from dropout_core.topics.scaling.charts_sums import sums
from dropout_core.ui.layout import extract_datasets
from tests.topics.scaling.specs import KEPT, ROWS, A, U, marks
from tests.vega import assert_valid

CHARTS = {
    "sums": lambda: sums(A, U[:200], reported("rate", "p", 0.5, rate_slider()), 3),
    "sums of all passes": lambda: sums(A, U[:200], rate_param(0.5, "sums"), 200, step=False),
    "schemes": lambda: schemes(0.5),
    "running": lambda: running_mean(KEPT, 0.5),
    "gaps": lambda: gaps(ROWS, {row: [values] * 12 for row, values in ROWS.items()}, 0.5),
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
    assert len(names) == len(set(names)) == 6


def _params(node: object) -> list[dict]:
    if isinstance(node, dict):
        return [*node.get("params", ()), *(p for child in node.values() for p in _params(child))]
    return [p for child in node for p in _params(child)] if isinstance(node, list) else []
