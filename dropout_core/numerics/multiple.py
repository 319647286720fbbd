"""Corrections for many comparisons: paired t tests, Holm's correction, and the candidates for the best of several."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import stdtr, stdtrit

from dropout_core.numerics.statistics import CONFIDENCE

ALPHA = 1 - CONFIDENCE


def p_values(differences: Float[np.ndarray, "*some seeds"]) -> Float[np.ndarray, "*some"]:
    """Compute two-sided p values of t tests on paired differences. The p value is 1 if the differences do not vary."""
    n, sd = differences.shape[-1], differences.std(axis=-1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(differences.mean(axis=-1)) * np.sqrt(n) / sd
    return np.where(sd > 0, 2 * stdtr(n - 1, -t), 1.0)


def holm(p: Float[np.ndarray, "*some tests"], alpha: float = ALPHA) -> Bool[np.ndarray, "*some tests"]:
    """Return which tests reject, with at most a chance of alpha that any true null hypothesis is rejected (Holm 1979).

    The last axis holds the tests of one family.
    """
    order = np.argsort(p, axis=-1)
    least = alpha / np.arange(p.shape[-1], 0, -1)
    passed = np.logical_and.accumulate(np.take_along_axis(p, order, -1) <= least, axis=-1)
    rejected = np.empty_like(passed)
    np.put_along_axis(rejected, order, passed, -1)
    return rejected


def candidates(values: Float[np.ndarray, "seeds options"], alpha: float = ALPHA) -> Bool[np.ndarray, "options"]:
    """Return the options that may be the best: those that no other option beats, higher values being better.

    As in Hsu's comparison with the best, the truly best option is among them with a chance of at least 1 − alpha. The
    limit is Bonferroni's, since the options need not vary equally.
    """
    lower, _ = _ends(values, alpha)
    return np.logical_not(np.any(lower > 0, axis=1))


def good_enough(
    values: Float[np.ndarray, "seeds options"], margin: float, alpha: float = ALPHA
) -> Bool[np.ndarray, "options"]:
    """Return the options that are at most `margin` worse than any other, each with a confidence of 1 − alpha."""
    _, upper = _ends(values, alpha)
    return np.asarray(np.all(upper < margin, axis=1))


def _ends(values: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return one-sided bounds of how much option j (columns) is better than option i (rows), corrected for j.

    The diagonal is 0 in the lower bounds, and −∞ in the upper bounds.
    """
    n, options = values.shape
    by_seed = values[:, None, :] - values[:, :, None]
    mean, error = by_seed.mean(axis=0), by_seed.std(axis=0, ddof=1) / np.sqrt(n)
    half = stdtrit(n - 1, 1 - alpha / max(1, options - 1)) * error
    lower, upper = mean - half, mean + half
    np.fill_diagonal(lower, 0.0)
    np.fill_diagonal(upper, -np.inf)
    return lower, upper


def unbiased_gain(values: Float[np.ndarray, "seeds options"], base: int) -> Float[np.ndarray, "seeds"]:
    """Return what the best option gains over option `base` on each seed, where the other seeds choose the best.

    The mean of the best option on the seeds that chose it would be too high.
    """
    others = (values.sum(axis=0) - values) / (len(values) - 1)
    rows = np.arange(len(values))
    return values[rows, others.argmax(axis=1)] - values[:, base]
