"""Power of paired comparisons: the smallest difference that a number of seeds can detect, and the seeds needed.

All functions assume normal differences. Their standard deviation is that of one seed's difference; it is treated as
known, and in practice estimated from the runs.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dropout_core.numerics.distributions import noncentral_t_cdf, normal_quantile, t_cdf, t_quantile
from dropout_core.numerics.statistics import CONFIDENCE, Estimate

POWER = 0.8  # "four times in five"
DETECTED = 2.8  # standard errors: about the smallest difference that a 95 % interval detects with probability POWER
_NORMAL = normal_quantile((1 + CONFIDENCE) / 2)  # half the width of a normal interval, in standard errors
MOST = 100_000  # seeds; larger numbers are not computed


class Design(NamedTuple):
    """How the interval of a difference is computed from n seeds.

    freedom  the degrees of freedom of the variance, divided by n − 1: more than 1 if the variance is pooled
    tests    the number of comparisons for which Bonferroni's correction is made; half of it if they are one-sided
    """

    freedom: int = 1
    tests: float = 1

    def limit(self, n: int) -> float:
        """Return half the width of the interval, in standard errors."""
        return t_quantile(self.freedom * (n - 1), 1 - (1 - CONFIDENCE) / 2 / self.tests)


PAIRED = Design()  # Student's t interval of the paired differences


def power(difference: float, sd: float, n: int, design: Design = PAIRED) -> float:
    """Return the probability that the interval of the mean of n paired differences excludes zero.

    difference, sd  mean and standard deviation of the differences, in the same unit
    """
    limit, shift, freedom = design.limit(n), difference * np.sqrt(n) / sd, design.freedom * (n - 1)
    return 1 - noncentral_t_cdf(freedom, shift, limit) + noncentral_t_cdf(freedom, shift, -limit)


def detectable(sd: float, n: int, design: Design = PAIRED) -> float | None:
    """Return the smallest difference that n pairs detect with probability POWER; None if n < 2 or sd is 0 or NaN."""
    if n < 2 or not sd > 0:
        return None
    low, high = 0.0, sd
    while power(high, sd, n, design) < POWER:
        high *= 2
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, sd, n, design) < POWER else (low, middle)
    return high


def detectable_by(estimate: Estimate) -> float:
    """Return about the smallest difference that an interval of this width excludes from zero with probability POWER."""
    return (estimate.high - estimate.low) / (2 * _NORMAL) * DETECTED


def seeds_to_detect(difference: float, sd: float, design: Design = PAIRED) -> int:
    """Return the number of pairs that detect this difference with probability POWER, at most 100,000."""
    return _fewest(lambda n: power(difference, sd, n, design) >= POWER)


def seeds_to_confirm(margin: float, sd: float, design: Design = PAIRED, mean: float = 0.0) -> int:
    """Return the number of pairs whose interval lies within ±margin with probability POWER if the difference is mean.

    At most 100,000. The approximation treats the standard error as known, as is usual for equivalence tests.
    """

    def fits(n: int) -> bool:
        freedom, scale = design.freedom * (n - 1), np.sqrt(n) / sd
        inside = [t_cdf(freedom, (margin - side * mean) * scale - design.limit(n)) for side in (-1, 1)]
        return bool(sum(inside) - 1 >= POWER)  # both ends of the interval must be inside

    return _fewest(fits)


def _fewest(enough: Callable[[int], bool]) -> int:
    """Find the smallest sufficient number of pairs by bisection."""
    low, high = 1, 2
    while high < MOST and not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return min(high, MOST)
