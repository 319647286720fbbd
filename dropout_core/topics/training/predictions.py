"""Measures how often two trained nets disagree, and finds the images on which they disagree most confidently."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.special import bdtr


@dataclass(frozen=True)
class Disagreement:
    """The number of images that only one net or only the other classifies correctly, and the number of all images."""

    only_no_dropout: int
    only_dropout: int
    images: int

    @property
    def p_value(self) -> float:
        """The exact McNemar p-value: the probability of a split at least this uneven if both nets are equally good."""
        n = self.only_no_dropout + self.only_dropout
        fewer = min(self.only_no_dropout, self.only_dropout)
        return min(1.0, 2 * float(bdtr(fewer, n, 0.5))) if n else 1.0  # doubled, since the test is two-sided


def disagreement(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]
) -> Disagreement:
    """Count, for each net, the images that it alone classifies correctly."""
    right_none, right_dropout = (p.argmax(1) == labels for p in (none, dropout))
    return Disagreement(int((right_none & ~right_dropout).sum()), int((right_dropout & ~right_none).sum()), len(labels))


def most_disputed(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], count: int
) -> Int[np.ndarray, "_"]:
    """Return the indices of at most `count` images that the nets classify differently, most confident first."""
    differ = np.flatnonzero(none.argmax(1) != dropout.argmax(1))
    confidence = np.minimum(none.max(1), dropout.max(1))[differ]
    return differ[np.argsort(-confidence, kind="stable")][:count]
