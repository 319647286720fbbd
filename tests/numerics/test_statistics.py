"""Test that intervals agree with SciPy and have the stated coverage, and that a winner requires an interval."""

import math

import numpy as np
import pandas as pd
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from dropout_core.numerics.statistics import (
    FEWEST,
    Estimate,
    interval,
    jackknife,
    mean_estimate,
    mean_interval,
    paired,
    proportion,
    sign,
)
from dropout_core.numerics.verdicts import Verdict, improves

unhurried = settings(deadline=None)  # tests may be slow on a busy machine
VALUES = st.lists(st.tuples(*[st.floats(-1e3, 1e3)] * 2), min_size=1, max_size=10)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_fewer_than_five_seeds_have_a_difference_and_neither_interval_nor_verdict(n):
    found = paired([97.0] * n, [96.0 + i / 100 for i in range(n)])
    assert (found.n, found.mean) == (n, pytest.approx(1 - (n - 1) / 200))
    assert (found.low, found.high, found.effect, found.sign) == (None, None, None, 0)
    assert improves(found, True) is Verdict.TOO_FEW_SEEDS
    assert np.isnan(interval([97.0] * n)).all()
    with pytest.raises(ValueError, match=f"an interval needs at least .* got {n}"):
        _ = found.estimate


def test_the_t_interval_is_scipy_s():
    a, b = [1.0, 2.5, 3.0, 4.2, 1.1], [0.5, 2.0, 3.5, 3.0, 0.1]
    found = paired(a, b)
    low, high = ttest_rel(a, b).confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_hedges_g_by_hand():
    found = paired([1.0, 2.0, 3.0, 4.0, 5.0], [0.0] * 5)
    assert found.effect == pytest.approx(3 / math.sqrt(2.5) * (1 - 3 / 15))


def test_hedges_correction_is_close_to_the_exact_one():
    def exact(freedom):
        return math.gamma(freedom / 2) / (math.sqrt(freedom / 2) * math.gamma((freedom - 1) / 2))

    for n in range(5, 30):
        d = np.arange(n) + 1.0
        raw = d.mean() / d.std(ddof=1)
        assert paired(d, np.zeros(n)).effect == pytest.approx(raw * exact(n - 1), rel=0.02)


# In floating point, 97.1 - 97.0 and 92.1 - 92.0 are not equal.
@pytest.mark.parametrize("dropout", [[2.0, 3.0, 4.0, 5.0, 6.0], [97.1, 92.1, 88.1, 85.1, 84.1]])
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
    values = [1.0, 2.5, 3.0, 4.2, 2.0]
    assert mean_estimate(values) == Estimate(np.mean(values), *interval(values))


def test_arms_that_are_the_same_differ_by_nothing():
    found = paired([0.5, 0.7] * 3, [0.5, 0.7] * 3)
    assert (found.low, found.high, found.effect) == (0, 0, None)
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
    noise = np.array([0.1, -0.1, 0.05, 0.0, 0.02])
    assert improves(paired(noise + shift, np.zeros(5)), higher) is expected


@unhurried
@given(VALUES, st.booleans())
def test_there_is_no_winner_unless_the_interval_leaves_zero_out(pairs, higher):
    found = paired(*zip(*pairs, strict=True))
    verdict = improves(found, higher)
    if verdict is not Verdict.INCONCLUSIVE:
        assert (found.n < FEWEST) == (verdict is Verdict.TOO_FEW_SEEDS)
    if verdict in (Verdict.HOLDS, Verdict.DOES_NOT_HOLD):
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


LIMITS = {"accuracy": 100, "share": 1, "loss": 1e3, "activation": 1e3}  # the largest values tried


@unhurried
@given(st.sampled_from([*LIMITS]), st.data())
def test_an_interval_of_a_bounded_quantity_contains_the_mean_and_stays_possible(quantity, data):
    top = LIMITS[quantity]
    edge = st.sampled_from([0.0, float(top)])
    values = data.draw(st.lists(st.floats(0, top) | edge, min_size=FEWEST, max_size=12))
    low, high = interval(values, quantity)
    assert 0 <= low <= np.mean(values) <= high
    assert high <= {"accuracy": 100, "share": 1}.get(quantity, np.inf)
    if np.ptp(values) > 1e-6 * top:
        assert low < np.mean(values) < high


@pytest.mark.parametrize(("quantity", "value"), [("accuracy", 100.0), ("accuracy", 0.0), ("loss", 0.0), ("loss", 0.3)])
def test_values_that_are_all_equal_have_an_interval_of_no_width(quantity, value):
    assert interval([value] * 5, quantity) == (value, value)


def test_a_table_s_intervals_know_the_bounds_of_its_columns():
    table = pd.DataFrame({"arm": "a", "full_val_accuracy": [99.9, 100, 100, 100, 100], "val_loss": [0.01, 0, 0, 0, 0]})
    for column in ("full_val_accuracy", "val_loss"):
        (row,) = mean_interval(table, column, ["arm"]).to_dict("records")
        assert (row["low"], row["high"]) == pytest.approx(interval(table[column].to_numpy(), column))
        assert 0 < row["low"] < row["mean"] < row["high"] < 100


def test_far_from_the_bounds_the_interval_is_student_s():
    values = [96.1, 96.3, 96.2, 96.4, 96.0]
    assert interval(values, "accuracy") == pytest.approx(interval(values), abs=0.01)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (985, 1000)])
def test_a_proportion_has_scipy_s_exact_interval(k, n):
    theirs = scipy.stats.binomtest(k, n).proportion_ci(0.95, "exact")
    found = proportion(k, n)
    assert (found.value, found.low, found.high) == pytest.approx((k / n, theirs.low, theirs.high))


@pytest.mark.parametrize(
    ("quantity", "draw", "truth"),
    [
        ("accuracy", lambda rng, shape: 100 * rng.beta(396, 4, shape), 99),
        ("accuracy", lambda rng, shape: rng.binomial(1000, 0.98, shape) / 10, 98),
        ("loss", lambda rng, shape: rng.gamma(9, 0.01, shape), 0.09),
    ],
)
def test_bounded_intervals_cover_the_truth_near_the_bounds(quantity, draw, truth):
    assert coverage(quantity, draw, truth) == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(
    ("quantity", "draw", "truth"),
    [
        ("accuracy", lambda rng, shape: 100 * rng.beta(99, 1, shape), 99),
        ("loss", lambda rng, shape: rng.exponential(0.09, shape), 0.09),
    ],
)
def test_at_strong_skew_bounded_intervals_cover_the_truth_as_docs_methods_says_and_better_than_plain_ones(
    quantity, draw, truth
):
    assert coverage(quantity, draw, truth) == pytest.approx(0.932, abs=0.006)
    assert coverage("value", draw, truth) < 0.9


def coverage(quantity, draw, truth):
    """Return the share of 10,000 intervals of five values each that contain the truth."""
    samples = draw(np.random.default_rng(1), (10_000, 5))
    table = pd.DataFrame({"sample": np.repeat(np.arange(10_000), 5), quantity: samples.ravel()})
    found = mean_interval(table, quantity, ["sample"])
    return ((found["low"] <= truth) & (found["high"] >= truth)).mean()


@pytest.mark.parametrize("n", [5, 10])
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
    values = {("a", 1): [2.0, 4.0, 9.0, 5.0, 5.0], ("a", 2): [7.0], ("b", 1): [5.0, 6.0, 7.0, 8.0, 9.0, 4.0]}
    rows = [(*group, value) for group, of_group in values.items() for value in of_group]
    table = pd.DataFrame(rows, columns=["arm", "step", "loss"])
    found = mean_interval(table, "loss").set_index(["arm", "step"])
    assert found["n"].to_dict() == {("a", 1): 5, ("a", 2): 1, ("b", 1): 6}
    assert found["mean"].to_dict() == {("a", 1): 5.0, ("a", 2): 7.0, ("b", 1): 6.5}
    for group in (("a", 1), ("b", 1)):
        assert tuple(found.loc[group, ["low", "high"]]) == pytest.approx(interval(values[group], "loss"))
    assert found.loc[("a", 2), ["low", "high"]].isna().all()


def test_missing_values_do_not_count_and_groups_without_any_are_left_out():
    table = pd.DataFrame({"arm": ["a", "a", "b"], "step": [1, 1, 1], "loss": [3.0, np.nan, np.nan]})
    (row,) = mean_interval(table, "loss").to_dict("records")
    assert (row["arm"], row["mean"], row["n"]) == ("a", 3.0, 1)
    assert mean_interval(table.iloc[:0], "loss").empty


@pytest.mark.parametrize("pair", [([], []), ([1.0], [1.0, 2.0])])
def test_what_is_no_pair_is_refused(pair):
    with pytest.raises(ValueError, match="cannot be paired"):
        paired(*pair)


def test_the_jackknife_of_a_mean_is_its_t_interval():
    values = np.random.default_rng(0).normal(3, 1, 10)
    found = jackknife(values.mean(), [np.delete(values, i).mean() for i in range(10)])
    assert (found.low, found.high) == pytest.approx(interval(values))


def test_the_jackknife_covers_the_mutual_information_of_ten_nets():
    """Simulate 600 ensembles of ten nets, whose answers differ at random, and compare their intervals with the mean."""
    rng = np.random.default_rng(1)
    levels = rng.dirichlet(np.full(3, 1.0), 30)  # the nets' usual answers to 30 images
    answers = rng.normal(np.log(levels), 0.7, (600, 10, 30, 3))
    p = scipy.special.softmax(answers, axis=-1)

    def information(members):
        within = scipy.stats.entropy(members, axis=-1).mean(-2)
        return (scipy.stats.entropy(members.mean(-3), axis=-1) - within).mean(-1)

    truth = information(p).mean()
    without = np.stack([information(np.delete(p, i, axis=1)) for i in range(10)], axis=1)
    found = [jackknife(value, rest, "entropy") for value, rest in zip(information(p), without, strict=True)]
    covered = np.mean([each.low <= truth <= each.high for each in found])
    assert 0.925 < covered < 0.99
