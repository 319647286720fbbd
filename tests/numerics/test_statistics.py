"""Test that intervals agree with SciPy and have the stated coverage, and that a winner requires an interval."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from dropout_core.numerics.statistics import Estimate, bootstrap, interval, mean_estimate, mean_interval, paired, sign
from dropout_core.numerics.verdicts import Verdict, improves

unhurried = settings(deadline=None)  # tests may be slow on a busy machine
VALUES = st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2), min_size=1, max_size=10)


def test_one_seed_has_a_difference_and_no_interval():
    found = paired([97.0], [96.0])
    assert (found.n, found.mean, found.low, found.high) == (1, 1.0, None, None)
    assert (found.boot_low, found.boot_high, found.effect) == (None, None, None)
    assert improves(found, True) is Verdict.INCONCLUSIVE


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


def test_hedges_correction_is_close_to_the_exact_one():
    def exact(freedom):
        return math.gamma(freedom / 2) / (math.sqrt(freedom / 2) * math.gamma((freedom - 1) / 2))

    for n in range(3, 30):
        d = np.arange(n) + 1.0
        raw = d.mean() / d.std(ddof=1)
        assert paired(d, np.zeros(n)).effect == pytest.approx(raw * exact(n - 1), rel=0.02)


def test_two_differences_say_nothing_of_a_spread():
    assert paired([1.0, 3.0], [0.0, 0.0]).effect is None


# In floating point, 97.1 - 97.0 and 92.1 - 92.0 are not equal.
@pytest.mark.parametrize("dropout", [[2.0, 3.0, 4.0], [97.1, 92.1, 88.1]])
def test_equal_differences_have_an_interval_of_no_width_no_effect_size_and_no_winner(dropout):
    found = paired(dropout, [math.floor(value) - (value == int(value)) for value in dropout])
    assert found.mean > 0
    assert found.low == found.high == found.mean
    assert found.effect is None
    assert improves(found, True) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.1, 2, 1), (-2, -0.1, -1), (-1, 1, 0), (0, 1, 0), (-1, 0, 0), (1, 1, 0), (None, None, 0), (np.nan, np.nan, 0)],
)
def test_an_interval_has_a_sign_where_it_leaves_zero_out_and_has_a_width(low, high, said):
    assert sign(low, high) == said


def test_an_estimate_has_a_sign_where_its_interval_excludes_zero():
    assert [Estimate(1, 0.5, 2).sign, Estimate(-1, -2, -0.5).sign, Estimate(1, -0.5, 2).sign] == [1, -1, 0]


def test_a_mean_is_estimated_with_its_t_interval():
    values = [1.0, 2.5, 3.0, 4.2]
    assert mean_estimate(values) == Estimate(np.mean(values), *interval(values))


def test_arms_that_are_the_same_differ_by_nothing():
    found = paired([0.5, 0.7], [0.5, 0.7])
    assert (found.low, found.high, found.boot_low, found.boot_high, found.effect) == (0, 0, 0, 0, None)
    assert improves(found, False) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("shift", "higher", "expected"),
    [
        (1, True, Verdict.HOLDS),
        (-1, True, Verdict.DOES_NOT_HOLD),
        (1, False, Verdict.DOES_NOT_HOLD),
        (-1, False, Verdict.HOLDS),
    ],
)
def test_the_verdict_knows_which_way_is_better(shift, higher, expected):
    noise = np.array([0.1, -0.1, 0.05, 0.0])
    assert improves(paired(noise + shift, np.zeros(4)), higher) is expected


@unhurried
@given(VALUES, st.booleans())
def test_there_is_no_winner_unless_the_interval_leaves_zero_out(pairs, higher):
    found = paired(*zip(*pairs, strict=True))
    verdict = improves(found, higher)
    assert verdict in (Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.INCONCLUSIVE)
    if verdict is not Verdict.INCONCLUSIVE:
        assert found.n == len(pairs) > 1
        assert found.low > 0 or found.high < 0
        assert (verdict is Verdict.HOLDS) == ((found.low > 0) == higher)


@unhurried
@given(VALUES)
def test_swapping_the_arms_mirrors_everything(pairs):
    a, b = zip(*pairs, strict=True)
    one, other = paired(a, b), paired(b, a)
    assert one.mean == -other.mean
    if one.low is not None:
        assert one.low == pytest.approx(-other.high)


@unhurried
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10))
def test_the_bootstrap_interval_lies_within_the_values(values):
    low, high = bootstrap(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap(values) == (low, high)


def test_the_bootstrap_of_two_values_spans_them():
    """A resample contains only the lower value with probability 1/4, and only the higher value with probability 1/4.

    The middle 95 % of the means therefore reach from one value to the other.
    """
    assert bootstrap([1.0, 3.0]) == (1, 3)


def test_the_bootstrap_is_scipy_s_percentile_method():
    values = np.array([0.2, 0.9, -0.3, 1.4, 0.5])
    theirs = scipy.stats.bootstrap((values,), np.mean, method="percentile", n_resamples=10_000, rng=1)
    low, high = theirs.confidence_interval
    assert bootstrap(values) == (pytest.approx(low, abs=0.04), pytest.approx(high, abs=0.04))


def test_the_bootstrap_agrees_with_the_t_interval_where_there_are_many_values():
    values = np.random.default_rng(0).normal(3, 1, 400)
    assert bootstrap(values) == pytest.approx(interval(values), abs=0.02)


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_the_interval_covers_the_truth_about_95_times_in_100(n):
    """The coverage is estimated from 10,000 seeded samples, so its standard error is 0.002."""
    samples = np.random.default_rng(n).normal(2, 3, (10_000, n))
    table = pd.DataFrame({"sample": np.repeat(np.arange(10_000), n), "value": samples.ravel()})
    found = mean_interval(table, "value", ["sample"])
    covered = ((found["low"] <= 2) & (found["high"] >= 2)).mean()
    assert covered == pytest.approx(0.95, abs=0.01)


def test_without_a_difference_a_winner_is_named_about_5_times_in_100():
    rng = np.random.default_rng(2)
    named = [improves(paired(*rng.normal(90, 1, (2, 5))), True) is not Verdict.INCONCLUSIVE for _ in range(500)]
    assert np.mean(named) == pytest.approx(0.05, abs=0.04)


def test_means_and_intervals_of_every_arm_and_step_at_once():
    rows = [("a", 1, 2.0), ("a", 1, 4.0), ("a", 1, 9.0), ("a", 2, 7.0), ("b", 1, 5.0), ("b", 1, 6.0)]
    table = pd.DataFrame(rows, columns=["arm", "step", "loss"])
    found = mean_interval(table, "loss").set_index(["arm", "step"])
    assert found["n"].to_dict() == {("a", 1): 3, ("a", 2): 1, ("b", 1): 2}
    assert found["mean"].to_dict() == {("a", 1): 5.0, ("a", 2): 7.0, ("b", 1): 5.5}
    for group, values in {("a", 1): [2, 4, 9], ("b", 1): [5, 6]}.items():
        assert tuple(found.loc[group, ["low", "high"]]) == pytest.approx(interval(values))
    assert found.loc[("a", 2), ["low", "high"]].isna().all()


def test_missing_values_do_not_count_and_groups_without_any_are_left_out():
    table = pd.DataFrame({"arm": ["a", "a", "b"], "step": [1, 1, 1], "loss": [3.0, np.nan, np.nan]})
    (row,) = mean_interval(table, "loss").to_dict("records")
    assert (row["arm"], row["mean"], row["n"]) == ("a", 3.0, 1)
    assert mean_interval(table.iloc[:0], "loss").empty


@pytest.mark.parametrize("pair", [([], []), ([1.0], [1.0, 2.0])])
def test_what_is_no_pair_is_refused(pair):
    with pytest.raises(ValueError, match="no pairs"):
        paired(*pair)
