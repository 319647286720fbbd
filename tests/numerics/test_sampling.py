"""Test counts, means, variances and standard errors over k passes against direct computation and simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.masks import RATES, SCHEMES, apply_mask, keep_mask, moments, uniforms
from dropout_core.numerics.sampling import (
    MOST_PASSES,
    kept_counts,
    mean_error,
    measured_mean,
    measured_variance,
    moments_frame,
    pass_counts,
    variance_error,
    z_score,
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
def test_mean_and_variance_from_counts_are_those_of_the_passes(rate, k, scheme, seed):
    u = uniforms((300, 4), seed)
    kept = kept_counts(u, (rate,), np.array([k]))[0, 0]
    mask = keep_mask(u[:k], rate)
    passes = apply_mask(np.broadcast_to(A, mask.shape), mask, rate, scheme)
    np.testing.assert_allclose(measured_mean(A, kept, k, rate, scheme), passes.mean(axis=0), atol=1e-12)
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


def test_the_standard_error_is_the_formula_on_the_page():
    np.testing.assert_allclose(mean_error(A, 400, 0.2), np.abs(A) * np.sqrt(0.2 / 0.8 / 400), rtol=1e-14)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_errors_are_the_spread_over_many_repetitions(rate):
    k, repetitions = 20, 40_000
    kept = np.random.default_rng(3).binomial(k, 1 - rate, (repetitions, 1))
    a = np.full((repetitions, 1), 2.0)
    means, variances = measured_mean(a, kept, k, rate), measured_variance(a, kept, k, rate)
    assert means.std() == pytest.approx(mean_error(a, k, rate)[0, 0], rel=0.03)
    assert variances.std() == pytest.approx(variance_error(a, k, rate)[0, 0], rel=0.03)
    assert variances.mean() == pytest.approx(moments(a, rate)[1][0, 0], rel=0.02)


def test_z_counts_standard_errors_and_is_0_where_nothing_is_random():
    z = z_score(np.array([1.2, 3.0]), np.array([1.0, 3.0]), np.array([0.1, 0.0]))
    np.testing.assert_allclose(z, [2, 0])


def test_the_mean_of_10000_passes_lies_within_the_band():
    kept = kept_counts(uniforms((MOST_PASSES, 4), 0), RATES, pass_counts())
    for i, rate in enumerate(RATES):
        off = measured_mean(A, kept[i, -1], MOST_PASSES, rate) - A
        assert (np.abs(off) <= 4 * mean_error(A, MOST_PASSES, rate) + 1e-12).all()


def test_the_table_has_a_row_per_scheme_and_unit():
    kept = kept_counts(uniforms((MOST_PASSES, 4), 0), (0.5,), np.array([MOST_PASSES]))[0, 0]
    frame = moments_frame(A, kept, MOST_PASSES, 0.5)
    assert len(frame) == len(SCHEMES) * len(A)
    assert (frame["z"].abs() < 4).all()
    inverted = frame[frame["scheme"] == "inverted"]
    np.testing.assert_allclose(inverted["mean, exact"], A)
    np.testing.assert_allclose(inverted["variance, exact"], A**2)
