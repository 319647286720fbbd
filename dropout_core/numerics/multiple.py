"""Multiple comparisons: paired t tests, Holm's correction, and the set of options that could be the best."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.numerics.distributions import t_cdfs, t_quantile
from dropout_core.numerics.statistics import CONFIDENCE, Paired

ALPHA = 1 - CONFIDENCE


def p_values(differences: Float[np.ndarray, "*some seeds"]) -> Float[np.ndarray, "*some"]:
    """Compute two-sided p values of t tests on paired differences. The p value is 1 if the differences do not vary."""
    n, sd = differences.shape[-1], differences.std(axis=-1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(differences.mean(axis=-1)) * np.sqrt(n) / sd
    return np.where(sd > 0, 2 * t_cdfs(n - 1, np.asarray(-t)), 1.0)


def holm(p: Float[np.ndarray, "*some tests"], alpha: float = ALPHA) -> Bool[np.ndarray, "*some tests"]:
    """Return which tests reject by Holm's method (1979), with a family-wise error rate of at most alpha.

    The last axis holds the tests of one family.
    """
    order = np.argsort(p, axis=-1)
    least = alpha / np.arange(p.shape[-1], 0, -1)
    passed = np.logical_and.accumulate(np.take_along_axis(p, order, -1) <= least, axis=-1)
    rejected = np.empty_like(passed)
    np.put_along_axis(rejected, order, passed, -1)
    return rejected


def holm_levels(p: Float[np.ndarray, "tests"], alpha: float = ALPHA) -> Float[np.ndarray, "tests"]:
    """Return the level of each test by Holm's method: a test rejects exactly if its p value is at most this level.

    The test with rank i of m, counted from 0, is made at alpha / (m − i), up to the first that does not reject; all the
    tests from there on are made at that one's level. So an interval with confidence 1 − level excludes zero exactly if
    Holm's method rejects.
    """
    tests, rejections = len(p), int(holm(p, alpha).sum())
    ranks = np.empty(tests, int)
    ranks[np.argsort(p)] = np.arange(tests)
    return np.asarray(alpha / (tests - np.minimum(ranks, min(rejections, tests - 1))))


def holm_adjusted(pairs: Sequence[Paired], alpha: float = ALPHA) -> list[Paired]:
    """Widen the intervals of several paired differences so that each excludes zero exactly if Holm's method rejects.

    Fewer than FEWEST seeds give no intervals.
    """
    if not pairs or pairs[0].low is None:
        return list(pairs)
    values = np.array([p.differences for p in pairs])
    levels = holm_levels(p_values(values), alpha).tolist()
    return [_at_level(p, level) for p, level in zip(pairs, levels, strict=True)]


def _at_level(p: Paired, level: float) -> Paired:
    """Return the same differences with an interval of confidence 1 − level."""
    usual = p.estimate
    wider = t_quantile(p.n - 1, 1 - level / 2) / t_quantile(p.n - 1, (1 + CONFIDENCE) / 2)
    return replace(p, low=p.mean + wider * (usual.low - p.mean), high=p.mean + wider * (usual.high - p.mean))


def candidates(values: Float[np.ndarray, "seeds options"], alpha: float = ALPHA) -> Bool[np.ndarray, "options"]:
    """Return the candidates for the best option: those not detectably worse than any other. Higher values are better.

    As in Hsu's comparison with the best, the truly best option is among them with a probability of at least 1 − alpha.
    The limit is Bonferroni's, since the options need not vary equally.
    """
    lower, _ = _ends(values, alpha)
    return np.logical_not(np.any(lower > 0, axis=1))


def good_enough(
    values: Float[np.ndarray, "seeds options"], margin: float, alpha: float = ALPHA
) -> Bool[np.ndarray, "options"]:
    """Return the options that no other beats by `margin` or more, each with a confidence of 1 − alpha."""
    _, upper = _ends(values, alpha)
    return np.asarray(np.all(upper < margin, axis=1))


def _ends(values: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return one-sided bounds on the advantage of option j (columns) over option i (rows), corrected for all j.

    The diagonal is 0 in the lower bounds, and −∞ in the upper bounds.
    """
    n, options = values.shape
    by_seed = values[:, None, :] - values[:, :, None]
    mean, error = by_seed.mean(axis=0), by_seed.std(axis=0, ddof=1) / np.sqrt(n)
    half = t_quantile(n - 1, 1 - alpha / max(1, options - 1)) * error
    lower, upper = mean - half, mean + half
    np.fill_diagonal(lower, 0.0)
    np.fill_diagonal(upper, -np.inf)
    return lower, upper


def unbiased_gain(values: Float[np.ndarray, "seeds options"], base: int) -> Float[np.ndarray, "seeds"]:
    """For each seed, select the best option on all other seeds, and return its gain over the option `base`.

    On the seeds used for the selection, the mean of the best option would be biased upwards. The gains share most of
    those seeds, so they are not independent: a t interval of their mean would cover the truth in only 87 to 89 % of
    cases.
    """
    others = (values.sum(axis=0) - values) / (len(values) - 1)
    rows = np.arange(len(values))
    return values[rows, others.argmax(axis=1)] - values[:, base]
