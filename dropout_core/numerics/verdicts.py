"""Verdicts on claims, and how they follow from intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

from dropout_core.numerics.statistics import CANNOT_TELL, Paired

HOLDS, FAILS, UNDECIDED = "holds", "does not hold here", CANNOT_TELL
PARTLY = "holds when"


@dataclass(frozen=True)
class Finding:
    """A claim's verdict, with the sentence that gives its figures. The verdict may begin with "holds when"."""

    verdict: str
    said: str

    @property
    def kind(self) -> str:
        """One of HOLDS, PARTLY, FAILS and UNDECIDED."""
        return PARTLY if self.verdict.startswith(PARTLY) else self.verdict

    @property
    def fails(self) -> bool:
        """Whether it does not hold, if only where its condition is not met."""
        return "does not hold" in self.verdict


def clear(p: Paired, higher_is_better: bool) -> int:
    """1 where the interval says better, −1 where it says worse, 0 where it does not say."""
    return p.sign if higher_is_better else -p.sign


def all_of(signs: Sequence[int]) -> str:
    """The verdict on a claim that needs every comparison to go its way: 1 does, −1 goes against it, 0 is open."""
    if all(sign == 1 for sign in signs):
        return HOLDS
    return FAILS if -1 in signs else UNDECIDED
