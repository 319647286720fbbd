"""What a comparison over several seeds says: paired differences, intervals, effect size, and a verdict.

Runs of one seed share initial weights and batches, so the difference within a seed is free of much of what differs
between seeds: differences are compared, not means.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .recipe import DROPOUT, NO_DROPOUT

CONFIDENCE = 0.95
AHEAD = {True: f"{DROPOUT} ahead", False: f"{NO_DROPOUT} ahead"}
CANNOT_TELL = "cannot tell from these runs"
VERDICTS = (AHEAD[True], AHEAD[False], CANNOT_TELL)
_RESAMPLES = 10_000
Values = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Paired:
    """Differences by seed, dropout minus no dropout, in the unit of what was measured.

    low, high            95 % t interval of the mean difference; None with one seed
    boot_low, boot_high  95 % bootstrap interval (percentiles of resampled means, seeded); None with one seed
    effect               Hedges' g of the differences: their mean in standard deviations, corrected for few seeds;
                         None with one seed, or where all differences are equal
    """

    differences: tuple[float, ...]
    mean: float
    low: float | None = None
    high: float | None = None
    boot_low: float | None = None
    boot_high: float | None = None
    effect: float | None = None


def paired(dropout: Values, no_dropout: Values) -> Paired:
    """Compare two measurements of the same seeds, in the same order. Raises ValueError for other lengths or none."""
    if len(dropout) != len(no_dropout) or not len(dropout):
        raise ValueError(f"{len(dropout)} and {len(no_dropout)} values are no pairs")
    d = np.asarray(dropout, float) - np.asarray(no_dropout, float)
    if len(d) == 1:
        return Paired((float(d[0]),), float(d[0]))
    low, high = interval(d)
    boot_low, boot_high = bootstrap(d)
    return Paired(tuple(d.tolist()), float(d.mean()), low, high, boot_low, boot_high, _hedges(d))


def interval(values: Values) -> tuple[float, float]:
    """95 % t interval of the mean of at least two values."""
    v = np.asarray(values, float)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, len(v) - 1) * v.std(ddof=1) / np.sqrt(len(v))
    return float(v.mean() - half), float(v.mean() + half)


def bootstrap(values: Values, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean: a second opinion, too narrow where there are few values."""
    v = np.asarray(values, float)
    picks = np.random.default_rng(seed).integers(0, len(v), (_RESAMPLES, len(v)))
    tails = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    low, high = np.quantile(v[picks].mean(1), tails)
    return float(low), float(high)


def verdict(result: Paired, higher_is_better: bool) -> str:
    """One of VERDICTS: a winner only where the t interval of the differences leaves zero out."""
    if result.low is None or result.low <= 0 <= result.high:
        return CANNOT_TELL
    return AHEAD[(result.mean > 0) == higher_is_better]


def _hedges(d: np.ndarray) -> float | None:
    spread = d.std(ddof=1)
    correction = 1 - 3 / (4 * (len(d) - 1) - 1)  # Hedges 1981; with two values it is 0: they say nothing of a spread
    return float(d.mean() / spread * correction) if spread > 0 else None
