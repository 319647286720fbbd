"""A curve with its band, as the charts of ensembles draw it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """A measure by number of members: mean over the draws, and a band that holds 90 % of them."""

    counts: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, k: int) -> tuple[float, float, float]:
        """Mean, low and high of the average of k members. Raises ValueError for a k that was not measured."""
        place = self.counts.index(k)
        return self.mean[place], self.low[place], self.high[place]

    def gained(self, k: int) -> float:
        """The share of what all members gain over one that k of them gain already."""
        return (self.mean[0] - self.at(k)[0]) / (self.mean[0] - self.mean[-1])
