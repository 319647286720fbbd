"""The sample mean and variance of a unit over k forward passes with dropout, and their standard errors.

A unit's sample mean and variance depend on its masks only through the number of passes, among the first k, that kept
it. We therefore send only these counts to a chart, which applies the activations itself.
"""

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from dropout_core.numerics.masks import SCHEMES, check_rate, keep_mask, moments, training_scale

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
        raise ValueError(f"counts must lie in 1 to {len(u)}, the passes drawn; got {counts.min()}–{counts.max()}")
    return np.stack([np.cumsum(keep_mask(u, rate), axis=0)[counts - 1] for rate in rates])


def measured_mean(
    a: Float[np.ndarray, "*units"],
    kept: Int[np.ndarray, "*units"],
    k: int,
    rate: float,
    scheme: str = "inverted",
) -> Float[np.ndarray, "*units"]:
    """Compute each unit's mean over k training passes. `kept` counts the passes that kept the unit."""
    return a * training_scale(rate, scheme) * kept / k


def measured_variance(
    a: Float[np.ndarray, "*units"],
    kept: Int[np.ndarray, "*units"],
    k: int,
    rate: float,
    scheme: str = "inverted",
) -> Float[np.ndarray, "*units"]:
    """Compute the unbiased sample variance (divisor k - 1) over k training passes. Raises ValueError for k < 2."""
    if k < 2:
        raise ValueError(f"a variance needs at least two passes; got {k}")
    share = kept / k
    return (a * training_scale(rate, scheme)) ** 2 * share * (1 - share) * k / (k - 1)


def mean_error(
    a: Float[np.ndarray, "*units"], k: int, rate: float, scheme: str = "inverted"
) -> Float[np.ndarray, "*units"]:
    """Compute the exact standard error of measured_mean: |a| sqrt(rate / (1 - rate) / k) under inverted dropout."""
    return np.sqrt(moments(a, rate, scheme)[1] / k)


def variance_error(
    a: Float[np.ndarray, "*units"], k: int, rate: float, scheme: str = "inverted"
) -> Float[np.ndarray, "*units"]:
    """Compute the exact standard error of measured_variance, using the fourth central moment of a Bernoulli variable.

    Var[s²] = (m4 - v² (k - 3) / (k - 1)) / k with v = rate (1 - rate) and m4 = v (1 - 3 v).
    """
    if k < 2:
        raise ValueError(f"a variance needs at least two passes; got {k}")
    v = check_rate(rate) * (1 - rate)
    spread = max(v * (1 - 3 * v) - v**2 * (k - 3) / (k - 1), 0.0) / k
    return (a * training_scale(rate, scheme)) ** 2 * np.sqrt(spread)


def z_score(
    measured: Float[np.ndarray, "*units"],
    exact: Float[np.ndarray, "*units"],
    error: Float[np.ndarray, "*units"],
) -> Float[np.ndarray, "*units"]:
    """Return the deviation in standard errors, (measured - exact) / error, or 0 where the error is 0."""
    off = measured - exact
    return np.divide(off, error, out=np.zeros_like(off), where=error > 0)


def moments_frame(a: Float[np.ndarray, "units"], kept: Int[np.ndarray, "units"], k: int, rate: float) -> pd.DataFrame:
    """Tabulate the measured and exact mean and variance over k passes, with one row per scheme and unit."""
    return pd.concat([_scheme_frame(a, kept, k, rate, scheme) for scheme in SCHEMES], ignore_index=True)


def _scheme_frame(a: np.ndarray, kept: np.ndarray, k: int, rate: float, scheme: str) -> pd.DataFrame:
    mean, variance = moments(a, rate, scheme)
    measured, error = measured_mean(a, kept, k, rate, scheme), mean_error(a, k, rate, scheme)
    columns = {
        "scheme": scheme,
        "unit": np.arange(len(a)) + 1,
        "activation": a,
        "mean, measured": measured,
        "mean, exact": mean,
        "standard error of the mean": error,
        "z": z_score(measured, mean, error),
        "variance, measured": measured_variance(a, kept, k, rate, scheme),
        "variance, exact": variance,
        "standard error of the variance": variance_error(a, k, rate, scheme),
    }
    return pd.DataFrame(columns)
