"""Verdicts follow from intervals alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import FAILS, HOLDS, PARTLY, UNDECIDED, Finding, all_of, clear


@pytest.mark.parametrize(
    ("p", "higher", "sign"),
    [
        (Paired((1, 2), 1.5, 0.1, 2.9), True, 1),
        (Paired((1, 2), 1.5, 0.1, 2.9), False, -1),
        (Paired((-1, -2), -1.5, -2.9, -0.1), True, -1),
        (Paired((-1, -2), -1.5, -2.9, -0.1), False, 1),
        (Paired((-1, 2), 0.5, -3.0, 4.0), True, 0),
        (Paired((1,), 1.0), True, 0),
        (Paired((1, 1), 1.0, 1.0, 1.0), True, 0),
    ],
)
def test_only_an_interval_that_leaves_zero_out_is_clear(p, higher, sign):
    assert clear(p, higher) == sign


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8))
def test_the_other_way_round_is_the_opposite(values):
    p = paired(values, [0.0] * len(values))
    assert clear(p, True) == -clear(p, False)


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [([1, 1], HOLDS), ([1, 0], UNDECIDED), ([0, 0], UNDECIDED), ([1, -1], FAILS), ([0, -1], FAILS)],
)
def test_a_claim_needs_all_its_comparisons(signs, verdict):
    assert all_of(signs) == verdict


@pytest.mark.parametrize(
    ("verdict", "kind"), [(HOLDS, HOLDS), (FAILS, FAILS), (UNDECIDED, UNDECIDED), ("holds when it rains", PARTLY)]
)
def test_kinds_of_verdicts(verdict, kind):
    assert Finding(verdict, "").kind == kind
