"""The measured comparisons behind a verdict: the difference, its interval and margin, and what it could have shown."""

from dataclasses import dataclass

import numpy as np

from dropout_core.common.text import difference, fixed
from dropout_core.numerics.power import detectable, seeds_to_confirm, seeds_to_detect
from dropout_core.numerics.statistics import Estimate, Paired

PLACES = {"points": 2, "nats": 3, "%": 1, "epochs": 1, "log ratio": 3, "per doubling": 2}


@dataclass(frozen=True)
class Evidence:
    """One comparison on which a verdict rests.

    what      what is compared
    measure   the quantity, without its unit
    unit      a key of PLACES
    paired    the paired differences
    margin    differences of at most this size count as none; None if the experiment states no margin
    seeds     the number of seeds, if `paired` has only a mean and an interval, without single differences
    """

    what: str
    measure: str
    unit: str
    paired: Paired
    margin: float | None = None
    seeds: int = 0

    @property
    def n(self) -> int:
        """The number of seeds."""
        return self.seeds or self.paired.n

    @property
    def estimate(self) -> Estimate | None:
        """The mean difference with its interval, or None for too few seeds."""
        p = self.paired
        return None if p.low is None or p.high is None else Estimate(p.mean, p.low, p.high)

    @property
    def sd(self) -> float:
        """The standard deviation of the differences; NaN for one seed."""
        return float(np.std(self.paired.differences, ddof=1)) if self.paired.n > 1 else np.nan

    @property
    def detectable(self) -> float | None:
        """The smallest difference that this number of seeds detects four times in five."""
        return detectable(self.sd, self.paired.n)

    @property
    def text(self) -> str:
        """The difference with its interval, margin and number of seeds."""
        p, places = self.paired, PLACES[self.unit]
        margin = "" if self.margin is None else f"; margin ±{self.margin:g}"
        if p.low is None or p.high is None:
            return f"{fixed(p.mean, places)} {self.unit} (no interval from so few seeds)"
        return f"{difference(p.mean, p.low, p.high, self.unit, places)[:-1]}{margin}; {self.n} seeds)"

    @property
    def power_text(self) -> str:
        """What these seeds could have shown, and how many seeds the open question would have needed."""
        if (seen := self.detectable) is None:
            return ""
        places = PLACES[self.unit]
        text = f"{self.paired.n} seeds detect {seen:.{places}f} {self.unit} four times in five"
        if self.margin is not None:
            return f"{text}; deciding on ±{self.margin:g} takes about {seeds_to_confirm(self.margin, self.sd):,} seeds"
        if not self.paired.mean:
            return text
        needed = seeds_to_detect(abs(self.paired.mean), self.sd)
        return f"{text}; a difference as small as the measured one takes about {needed:,} seeds"
