"""Test the power calculations against SciPy's noncentral t distribution and simulated comparisons."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.power import POWER, detectable, power, seeds_to_confirm, seeds_to_detect


@settings(deadline=None)
@given(st.floats(0.01, 1.2), st.integers(3, 30))
def test_power_is_that_of_the_noncentral_t_distribution(difference, n):
    limit = scipy.stats.t(n - 1).ppf(0.975)
    shifted = scipy.stats.nct(n - 1, difference * np.sqrt(n))
    assert power(difference, 1.0, n) == pytest.approx(shifted.sf(limit) + shifted.cdf(-limit), abs=1e-6)


@pytest.mark.parametrize("n", [5, 10, 20])
def test_the_detectable_difference_is_detected_four_times_in_five(n):
    difference = detectable(2.0, n)
    samples = np.random.default_rng(n).normal(difference, 2.0, (20_000, n))
    found = scipy.stats.ttest_1samp(samples, 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(POWER, abs=0.01)


def test_without_a_spread_or_a_pair_nothing_is_known():
    assert detectable(0.0, 10) is None
    assert detectable(float("nan"), 1) is None


@settings(deadline=None)
@given(st.floats(0.2, 3))
def test_one_seed_fewer_would_not_suffice(difference):
    n = seeds_to_detect(difference, 1.0)
    assert power(difference, 1.0, n) >= POWER
    assert n == 2 or power(difference, 1.0, n - 1) < POWER


def test_intervals_of_equal_means_lie_within_the_margin_four_times_in_five():
    n = seeds_to_confirm(0.3, 0.6)
    samples = np.random.default_rng(0).normal(0, 0.6, (20_000, n))
    half = scipy.stats.t(n - 1).ppf(0.975) * samples.std(axis=1, ddof=1) / np.sqrt(n)
    inside = (np.abs(samples.mean(axis=1)) + half < 0.3).mean()
    assert inside == pytest.approx(POWER, abs=0.03)
