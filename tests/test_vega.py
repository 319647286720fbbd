"""Test that the schema check finds errors in charts, but ignores rows of data, which may contain anything."""

import jsonschema
import pytest

from tests.vega import assert_valid

LAYER = {"mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


def chart(layer):
    return {"data": {"values": [{"a": i, "type": None} for i in range(9)]}, "layer": [LAYER, layer]}


def test_a_valid_chart_passes():
    assert_valid(chart(LAYER))


@pytest.mark.parametrize("fault", [{"mark": "dot"}, {"encoding": {"x": {"field": "a", "typ": "quantitative"}}}])
def test_a_fault_in_any_layer_is_found(fault):
    with pytest.raises(jsonschema.ValidationError):
        assert_valid(chart(LAYER | fault))
