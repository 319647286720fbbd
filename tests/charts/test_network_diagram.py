"""Test the controls of the network diagram, including their initial values and diagrams that offer only some."""

import json

import pytest

from dropout_core.charts import network_tables
from dropout_core.charts.network_diagram import FIELDS, START, network_diagram, starting_at

SIZES = (4, 6, 6, 3)


def diagram(**options):
    u = network_tables.draws(SIZES, 0)
    return network_diagram(network_tables.neurons(SIZES, u), network_tables.edges(SIZES), 300, **options)


@pytest.fixture(scope="module")
def spec():
    return diagram()


def test_a_start_changes_only_the_controls(spec):
    before = json.dumps(spec)
    start = {"rate": 0.25, "pass": 9, "mode": "inference"}
    started = starting_at(spec, start)
    values = {p["name"]: p["value"][0][FIELDS[p["name"]]] for p in started["params"] if p["name"] in FIELDS}
    assert values == start
    assert json.dumps(spec) == before
    assert json.dumps(starting_at(started, START)) == before


def test_controls_that_are_not_offered_are_fixed():
    params = {p["name"]: p for p in diagram(offered=("pass",))["params"]}
    assert params["rate_p"] == {"name": "rate_p", "value": START["rate"]}
    assert params["mode_m"] == {"name": "mode_m", "value": START["mode"]}
    assert "bind" in params["pass"]
