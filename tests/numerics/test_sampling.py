"""Test counts, their exact range, variances and standard errors over k passes against computation and simulation."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.masks import RATES, SCHEMES, apply_mask, keep_mask, moments, uniforms
from dropout_core.numerics.sampling import (
    MOST_PASSES,
    kept_counts,
    kept_range,
    measured_variance,
    pass_counts,
    variance_error,
)

A = np.array([1.0, -0.5, 2.0, 0.25])


def test_rates_and_passes_cover_what_the_controls_offer():
    assert RATES[0] == 0
    assert RATES[-1] == 0.95
    assert len(RATES) == 20
    counts = pass_counts()
    assert (counts[0], counts[-1]) == (1, MOST_PASSES)
    assert (np.diff(counts) >= 0).all()


@settings(deadline=None)
@given(rate=st.sampled_from(RATES), k=st.integers(2, 300), scheme=st.sampled_from(SCHEMES), seed=st.integers(0, 99))
def test_the_variance_from_counts_is_that_of_the_passes(rate, k, scheme, seed):
    u = uniforms((300, 4), seed)
    kept = kept_counts(u, (rate,), np.array([k]))[0, 0]
    mask = keep_mask(u[:k], rate)
    passes = apply_mask(np.broadcast_to(A, mask.shape), mask, rate, scheme)
    np.testing.assert_allclose(measured_variance(A, kept, k, rate, scheme), passes.var(axis=0, ddof=1), atol=1e-10)


@pytest.mark.parametrize("count", [0, 11])
def test_counts_outside_the_passes_drawn_are_refused(count):
    with pytest.raises(ValueError, match="passes drawn"):
        kept_counts(uniforms((10, 2), 0), (0.5,), np.array([count]))


def test_one_pass_has_no_variance():
    with pytest.raises(ValueError, match="two passes"):
        measured_variance(A, np.array([1, 0, 1, 0]), 1, 0.5)
    with pytest.raises(ValueError, match="two passes"):
        variance_error(A, 1, 0.5)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_the_error_of_the_variance_is_its_spread_over_many_repetitions(rate):
    k, repetitions = 20, 40_000
    kept = np.random.default_rng(3).binomial(k, 1 - rate, (repetitions, 1))
    a = np.full((repetitions, 1), 2.0)
    variances = measured_variance(a, kept, k, rate)
    assert variances.std() == pytest.approx(variance_error(a, k, rate)[0, 0], rel=0.03)
    assert variances.mean() == pytest.approx(moments(a, rate)[1][0, 0], rel=0.02)


@pytest.mark.parametrize("rate", RATES)
def test_the_range_of_counts_is_the_binomial_one(rate):
    """The quantiles are the smallest counts whose cumulative probability reaches 2.5 and 97.5 %."""
    counts = np.array([1, 2, 3, 10, 40])
    for n, low, high in zip(counts, *kept_range(counts, rate), strict=True):
        below = np.cumsum([comb(n, k) * (1 - rate) ** k * rate ** (n - k) for k in range(n + 1)])
        assert [low, high] == [int(np.argmax(below >= share - 1e-12)) for share in (0.025, 0.975)]


def test_most_series_of_passes_stay_within_the_range():
    kept = kept_counts(uniforms((MOST_PASSES, 100), 0), (0.5, 0.95), pass_counts())
    for counts, rate in zip(kept, (0.5, 0.95), strict=True):
        low, high = kept_range(pass_counts(), rate)
        inside = (low[:, None] <= counts) & (counts <= high[:, None])
        assert inside.mean() > 0.94
        assert (low >= 0).all()
        assert (high <= pass_counts()).all()
