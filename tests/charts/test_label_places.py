"""Test that labels beside lines do not overlap, keep their order, and stay near their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.charts.label_places import apart

VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=6)


@given(VALUES, st.floats(0, 5))
def test_labels_are_kept_apart_in_their_order_and_above_the_lowest_place(values, least):
    places = apart(values, least, min(values))
    assert min(places) >= min(values)
    ordered = [places[i] for i in sorted(range(len(values)), key=values.__getitem__)]
    assert all(b - a >= least - 1e-9 for a, b in zip(ordered, ordered[1:], strict=False))


@given(VALUES, st.floats(0, 5))
def test_labels_move_up_as_far_as_down(values, least):
    assert sum(apart(values, least)) == pytest.approx(sum(values), abs=1e-9)


def test_only_labels_that_are_too_close_move():
    assert apart([0.0, 0.2, 5.0], 1) == pytest.approx([-0.4, 0.6, 5.0])
    assert apart([0.0, 0.9, 0.3], 1) == pytest.approx([-0.6, 1.4, 0.4])
    assert apart([0.0, 0.2, 5.0], 1, lowest=0) == pytest.approx([0.0, 1.0, 5.0])
