"""Statistics for comparing runs over several seeds: paired differences, confidence intervals and effect size.

Runs with the same seed share initial weights and batches, so we analyse paired differences. Whether this makes
intervals narrower differs from record to record; see docs/methods.md. Fewer than FEWEST seeds give no interval and no
verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropout_core.numerics.distributions import beta_quantile, t_quantile

CONFIDENCE = 0.95
FEWEST = 5
_ROUNDING = 1e-9  # a spread that is smaller than this, relative to the largest value, is treated as rounding error
# The lowest and highest possible value of each quantity, keyed by the last word of its name. Others are unbounded.
_BOUNDS = {
    "accuracy": (0.0, 100.0),
    "error": (0.0, 100.0),
    "share": (0.0, 1.0),
    "loss": (0.0, np.inf),
    "entropy": (0.0, np.inf),
    "activation": (0.0, np.inf),
    "seconds": (0.0, np.inf),
    "epochs": (0.0, np.inf),
}
Values = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Estimate:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """The sign of the value if the interval excludes zero, otherwise 0; see sign()."""
        return sign(self.low, self.high)


@dataclass(frozen=True)
class Paired:
    """Paired differences, one per seed (for example dropout minus no dropout), in the unit of measurement.

    low, high  95 % t interval of the mean difference; None for fewer than FEWEST seeds
    effect     Hedges' g of the differences: their mean divided by their standard deviation (Cohen's d_z), corrected
               for few seeds; None for fewer than FEWEST seeds, or if all differences are equal
    """

    differences: tuple[float, ...]
    mean: float
    low: float | None = None
    high: float | None = None
    effect: float | None = None

    @property
    def n(self) -> int:
        """The number of pairs."""
        return len(self.differences)

    @property
    def sign(self) -> int:
        """The sign of the mean difference if its t interval excludes zero, otherwise 0; see sign()."""
        return sign(self.low, self.high)

    @property
    def estimate(self) -> Estimate:
        """The mean difference with its t interval. Raises ValueError for fewer than FEWEST seeds."""
        if self.low is None or self.high is None:
            raise ValueError(f"an interval needs at least {FEWEST} seeds; got {self.n}")
        return Estimate(self.mean, self.low, self.high)


def sign(low: float | None, high: float | None) -> int:
    """Return 1 if the interval is above zero, −1 if below, and 0 if it includes zero, has no width or is missing.

    Differences that are all equal are inconclusive, since they have no spread to judge by. They can be equal by chance:
    accuracies on 1,000 images come in steps of 0.1 points, and in a simulation two differences with a standard
    deviation of 0.3 were equal in 8 of 100 comparisons.
    """
    if low is None or high is None or low == high:
        return 0
    return int(low > 0) - int(high < 0)


def paired(dropout: Values, no_dropout: Values) -> Paired:
    """Compare two sets of measurements, paired by seed. Both must list the seeds in the same order.

    Raises ValueError if the lengths differ or are zero.
    """
    if len(dropout) != len(no_dropout) or not len(dropout):
        raise ValueError(f"{len(dropout)} and {len(no_dropout)} values cannot be paired")
    d = np.asarray(dropout, float) - np.asarray(no_dropout, float)
    if len(d) < FEWEST:
        return Paired(tuple(d.tolist()), float(d.mean()))
    return Paired(tuple(d.tolist()), float(d.mean()), *interval(d), _hedges(d))


def interval(values: Values, quantity: str = "") -> tuple[float, float]:
    """Compute the 95 % interval of the mean: a t interval, on a logarithmic or logit scale for bounded quantities.

    quantity   what was measured, such as "accuracy" (in %) or "loss"; see _BOUNDS
    Returns NaN for fewer than FEWEST values.
    """
    v = np.asarray(values, float)
    if len(v) < FEWEST:
        return np.nan, np.nan
    half = _t(len(v) - 1) * _spread(v) / np.sqrt(len(v))
    low, high = _within(np.array([v.mean()]), np.array([half]), quantity)
    return float(low[0]), float(high[0])


def mean_estimate(values: Values, quantity: str = "") -> Estimate:
    """Return the mean of at least FEWEST values with its 95 % interval; see interval()."""
    return Estimate(float(np.mean(values)), *interval(values, quantity))


def jackknife(value: float, without: Values, quantity: str = "") -> Estimate:
    """Return a statistic of at least FEWEST units with its 95 % jackknife interval, e.g. over an ensemble's nets.

    without  the statistic without one of the units, for each unit
    The interval is that of the mean of Tukey's pseudo-values (1958), shifted so that their mean is the statistic.
    """
    rest = np.asarray(without, float)
    return mean_estimate(value + (len(rest) - 1) * (rest.mean() - rest), quantity)


def proportion(successes: int, n: int) -> Estimate:
    """Return successes / n with its exact 95 % binomial interval (Clopper & Pearson 1934)."""
    tail, failures = (1 - CONFIDENCE) / 2, n - successes
    low = beta_quantile(successes, failures + 1, tail) if successes else 0.0
    high = beta_quantile(successes + 1, failures, 1 - tail) if failures else 1.0
    return Estimate(successes / n, low, high)


def mean_interval(table: pd.DataFrame, column: str, by: Sequence[str] = ("arm", "step")) -> pd.DataFrame:
    """Compute a column's mean, 95 % interval (low, high) and n for each group of rows, ignoring missing values.

    The column's name determines its bounds; see interval(). Returns one row per group that has any value, with the
    columns of by; low and high are NaN if n is below FEWEST.
    """
    return mean_intervals(table, [column], by)[column]


def mean_intervals(table: pd.DataFrame, columns: Sequence[str], by: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Compute mean_interval() for several columns while grouping the table only once."""
    grouped = table.groupby(list(by))[list(columns)]
    means, spreads, counts = grouped.mean(), grouped.std(), grouped.count()
    groups = means.index.to_frame(index=False)
    tables = {}
    for column in columns:
        mean, n = means[column].to_numpy(), counts[column].to_numpy()
        widths = np.array([_t(size - 1) for size in n.clip(2).tolist()])
        half = widths * spreads[column].to_numpy() / np.sqrt(n.clip(1))
        low, high = _within(mean, np.where(n < FEWEST, np.nan, half), column)
        whole = groups.assign(mean=mean, low=low, high=high, n=n)
        tables[column] = whole if n.all() else whole[n > 0].reset_index(drop=True)
    return tables


def _within(mean: np.ndarray, half: np.ndarray, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of mean ± half, computed on a scale on which the quantity is unbounded (the delta method).

    The scale is logarithmic above a lower bound, and the logit between two bounds.
    """
    bottom, top = _BOUNDS.get(quantity.rpartition("_")[2], (-np.inf, np.inf))
    if bottom == -np.inf:
        return mean - half, mean + half
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # at a bound, the interval has no width
        if top == np.inf:
            ends = [mean * np.exp(side * half / mean) for side in (-1, 1)]
        else:
            share = (mean - bottom) / (top - bottom)
            step = half / ((top - bottom) * share * (1 - share))
            odds = share / (1 - share)
            ends = [bottom + (top - bottom) / (1 + np.exp(-side * step) / odds) for side in (-1, 1)]
    low, high = (np.where(half == 0, mean, end) for end in ends)
    return np.minimum(low, mean), np.maximum(high, mean)


def _t(freedom: int) -> float:
    """Return half the width of a 95 % t interval, in standard errors, for these degrees of freedom."""
    return t_quantile(freedom, (1 + CONFIDENCE) / 2)


def _spread(v: np.ndarray) -> float:
    """Compute the standard deviation (divisor n − 1). It is exactly 0 if values differ only by rounding errors."""
    spread = float(v.std(ddof=1))
    return spread if spread > _ROUNDING * np.abs(v).max() else 0.0


def _hedges(d: np.ndarray) -> float | None:
    spread = _spread(d)
    if spread == 0:
        return None
    return float(d.mean() / spread * (1 - 3 / (4 * (len(d) - 1) - 1)))  # correction of Hedges (1981)
