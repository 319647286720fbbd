"""Student's t, the normal, the beta and the binomial distribution, in numpy alone.

SciPy has all of them, but takes 120 MB, which an installation without training does without. tests/numerics/
test_distributions.py compares every function with SciPy's.
"""

from functools import lru_cache
from math import erf, exp, inf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

_NORMAL = NormalDist()
_SMALL = 1e-300  # replaces a zero denominator in the continued fraction
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(400)
_SPREAD = 12  # the integral over the chi distribution covers this many standard deviations


def normal_quantile(p: float) -> float:
    """Return the value that a standard normal variable stays below with probability p, for 0 < p < 1."""
    return _NORMAL.inv_cdf(p)


def normal_quantiles(p: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Compute normal_quantile() for an array of probabilities; 0 and 1 give −∞ and ∞."""
    inside = (p > 0) & (p < 1)
    values = np.where(p > 0, inf, -inf)
    values[inside] = [_NORMAL.inv_cdf(each) for each in p[inside].tolist()]
    return values


def beta_cdf(a: float, b: float, x: float, rest: float | None = None) -> float:
    """Return the regularised incomplete beta function, P(Beta(a, b) <= x).

    rest  1 − x, if it is known more exactly than the difference
    """
    rest = 1 - x if rest is None else rest
    if x <= 0 or rest <= 0:
        return float(x > 0)
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast only below the mean
        return 1 - beta_cdf(b, a, rest, x)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest)) / a
    return front * _beta_fraction(a, b, x)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function by Lentz's method (Press et al., § 6.4)."""
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or _SMALL)
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for term in (even, odd):
            d = 1 / ((1 + term * d) or _SMALL)
            c = (1 + term / c) or _SMALL
            value *= c * d
        if abs(value - before) <= 1e-16 * abs(value):
            break
    return value


def beta_quantile(a: float, b: float, p: float) -> float:
    """Return the x with P(Beta(a, b) <= x) = p, by bisection."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if beta_cdf(a, b, middle) < p else (low, middle)
    return middle


def t_cdf(freedom: float, t: float) -> float:
    """Return P(T <= t) for Student's t with these degrees of freedom."""
    square = t * t
    tail = beta_cdf(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square)) / 2
    return tail if t < 0 else 1 - tail


def t_cdfs(freedom: float, t: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Compute t_cdf() for an array."""
    return np.reshape([t_cdf(freedom, each) if np.isfinite(each) else float(each > 0) for each in t.flat], t.shape)


@lru_cache(maxsize=4096)
def t_quantile(freedom: float, p: float) -> float:
    """Return the t with P(T <= t) = p, for 0 < p < 1."""
    if p < 0.5:
        return -t_quantile(freedom, 1 - p)
    low, high = 0.0, 1.0
    while t_cdf(freedom, high) < p:
        low, high = high, 2 * high
    t = (low + high) / 2
    for _ in range(200):  # Newton's method, or bisection if Newton's step leaves the bracket
        excess = t_cdf(freedom, t) - p
        low, high = (low, t) if excess > 0 else (t, high)
        new = t - excess / t_density(freedom, t)
        if not low < new < high:
            new = (low + high) / 2
        if abs(new - t) <= 1e-15 * abs(new):
            break
        t = new
    return t


def t_density(freedom: float, t: float) -> float:
    """Return the density of Student's t."""
    constant = lgamma((freedom + 1) / 2) - lgamma(freedom / 2) - log(freedom * pi) / 2
    return exp(constant - (freedom + 1) / 2 * log1p(t * t / freedom))


def noncentral_t_cdf(freedom: float, shift: float, t: float) -> float:
    """Return P(T <= t) for the noncentral t, T = (Z + shift) / S, with S² the mean of `freedom` squared normals.

    It is the mean of P(Z <= t S − shift), integrated over the chi distribution of S by Gauss and Legendre's rule.
    """
    width = _SPREAD / sqrt(2 * freedom)
    low, high = max(0.0, 1 - width), 1 + width
    s = low + (high - low) * (_NODES + 1) / 2
    half = freedom / 2
    log_density = log(2) + half * log(half) - lgamma(half) + (freedom - 1) * np.log(s) - half * s * s
    below = np.array([erf(each) for each in ((t * s - shift) / sqrt(2)).tolist()]) / 2 + 0.5
    return float((high - low) / 2 * (_WEIGHTS * np.exp(log_density) * below).sum())


def binomial_quantile(share: float, n: Int[np.ndarray, "sizes"], p: float) -> Int[np.ndarray, "sizes"]:
    """Return the smallest k with P(Binomial(n, p) <= k) >= share, for each n and 0 < p < 1."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n.max() + 1)))])  # logarithms of factorials
    return np.array([_one_quantile(share, size, p, logs) for size in n.tolist()])


def _one_quantile(share: float, n: int, p: float, logs: Float[np.ndarray, "m"]) -> int:
    k = np.arange(n + 1)
    chance = np.exp(logs[n] - logs[k] - logs[n - k] + k * log(p) + (n - k) * log1p(-p))
    return min(int(np.searchsorted(np.cumsum(chance), share)), n)
