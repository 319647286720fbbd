"""The sentences above the pictures of the rates page, and the answer to the reader's guesses."""

from collections.abc import Mapping, Sequence

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.record_tables import compared, runs
from dropout_core.reference.records import Record
from dropout_core.topics.rates import claims
from dropout_core.topics.rates.findings import Best, Trend

QUESTION = "Does a wider net want a higher rate?"
_ANSWERS = {
    Verdict.HOLDS: "yes",
    Verdict.DOES_NOT_HOLD: "no, a lower one",
    Verdict.INCONCLUSIVE: "inconclusive",
}


def by_width(trends: Mapping[str, Trend]) -> str:
    """Answer the page's question by each measure, beginning with the clearest answer."""
    order = sorted(trends, key=lambda column: [*_ANSWERS].index(trends[column].verdict))
    answers = "; ".join(f"by {column}, {_ANSWERS[trends[column].verdict]}" for column in order)
    return f"{QUESTION} {answers[:1].upper()}{answers[1:]}"


def answer(best: Sequence[Best], guesses: Mapping[int, float]) -> str:
    """Say for which widths the guess is among the rates that may be the best. Returns "" if there is no guess."""
    judged = [each for each in best if each.width in guesses and each.alike]
    if not judged:
        return ""
    right = [each.width for each in judged if guesses[each.width] in each.alike]
    widths = f": {listed([f'{width:,}' for width in right])}" if right else ""
    return f"By accuracy, your guesses are among the best for {len(right)} of {len(judged)} widths{widths}."


def slow_learners(record: Record, rate: float) -> str:
    """Say how much later nets with this rate reach claims.LEVEL than nets without dropout, and how both end."""
    later = claims.delays(record)[rate]
    labels = {trial.recipe.rate: label for label, trial in record.trials.items()}
    ahead = compared(runs(record), "accuracy", (labels[rate], DROPOUT), (labels[0.0], DROPOUT))
    if later.sign <= 0:
        return f"Rate {rate:g} is not detectably slower than no dropout"
    start = f"Rate {rate:g} reaches {claims.LEVEL:g} % {later.mean:.0f} epochs later than no dropout"
    end = {1: f", yet ends {ahead.mean:.1f} points ahead", -1: f", and ends {-ahead.mean:.1f} points behind"}
    return start + end.get(ahead.sign, ", and catches up")
