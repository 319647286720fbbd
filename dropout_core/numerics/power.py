"""Power of paired comparisons: the smallest difference that a number of seeds can detect, and the seeds needed.

All functions assume normal differences with a known standard deviation, which in practice is estimated from the runs.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import nctdtr, stdtrit

from dropout_core.numerics.statistics import CONFIDENCE

POWER = 0.8  # "four times in five"
_MOST = 100_000  # seeds


def power(difference: float, sd: float, n: int) -> float:
    """Return the chance that the 95 % t interval of n paired differences excludes zero.

    difference, sd  mean and standard deviation of the differences, in the same unit
    """
    limit, shift = stdtrit(n - 1, (1 + CONFIDENCE) / 2), difference * np.sqrt(n) / sd
    found = float(1 - nctdtr(n - 1, shift, limit) + nctdtr(n - 1, shift, -limit))
    return 1.0 if np.isnan(found) else found  # SciPy has no value where the chance is 1 to all digits


def detectable(sd: float, n: int) -> float | None:
    """Return the smallest difference detected with probability POWER by n pairs; None without a spread or a pair."""
    if n < 2 or not sd > 0:
        return None
    low, high = 0.0, sd
    while power(high, sd, n) < POWER:
        high *= 2
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, sd, n) < POWER else (low, middle)
    return high


def seeds_to_detect(difference: float, sd: float) -> int:
    """Return the number of pairs that detect this difference with probability POWER, at most 100,000."""
    return _fewest(lambda n: power(difference, sd, n) >= POWER)


def seeds_to_confirm(margin: float, sd: float) -> int:
    """Return the number of pairs whose interval lies within ±margin with probability POWER if there is no difference.

    At most 100,000. The approximation treats the standard error as known, as is usual for equivalence tests.
    """
    tail = (1 + POWER) / 2  # both ends of the interval must be inside

    def fits(n: int) -> bool:
        return bool((stdtrit(n - 1, (1 + CONFIDENCE) / 2) + stdtrit(n - 1, tail)) * sd <= margin * np.sqrt(n))

    return _fewest(fits)


def _fewest(enough: Callable[[int], bool]) -> int:
    """Return the smallest number of pairs that is enough, by bisection."""
    low, high = 1, 2
    while high < _MOST and not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return min(high, _MOST)
