"""Test the distributions against SciPy's, over the arguments that the app uses and beyond."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats

from dropout_core.numerics import distributions

FREEDOM = (1, 2, 3, 4, 5, 9, 19, 57, 120, 1_000, 100_000)
SHARES = (1e-4, 0.025, 0.1, 0.4, 0.6, 0.8, 0.975, 0.99375, 0.999, 0.9999)
VALUES = (-50.0, -5.0, -2.0, -0.5, -1e-8, 0.0, 0.3, 1.0, 3.0, 12.0, 40.0)


@pytest.mark.parametrize("freedom", FREEDOM)
def test_students_t(freedom):
    ours = [distributions.t_cdf(freedom, t) for t in VALUES]
    np.testing.assert_allclose(ours, scipy.special.stdtr(freedom, VALUES), rtol=1e-8, atol=1e-300)
    np.testing.assert_array_equal(distributions.t_cdfs(freedom, np.array(VALUES)), ours)
    ours = [distributions.t_quantile(freedom, p) for p in SHARES]
    np.testing.assert_allclose(ours, scipy.special.stdtrit(freedom, SHARES), rtol=1e-9)
    assert distributions.t_quantile(freedom, 0.5) == pytest.approx(0, abs=1e-12)
    ours = [distributions.t_density(freedom, t) for t in VALUES]
    np.testing.assert_allclose(ours, scipy.stats.t(freedom).pdf(VALUES), rtol=1e-9, atol=1e-300)


def test_the_ends_of_students_t():
    ends = distributions.t_cdfs(4, np.array([[-np.inf, np.inf]]))
    assert ends.tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("freedom", FREEDOM)
@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0, 2.8, 4.0, 7.0])
def test_the_noncentral_t(freedom, shift):
    limits = [side * distributions.t_quantile(freedom, p) for p in (0.975, 0.99375, 0.999) for side in (-1, 1)]
    ours = [distributions.noncentral_t_cdf(freedom, shift, t) for t in limits]
    theirs = scipy.special.nctdtr(freedom, shift, limits)  # NaN for some probabilities that round to 0
    np.testing.assert_allclose(ours, np.nan_to_num(theirs), atol=1e-8)


@pytest.mark.parametrize("shift", [40.0, 1e4, math.inf])
def test_a_large_shift_leaves_no_chance_to_stay_below(shift):
    assert distributions.noncentral_t_cdf(9, shift, 2.26) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("a", [0.5, 1, 2, 5, 50, 500, 9_000])
@pytest.mark.parametrize("b", [1, 3, 40, 1_000])
def test_the_beta_distribution(a, b):
    x = np.array([0.0, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1.0])
    ours = [distributions.beta_cdf(a, b, each) for each in x.tolist()]
    np.testing.assert_allclose(ours, scipy.special.betainc(a, b, x), rtol=1e-9, atol=1e-14)
    ours = [distributions.beta_quantile(a, b, p) for p in SHARES]
    np.testing.assert_allclose(ours, scipy.special.betaincinv(a, b, SHARES), rtol=1e-9)


@pytest.mark.parametrize("p", [0.05, 0.1, 0.3, 0.5, 0.55, 0.9, 0.95])
@pytest.mark.parametrize("share", [0.025, 0.3, 0.975])
def test_binomial_quantiles(p, share):
    n = np.unique(np.rint(10.0 ** np.arange(0, 4.01, 1 / 16)).astype(int))
    ours = distributions.binomial_quantile(share, n, p)
    rounding = 1e-12
    assert np.all(scipy.special.bdtr(ours, n, p) >= share - rounding)
    assert np.all((ours == 0) | (scipy.special.bdtr(ours - 1, n, p) < share + rounding))


def test_normal_quantiles():
    p = np.random.default_rng(0).random((4, 500))
    np.testing.assert_allclose(distributions.normal_quantiles(p), scipy.special.ndtri(p), rtol=1e-12, atol=1e-15)
    assert distributions.normal_quantiles(np.array([0.0, 1.0])).tolist() == [-np.inf, np.inf]
    assert distributions.normal_quantile(0.975) == pytest.approx(scipy.special.ndtri(0.975))
