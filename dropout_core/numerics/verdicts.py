"""Verdicts on claims, derived from confidence intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dropout_core.numerics.statistics import Estimate, Paired

TAKE_FIVE = "Take five seeds for a verdict."


class Verdict(Enum):
    """A verdict on a claim. Its value is the text shown to readers."""

    HOLDS = "holds"
    HOLDS_WHEN = "holds when"
    EQUIVALENT = "equivalent"
    DOES_NOT_HOLD = "does not hold here"
    INCONCLUSIVE = "inconclusive"
    TOO_FEW_SEEDS = "no verdict from so few seeds"


# Verdicts on other claims, in other words. For comparisons, the claim is that the network with dropout is better.
COMPARISON_TEXT = {
    Verdict.HOLDS: "the net with dropout is ahead",
    Verdict.DOES_NOT_HOLD: "the net without dropout is ahead",
    Verdict.INCONCLUSIVE: "no detectable difference",
}
# For reproduced figures, the claim is that our runs show the same effect as the paper.
REPRODUCTION_TEXT = {
    Verdict.HOLDS: "Agrees",
    Verdict.DOES_NOT_HOLD: "Differs",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.TOO_FEW_SEEDS: "No verdict",
}


@dataclass(frozen=True)
class Finding:
    """A verdict on a claim, and a sentence with the supporting figures.

    condition  for HOLDS_WHEN: when the claim holds, e.g. "all layers are linear"
    exception  for HOLDS_WHEN: where the claim clearly does not hold, e.g. "by accuracy"; empty if there is no such case
    """

    verdict: Verdict
    sentence: str
    condition: str = ""
    exception: str = ""

    @property
    def text(self) -> str:
        """The verdict and its condition, as shown to readers."""
        exception = f"; does not hold {self.exception}" if self.exception else ""
        return f"{self.verdict.value} {self.condition}{exception}".rstrip()

    @property
    def fails(self) -> bool:
        """Whether the claim fails, either in general or for the listed exceptions."""
        return self.verdict is Verdict.DOES_NOT_HOLD or bool(self.exception)


def judge(difference: Paired | Estimate, expected: int) -> Verdict:
    """Return HOLDS if the interval is on the expected side of zero (1 or −1), DOES_NOT_HOLD if on the other side.

    Returns TOO_FEW_SEEDS if so few seeds were compared that there is no interval.
    If expected is 0, the claim is that there is no difference. An interval can refute this claim but not confirm it.
    """
    if difference.low is None:
        return Verdict.TOO_FEW_SEEDS
    if difference.sign == 0:
        return Verdict.INCONCLUSIVE
    return Verdict.HOLDS if difference.sign == expected else Verdict.DOES_NOT_HOLD


def improves(difference: Paired | Estimate, higher_is_better: bool) -> Verdict:
    """Judge the claim that the first of two compared measurements is better than the second."""
    return judge(difference, 1 if higher_is_better else -1)


def equivalent(difference: Estimate, margin: float) -> bool:
    """Whether the whole interval lies within ±margin of zero. Choose the margin before making the runs."""
    return -margin < difference.low and difference.high < margin


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Combine the verdicts on several parts into the verdict on a claim that requires all parts to hold."""
    if all(verdict is Verdict.HOLDS for verdict in verdicts):
        return Verdict.HOLDS
    without = (Verdict.DOES_NOT_HOLD, Verdict.TOO_FEW_SEEDS)
    return next((verdict for verdict in without if verdict in verdicts), Verdict.INCONCLUSIVE)


def by_case(verdicts: dict[str, Verdict], sentence: str) -> Finding:
    """Combine the verdicts on several cases into one finding. If only some cases hold, they become its condition."""
    holding = [case for case, verdict in verdicts.items() if verdict is Verdict.HOLDS]
    if holding and len(holding) < len(verdicts):
        return Finding(Verdict.HOLDS_WHEN, sentence, " and ".join(holding))
    if holding:
        return Finding(Verdict.HOLDS, sentence)
    undecided = (verdict for verdict in (Verdict.TOO_FEW_SEEDS, Verdict.INCONCLUSIVE) if verdict in verdicts.values())
    return Finding(next(undecided, Verdict.DOES_NOT_HOLD), sentence)
