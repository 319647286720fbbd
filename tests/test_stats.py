"""Intervals and verdicts: exact against scipy, honest in the long run, and never a winner without an interval."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from dropout_core.stats import AHEAD, CANNOT_TELL, VERDICTS, bootstrap, interval, paired, verdict

VALUES = st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2), min_size=1, max_size=10)


def test_one_seed_has_a_difference_and_no_interval():
    found = paired([97.0], [96.0])
    assert (found.mean, found.low, found.high, found.boot_low, found.effect) == (1.0, None, None, None, None)
    assert verdict(found, True) == CANNOT_TELL


def test_the_t_interval_is_scipy_s():
    a, b = [1.0, 2.5, 3.0, 4.2], [0.5, 2.0, 3.5, 3.0]
    found = paired(a, b)
    low, high = ttest_rel(a, b).confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_two_differences_by_hand():
    found = paired([1.0, 3.0], [0.0, 0.0])
    half = 12.706204736 * math.sqrt(2) / math.sqrt(2)
    assert (found.mean, found.low, found.high) == (2, pytest.approx(2 - half), pytest.approx(2 + half))


def test_hedges_g_by_hand():
    found = paired([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    assert found.effect == pytest.approx(2 / 1 * (1 - 3 / 7))


def test_equal_differences_have_an_interval_of_no_width_and_no_effect_size():
    found = paired([2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    assert (found.low, found.high, found.effect) == (1, 1, None)
    assert verdict(found, True) == AHEAD[True]


@pytest.mark.parametrize(
    ("shift", "higher", "expected"),
    [(1, True, AHEAD[True]), (-1, True, AHEAD[False]), (1, False, AHEAD[False]), (-1, False, AHEAD[True])],
)
def test_the_verdict_knows_which_way_is_better(shift, higher, expected):
    noise = np.array([0.1, -0.1, 0.05, 0.0])
    assert verdict(paired(noise + shift, np.zeros(4)), higher) == expected


@given(VALUES, st.booleans())
def test_there_is_no_winner_unless_the_interval_leaves_zero_out(pairs, higher):
    found = paired(*zip(*pairs, strict=True))
    said = verdict(found, higher)
    assert said in VERDICTS
    if said != CANNOT_TELL:
        assert len(pairs) > 1
        assert found.low > 0 or found.high < 0


@given(VALUES)
def test_swapping_the_arms_mirrors_everything(pairs):
    a, b = zip(*pairs, strict=True)
    one, other = paired(a, b), paired(b, a)
    assert one.mean == -other.mean
    if one.low is not None:
        assert one.low == pytest.approx(-other.high)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10))
def test_the_bootstrap_interval_lies_within_the_values(values):
    low, high = bootstrap(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap(values) == (low, high)


def test_the_bootstrap_agrees_with_the_t_interval_where_there_are_many_values():
    values = np.random.default_rng(0).normal(3, 1, 400)
    assert bootstrap(values) == pytest.approx(interval(values), abs=0.02)


def test_the_interval_covers_the_truth_about_95_times_in_100():
    samples = np.random.default_rng(1).normal(2, 3, (2000, 5))
    covered = np.mean([low <= 2 <= high for low, high in map(interval, samples)])
    assert covered == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("pair", [([], []), ([1.0], [1.0, 2.0])])
def test_what_is_no_pair_is_refused(pair):
    with pytest.raises(ValueError, match="no pairs"):
        paired(*pair)
