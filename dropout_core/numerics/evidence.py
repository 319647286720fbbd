"""The measured comparisons behind a verdict: difference, interval, margin and statistical power."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dropout_core.common.text import difference, fixed, roughly, sentence, span
from dropout_core.numerics.power import MOST, PAIRED, Design, detectable, seeds_to_confirm, seeds_to_detect
from dropout_core.numerics.statistics import Estimate, Paired

PLACES = {
    "points": 2, "nats": 3, "%": 1, "epochs": 1, "log ratio": 3, "per doubling": 2, "activation": 2, "count": 1, "": 3
}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """One comparison on which a verdict rests.

    what      what is compared
    measure   the quantity, without its unit
    unit      a key of PLACES; "" for a quantity without a unit
    paired    the paired differences
    margin    differences up to this size count as no difference; None if the experiment states no margin
    seeds     the number of seeds, if `paired` has only a mean and an interval, without individual differences
    spread    the standard deviation of one seed's difference that the interval uses, if it is not estimated from
              these differences alone
    design    how the interval was computed
    smallest  the smallest detectable difference, if it does not follow from a standard deviation
    same      whether the claim is that there is no difference, so that only the margin decides
    """

    what: str
    measure: str
    unit: str
    paired: Paired
    margin: float | None = None
    seeds: int = 0
    spread: float | None = None
    design: Design = PAIRED
    smallest: float | None = None
    same: bool = False

    @property
    def n(self) -> int:
        """The number of seeds."""
        return self.seeds or self.paired.n

    @property
    def estimate(self) -> Estimate | None:
        """The mean difference with its interval, or None if there are too few seeds."""
        p = self.paired
        return None if p.low is None or p.high is None else Estimate(p.mean, p.low, p.high)

    @property
    def sign(self) -> int:
        """The sign of the difference if its interval excludes zero, otherwise 0.

        An interval of no width counts only if it comes from resamples: values on a grid may agree in all of them.
        """
        p = self.paired
        if not p.differences and p.low == p.high:
            return int(np.sign(p.mean))
        return p.sign

    @property
    def sd(self) -> float:
        """The standard deviation of the differences on which the interval rests, or NaN if there is only one seed."""
        if self.spread is not None:
            return self.spread
        return float(np.std(self.paired.differences, ddof=1)) if self.paired.n > 1 else np.nan

    @property
    def detectable(self) -> float | None:
        """The smallest difference that this number of seeds detects with a probability of 80 %."""
        return detectable(self.sd, self.paired.n, self.design) if self.smallest is None else self.smallest

    @property
    def text(self) -> str:
        """The difference with its interval, margin and number of seeds."""
        p, places = self.paired, PLACES[self.unit]
        margin = "" if self.margin is None else f"; margin ±{self.margin:.3g}"
        if p.low is None or p.high is None:
            return f"{fixed(p.mean, places)} {self.unit} (no interval from so few seeds)"
        return f"{difference(p.mean, p.low, p.high, self.unit, places)[:-1]}{margin}; {self.n} seeds)"

    @property
    def needed(self) -> int | None:
        """The number of seeds that would settle the question with a probability of 80 %; None if unknown or huge.

        The true difference is assumed to be the measured one. The seeds either detect it or, if there is a margin, show
        that it is within the margin, or outside if only that counts.
        """
        if self.detectable is None or self.smallest is not None:
            return None
        size, enough = abs(self.paired.mean), []
        if self.margin is not None and size < self.margin:
            enough.append(seeds_to_confirm(self.margin, self.sd, self.design, size))
        limit = self.margin if self.margin is not None and self.same else 0.0
        if size > limit:
            enough.append(seeds_to_detect(size - limit, self.sd, self.design))
        fewest = min(enough, default=MOST)
        return fewest if fewest < MOST else None

    @property
    def power_text(self) -> str:
        """The smallest difference that these seeds detect, and the number of seeds needed to settle the question.

        If only the margin decides, a difference from zero settles nothing, so its size is left out.
        """
        text, needed = power_range([self]), self.needed
        if self.same:
            many = f"about {roughly(needed)}" if needed else "very many"
            settled = "with 80 % power whether a difference of this size is within the margin"
            return text and f"{many} seeds would settle {settled}"
        if not text or needed is None:
            return text
        settle = "settle it" if self.margin is None else "detect it, or show that it is within the margin"
        return f"{text}; at this difference, about {roughly(needed)} seeds would {settle}"


def undetected(p: Paired, unit: str) -> str:
    """Return " " and a sentence on what the seeds could have detected, if the interval includes zero, or else ""."""
    if p.low is None or p.sign:
        return ""
    text = Evidence("", "", unit, p).power_text
    return f" {sentence(text)}" if text else ""


def power_range(comparisons: Sequence[Evidence]) -> str:
    """State which differences the seeds of these comparisons detect. They must have the same unit.

    Returns "" if this is known for none of them.
    """
    known = [each for each in comparisons if each.detectable is not None]
    if not known:
        return ""
    unit, seeds = known[0].unit, span(each.n for each in known)
    ratio = unit == "log ratio"  # shown as a percentage
    unit, values = "%" if ratio else unit, [each.detectable or 0.0 for each in known]
    sizes = sorted({f"{100 * np.expm1(v) if ratio else v:.{PLACES[unit]}f}" for v in values}, key=float)
    what = f"a difference of {sizes[0]}" if len(sizes) == 1 else f"differences of {sizes[0]} to {sizes[-1]}"
    return f"{seeds} seeds detect {f'{what} {unit}'.rstrip()} with 80 % power"
