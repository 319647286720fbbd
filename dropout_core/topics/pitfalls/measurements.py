"""Building blocks of the pitfalls' numbers: seeded masks, and quantities measured with them beside their formulas."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.numerics.sampling import measured_variance, variance_error

SEED = 5


@dataclass(frozen=True)
class Row:
    """One quantity with the bug and without.

    bug     measured with seeded masks
    error   its standard error; 0 if bug is not random or has no simple one
    exact   bug by formula; None if there is no formula
    right   the exact value without the bug
    """

    what: str
    bug: float
    right: float
    exact: float | None = None
    error: float = 0.0


def masks_of(rate: float, *shape: int, seed: int = SEED) -> Bool[np.ndarray, "..."]:
    """Seeded masks; True keeps a unit."""
    return keep_mask(uniforms(shape, seed), rate)


def mean_row(what: str, kept: np.ndarray, rate: float, if_kept: float, if_dropped: float, right: float) -> Row:
    """The mean of a quantity that has one value for a kept unit and another for a dropped one."""
    measured = if_dropped + (if_kept - if_dropped) * kept.mean()
    exact = if_dropped + (if_kept - if_dropped) * (1 - rate)
    error = abs(if_kept - if_dropped) * math.sqrt(rate * (1 - rate) / kept.size)
    return Row(what, float(measured), right, exact, error)


def variance_row(what: str, kept: np.ndarray, a: float, rate: float, right: float) -> Row:
    """The variance of one unit of activation a under inverted dropout: a² rate / (1 - rate)."""
    unit, count = np.array([a]), np.array([kept.sum()])
    measured, error = measured_variance(unit, count, kept.size, rate), variance_error(unit, kept.size, rate)
    return Row(what, float(measured[0]), right, a**2 * rate / (1 - rate), float(error[0]))


def spread_row(what: str, sums: Float[np.ndarray, "passes"], variances: Float[np.ndarray, "units"], rate: float) -> Row:
    """The standard deviation of a sum of independently dropped units with these variances; at inference it is 0.

    The error is exact for the variance (from the fourth central moment); the delta method gives that of its root.
    """
    v, coin, n = variances.sum(), rate * (1 - rate), len(sums)
    fourth = 3 * v**2 + (variances**2).sum() * ((1 - 3 * coin) / coin - 3)
    error = math.sqrt((fourth - v**2 * (n - 3) / (n - 1)) / n) / (2 * math.sqrt(v))
    return Row(what, float(sums.std(ddof=1)), 0.0, math.sqrt(v), error)
