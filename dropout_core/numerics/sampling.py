"""Count how often k forward passes with dropout keep a unit.

A unit's sample mean depends on its masks only through the number of passes, among the first k, that kept it. We
therefore send only these counts to a chart, which applies the activations itself.
"""

import numpy as np
from jaxtyping import Float, Int

from dropout_core.numerics.distributions import binomial_quantile
from dropout_core.numerics.masks import check_rate, keep_mask

MOST_PASSES = 10_000
LOG_STEP = 1 / 16
LOG_PASSES = tuple(i * LOG_STEP for i in range(round(np.log10(MOST_PASSES) / LOG_STEP) + 1))


def pass_counts(log10: tuple[float, ...] = LOG_PASSES) -> Int[np.ndarray, "points"]:
    """Convert decimal logarithms to numbers of passes, by default from 1 to 10,000, evenly spaced on a log axis."""
    return np.rint(10.0 ** np.array(log10)).astype(int)


def kept_counts(
    u: Float[np.ndarray, "passes units"], rates: tuple[float, ...], counts: Int[np.ndarray, "points"]
) -> Int[np.ndarray, "rates points units"]:
    """Count how many of the first k passes keep each unit, for each rate and each k in counts.

    u   one uniform draw per pass and unit; see masks.keep_mask
    Raises ValueError for a k below 1 or above the number of passes drawn.
    """
    if counts.min() < 1 or counts.max() > len(u):
        raise ValueError(f"counts must be from 1 to {len(u)}, the number of passes; got {counts.min()}–{counts.max()}")
    return np.stack([np.cumsum(keep_mask(u, rate), axis=0)[counts - 1] for rate in rates])


def kept_range(
    counts: Int[np.ndarray, "points"], rate: float
) -> tuple[Int[np.ndarray, "points"], Int[np.ndarray, "points"]]:
    """Return the exact 2.5 % and 97.5 % quantiles of the number of passes that keep a unit, for each number of passes.

    The number of kept passes is Binomial(k, 1 - rate).
    """
    keep = 1 - check_rate(rate)
    if keep == 1:
        return counts, counts
    low, high = (binomial_quantile(share, counts, keep) for share in (0.025, 0.975))
    return low, high
