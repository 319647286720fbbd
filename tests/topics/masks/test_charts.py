"""Check the masks chart's specification for errors that would otherwise appear only in a browser."""

import json

import pytest

from dropout_core.charts import network_tables
from dropout_core.charts.network_diagram import FIELDS
from dropout_core.topics.masks.charts import masks_chart


@pytest.fixture(scope="module")
def spec():
    return masks_chart(network_tables.tables((4, 6, 6, 3), 7))


def nodes(value):
    """Yield every dict inside a specification."""
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
