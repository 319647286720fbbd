"""Test the corrections for multiple comparisons against SciPy and Holm's definition, and by simulation."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dropout_core.numerics.multiple import (
    candidates,
    good_enough,
    holm,
    holm_adjusted,
    holm_levels,
    p_values,
    unbiased_gain,
)
from dropout_core.numerics.statistics import interval, paired

MAPS = 2_000


def test_p_values_are_scipy_s():
    d = np.random.default_rng(0).normal(0.5, 1, (4, 6))
    np.testing.assert_allclose(p_values(d), scipy.stats.ttest_1samp(d, 0, axis=1).pvalue)
    assert p_values(np.ones((2, 5))).tolist() == [1, 1]


@given(arrays(float, st.integers(1, 8), elements=st.floats(0, 1)))
def test_holm_rejects_step_by_step_from_the_smallest(p):
    rejected, order = set(), np.argsort(p)
    for i, test in enumerate(order):
        if p[test] > 0.05 / (len(p) - i):
            break
        rejected.add(int(test))
    assert set(np.flatnonzero(holm(p)).tolist()) == rejected


@given(arrays(float, st.integers(1, 8), elements=st.floats(0, 0.1)))
def test_each_level_rejects_exactly_what_holm_rejects(p):
    levels = holm_levels(p)
    assert (p <= levels).tolist() == holm(p).tolist()
    assert np.all((levels >= 0.05 / len(p) - 1e-12) & (levels <= 0.05 + 1e-12))


@pytest.mark.parametrize("seed", range(40))
def test_an_adjusted_interval_excludes_zero_exactly_if_holm_rejects(seed):
    """Single intervals exclude zero more often: some of these pairs must show that."""
    values = np.random.default_rng(seed).normal(np.linspace(0, 1.2, 6)[:, None], 1.0, (6, 10))
    pairs = [paired(row, np.zeros(10)) for row in values]
    adjusted = holm_adjusted(pairs)
    assert [p.sign != 0 for p in adjusted] == holm(p_values(values)).tolist()
    for p, usual in zip(adjusted, pairs, strict=True):
        assert p.low <= usual.low < p.mean < usual.high <= p.high
        assert p.mean - p.low == pytest.approx(p.high - p.mean)


def test_the_least_significant_of_all_significant_differences_keeps_its_usual_interval():
    pairs = [paired(np.arange(5) + shift, np.zeros(5)) for shift in (20.0, 10.0)]
    wide, usual = holm_adjusted(pairs)
    assert usual == pairs[1]
    half = scipy.stats.t(4).ppf(1 - 0.05 / 2 / 2) * np.arange(5).std(ddof=1) / np.sqrt(5)
    assert wide.high - wide.mean == pytest.approx(half)


def test_few_seeds_have_no_interval_to_adjust():
    pairs = [paired([1.0, 2.0], [0.0, 0.5])] * 3
    assert holm_adjusted(pairs) == pairs
    assert holm_adjusted([]) == []


@pytest.mark.parametrize("n", [5, 10])
def test_a_map_of_equal_means_has_a_coloured_cell_in_at_most_six_percent_of_maps(n):
    """Four rows of five rates, with normally distributed values. Each cell is compared with its row's rate 0."""
    values = np.random.default_rng(n).normal(size=(MAPS, 4, 5, n))
    differences = values[:, :, 1:] - values[:, :, :1]
    coloured = holm(p_values(differences).reshape(MAPS, -1)).any(axis=1).mean()
    assert coloured <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 10])
def test_the_best_of_several_is_among_the_candidates(n):
    rng, means, found = np.random.default_rng(n), np.array([0.0, 0.2, 0.3]), 0
    for _ in range(MAPS):
        found += bool(candidates(rng.normal(means, [1, 0.5, 0.8], (n, 3)))[2])
    assert found / MAPS >= 0.95


def test_only_what_is_surely_within_the_margin_is_good_enough():
    values = np.random.default_rng(0).normal([0.0, 0.1, 5.0, 5.0], 0.1, (10, 4))
    assert good_enough(values, 1.0).tolist() == [False, False, True, True]
    assert not good_enough(values, -1e-3).any()


def test_a_gain_is_not_flattered_by_the_choice():
    """If all options are equal, the mean of the best one is biased upwards, but its gain on other seeds is not."""
    rng = np.random.default_rng(0)
    flattered, fair = [], []
    for _ in range(MAPS):
        values = rng.normal(size=(5, 5))
        flattered.append(values.mean(axis=0).max() - values[:, 0].mean())
        fair.append(unbiased_gain(values, 0).mean())
    assert np.mean(flattered) > 0.4
    assert abs(np.mean(fair)) < 0.05


@pytest.mark.slow
def test_gains_from_shared_choices_have_no_valid_t_interval():
    """This is why pages show such a gain without an interval."""
    rng, means = np.random.default_rng(0), [0, 0.5, 0.5, 0.5, 0.5]
    gains = np.array([unbiased_gain(rng.normal(means, 1, (5, 5)), 0) for _ in range(MAPS)])
    ends = np.array([interval(each) for each in gains]) - gains.mean()
    covered = (ends[:, 0] < 0) & (ends[:, 1] > 0)
    assert covered.mean() < 0.92, "the interval would be valid, so pages could show it"


@pytest.mark.parametrize("n", [5, 10, 20, 23, 24])
def test_intervals_cover_the_truth_in_95_percent_of_simulations(n):
    samples = np.random.default_rng(n).normal(1.0, 2.0, (10_000, n))
    half = np.diff([interval(v) for v in samples[:50]], axis=1).ravel() / 2
    by_scipy = scipy.stats.t(n - 1).ppf(0.975) * samples.std(axis=1, ddof=1) / np.sqrt(n)
    np.testing.assert_allclose(half, by_scipy[:50])
    assert (np.abs(samples.mean(axis=1) - 1.0) < by_scipy).mean() == pytest.approx(0.95, abs=0.015)
