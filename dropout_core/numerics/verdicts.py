"""Verdicts on claims, derived from confidence intervals.

If a margin is stated, it is considered first. An interval within the margin means that the two are equivalent, even if
the interval excludes zero: the difference may be real, but it is too small to matter. Otherwise, an interval that
excludes zero means that there is a difference, even if part of the interval lies within the margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, Paired

TAKE_FIVE = "A verdict needs at least five seeds."


class Verdict(Enum):
    """A verdict on a claim. Its value is the text shown to readers."""

    HOLDS = "holds"
    HOLDS_WHEN = "holds when"
    EQUIVALENT = "equivalent"
    DOES_NOT_HOLD = "does not hold here"
    INCONCLUSIVE = "inconclusive"
    TOO_FEW_SEEDS = "no verdict from so few seeds"
    NOT_COMPARABLE = "not comparable"  # the setup differs from the published one in more than scale
    NOT_FINISHED = "not finished"  # the runs that it needs are missing


# Alternative wordings of verdicts. For comparisons, the claim is that the network with dropout is better.
COMPARISON_TEXT = {
    Verdict.HOLDS: "the net with dropout is ahead",
    Verdict.DOES_NOT_HOLD: "the net without dropout is ahead",
    Verdict.INCONCLUSIVE: "no detectable difference",
}
# For reproduced figures, the claim is that our runs show the same effect as the paper.
REPRODUCTION_TEXT = {
    Verdict.HOLDS: "Agrees",
    Verdict.DOES_NOT_HOLD: "Differs",
    Verdict.EQUIVALENT: "Agrees within the margin",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.TOO_FEW_SEEDS: "Too few seeds",
    Verdict.NOT_COMPARABLE: "Not comparable",
    Verdict.NOT_FINISHED: "Not finished",
}


@dataclass(frozen=True)
class Finding:
    """A verdict on a claim, and a sentence with the supporting figures.

    condition  when the claim holds, e.g. "all layers are linear", or to what something is equivalent
    exception  for HOLDS_WHEN: where the claim clearly does not hold, e.g. "by accuracy"; empty if there is no such case
    evidence   the comparisons on which the verdict rests, the most important one first; empty for exact results
    """

    verdict: Verdict
    sentence: str
    condition: str = ""
    exception: str = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def text(self) -> str:
        """The verdict and its condition, as shown to readers."""
        exception = f"; does not hold {self.exception}" if self.exception else ""
        return f"{self.verdict.value} {self.condition}{exception}".rstrip()

    @property
    def power(self) -> str:
        """A sentence on what the seeds of the first comparison could have shown, if the finding is inconclusive."""
        if self.verdict is not Verdict.INCONCLUSIVE or not self.evidence:
            return ""
        text = self.evidence[0].power_text
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    @property
    def fails(self) -> bool:
        """Whether the claim fails, either in general or for the listed exceptions."""
        return self.verdict is Verdict.DOES_NOT_HOLD or bool(self.exception)


def judge(difference: Paired | Estimate, expected: int, margin: float | None = None) -> Verdict:
    """Judge whether a difference has the expected sign, 1 or −1, by its interval.

    margin   differences up to this size count as no difference. If the whole interval is within it, the verdict
             is EQUIVALENT, even if the interval excludes zero.
    Returns TOO_FEW_SEEDS if so few seeds were compared that there is no interval.
    """
    if difference.low is None:
        return Verdict.TOO_FEW_SEEDS
    if margin is not None and equivalent(difference, margin):
        return Verdict.EQUIVALENT
    if difference.sign == 0:
        return Verdict.INCONCLUSIVE
    return Verdict.HOLDS if difference.sign == expected else Verdict.DOES_NOT_HOLD


def improves(difference: Paired | Estimate, higher_is_better: bool, margin: float | None = None) -> Verdict:
    """Judge the claim that the first of two compared measurements is better than the second; see judge()."""
    return judge(difference, 1 if higher_is_better else -1, margin)


def described(evidence: Evidence, words: tuple[str, str] = ("higher", "lower")) -> str:
    """Describe one comparison by the rule of judge(), independently of any claim.

    words   the words for a positive and for a negative difference
    """
    if evidence.estimate is None:
        return "too few seeds"
    word = {1: words[0], -1: words[1], 0: ""}[evidence.sign]
    if evidence.margin is not None and equivalent(evidence.paired, evidence.margin):
        return f"equivalent, slightly {word}" if word else "equivalent"
    if word and evidence.same and evidence.margin and same(evidence.paired, evidence.margin) is Verdict.INCONCLUSIVE:
        return f"{word}, perhaps by less than the margin"
    return word or "inconclusive"


def same(difference: Paired | Estimate, margin: float) -> Verdict:
    """Judge the claim that there is no difference: EQUIVALENT within the margin, and DOES_NOT_HOLD outside it.

    The result is INCONCLUSIVE if the interval reaches across one end of the margin.
    """
    if equivalent(difference, margin):
        return Verdict.EQUIVALENT
    low, high = difference.low, difference.high
    outside = low is not None and high is not None and low != high and (low > margin or high < -margin)
    return Verdict.DOES_NOT_HOLD if outside else Verdict.INCONCLUSIVE


def equivalent(difference: Paired | Estimate, margin: float) -> bool:
    """Whether the whole interval lies within ±margin of zero. Choose the margin before making the runs.

    With a 95 % interval, these are two one-sided tests at 2.5 % each, stricter than the customary 5 %.
    """
    low, high = difference.low, difference.high
    return low is not None and high is not None and low != high and -margin < low and high < margin


def all_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Combine the verdicts on several parts into the verdict on a claim that requires all parts to hold.

    A single failing part decides the verdict. So does an equivalent part, because a claimed improvement is then smaller
    than the margin.
    """
    decisive = (Verdict.DOES_NOT_HOLD, Verdict.EQUIVALENT, Verdict.TOO_FEW_SEEDS, Verdict.INCONCLUSIVE)
    return next((verdict for verdict in decisive if verdict in verdicts), Verdict.HOLDS)


def by_case(verdicts: dict[str, Verdict], sentence: str) -> Finding:
    """Combine the verdicts on several cases into one finding. If the claim holds only in some cases, name them."""
    holding = [case for case, verdict in verdicts.items() if verdict is Verdict.HOLDS]
    if holding and len(holding) < len(verdicts):
        failing = [case for case, verdict in verdicts.items() if verdict is Verdict.DOES_NOT_HOLD]
        exception = f"when {' and '.join(failing)}" if failing else ""
        return Finding(Verdict.HOLDS_WHEN, sentence, " and ".join(holding), exception)
    if holding:
        return Finding(Verdict.HOLDS, sentence)
    undecided = (Verdict.TOO_FEW_SEEDS, Verdict.INCONCLUSIVE, Verdict.DOES_NOT_HOLD)
    return Finding(next((v for v in undecided if v in verdicts.values()), Verdict.EQUIVALENT), sentence)
