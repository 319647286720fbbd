"""The diagrams' specifications: what a browser would trip over, checked without one."""

import json
import subprocess
import sys

import pytest

from dropout_core.charts import network_tables
from dropout_core.charts.network_diagram import FIELDS, START, network_diagram, starting_at
from dropout_core.topics.masks.charts import masks_chart

SIZES = (4, 6, 6, 3)


@pytest.fixture(scope="module")
def spec():
    return masks_chart(network_tables.tables(SIZES, 7))


def nodes(value):
    """Every dict inside a specification."""
    if isinstance(value, dict):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


def test_every_layer_is_placed_in_pixels_without_an_axis(spec):
    for layer in spec["layer"]:
        for channel in ("x", "y"):
            assert layer["encoding"][channel]["axis"] is None
            assert layer["encoding"][channel]["scale"] is None


def test_each_table_is_sent_once(spec):
    sent = [node["name"] for node in nodes(spec) if "values" in node and "name" in node]
    assert sorted(sent) == ["distribution", "edges", "facts", "neurons", "passes"]
    assert len(json.dumps(spec)) < 70_000


def test_streamlit_finds_the_controls(spec):
    assert [p["name"] for p in spec["params"] if "select" in p] == [*reversed(FIELDS)]


def test_a_start_changes_only_the_controls(spec):
    before = json.dumps(spec)
    start = {"rate": 0.25, "pass": 9, "mode": "inference"}
    started = starting_at(spec, start)
    values = {p["name"]: p["value"][0][FIELDS[p["name"]]] for p in started["params"] if p["name"] in FIELDS}
    assert values == start
    assert json.dumps(spec) == before
    assert json.dumps(starting_at(started, START)) == before


def test_controls_that_are_not_offered_are_fixed():
    u = network_tables.coins(SIZES, 0)
    spec = network_diagram(network_tables.neurons(SIZES, u), network_tables.edges(SIZES), 300, offered=("pass",))
    params = {p["name"]: p for p in spec["params"]}
    assert params["rate_p"] == {"name": "rate_p", "value": START["rate"]}
    assert params["mode_m"] == {"name": "mode_m", "value": START["mode"]}
    assert "bind" in params["pass"]


def test_the_diagrams_need_no_torch():
    code = "import sys, dropout_core.charts.network_tables, dropout_core.topics.masks.charts; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
