"""Charts that report: their tables travel beside the specification, and say the same."""

import json
from copy import deepcopy

import pyarrow as pa
import pytest

from dropout_core.layout_ui import data_apart

ROWS = [{"k": k, "share": k / 7, "name": f"n{k}"} for k in range(40)]
SPEC = {
    "layer": [
        {"data": {"values": ROWS}, "mark": "bar"},
        {"data": {"values": ROWS}, "mark": "text"},
        {"data": {"values": [{"x": 1}]}, "mark": "rule", "encoding": {"x": {"axis": {"values": [0, 1]}}}},
    ]
}


def test_a_table_goes_once_in_arrow_and_comes_back_as_it_was():
    given = deepcopy(SPEC)
    found = data_apart(given)
    first, second, small = found["layer"]
    assert first["data"] == second["data"] == {"name": next(iter(found["datasets"]))}
    (data,) = found["datasets"].values()
    assert pa.ipc.open_stream(data).read_all().to_pylist() == ROWS
    assert small == SPEC["layer"][2], "what is small, and what is no table, stays"
    assert given == SPEC, "what the page keeps is as it was"


def test_a_table_with_a_name_keeps_it_for_the_layers_that_use_it():
    spec = {"layer": [{"data": {"values": ROWS, "name": "rows"}}, {"data": {"name": "rows"}}]}
    found = data_apart(spec)
    assert found["layer"][0]["data"] == found["layer"][1]["data"] == {"name": "rows"}
    assert list(found["datasets"]) == ["rows"]


@pytest.mark.parametrize("cell", [[1, 2], {"a": 1}])
def test_a_table_whose_cells_hold_more_than_one_value_stays_in_the_chart(cell):
    given = {"data": {"values": [{**row, "more": cell} for row in ROWS]}}
    assert data_apart(given) == given
    json.dumps(data_apart(given))
