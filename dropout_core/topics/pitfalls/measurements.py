"""Helpers for symptoms.py: seeded masks, and quantities that are both measured with masks and computed exactly."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.numerics.sampling import measured_variance, variance_error

SEED = 5


@dataclass(frozen=True)
class Row:
    """A quantity, with and without the bug.

    bug     value with the bug, measured with seeded masks
    error   standard error of bug; 0 if bug is not random or has no simple standard error
    exact   value with the bug according to a formula; None if there is no formula
    right   exact value without the bug
    """

    what: str
    bug: float
    right: float
    exact: float | None = None
    error: float = 0.0


def masks_of(rate: float, *shape: int, seed: int = SEED) -> Bool[np.ndarray, "..."]:
    """Draw seeded masks, which are True for kept units."""
    return keep_mask(uniforms(shape, seed), rate)


def mean_row(what: str, kept: np.ndarray, rate: float, if_kept: float, if_dropped: float, right: float) -> Row:
    """Measure the mean of a quantity whose value depends only on whether the unit is kept or dropped."""
    measured = if_dropped + (if_kept - if_dropped) * kept.mean()
    exact = if_dropped + (if_kept - if_dropped) * (1 - rate)
    error = abs(if_kept - if_dropped) * math.sqrt(rate * (1 - rate) / kept.size)
    return Row(what, float(measured), right, exact, error)


def variance_row(what: str, kept: np.ndarray, a: float, rate: float, right: float) -> Row:
    """Measure the variance of a unit with activation a under inverted dropout, which is a² rate / (1 - rate)."""
    unit, count = np.array([a]), np.array([kept.sum()])
    measured, error = measured_variance(unit, count, kept.size, rate), variance_error(unit, kept.size, rate)
    return Row(what, float(measured[0]), right, a**2 * rate / (1 - rate), float(error[0]))


def spread_row(what: str, sums: Float[np.ndarray, "passes"], variances: Float[np.ndarray, "units"], rate: float) -> Row:
    """Measure the standard deviation of a sum of independently dropped units with the given variances.

    At inference the standard deviation is 0. The standard error of the variance is exact, from the fourth central
    moment; the delta method converts it to the standard error of the standard deviation.
    """
    v, coin, n = variances.sum(), rate * (1 - rate), len(sums)
    fourth = 3 * v**2 + (variances**2).sum() * ((1 - 3 * coin) / coin - 3)
    error = math.sqrt((fourth - v**2 * (n - 3) / (n - 1)) / n) / (2 * math.sqrt(v))
    return Row(what, float(sums.std(ddof=1)), 0.0, math.sqrt(v), error)
