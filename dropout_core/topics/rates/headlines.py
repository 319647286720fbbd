"""The sentences above the charts on the rates page, and the response to the reader's guesses."""

from collections.abc import Mapping, Sequence

import pandas as pd

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.record_tables import compared, runs
from dropout_core.reference.records import Record
from dropout_core.topics.rates import claims
from dropout_core.topics.rates.findings import Best, Trend
from dropout_core.topics.rates.stored_grids import epochs

QUESTION = "Does a wider net need a higher rate?"
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
    """State for which widths the guess is among the candidates for the best rate. Returns "" if there is no guess."""
    judged = [each for each in best if each.width in guesses and each.alike]
    if not judged:
        return ""
    right = [each.width for each in judged if guesses[each.width] in each.alike]
    widths = f": {listed([f'{width:,}' for width in right])}" if right else ""
    return f"Judged by accuracy, your guess is among the best rates for {len(right)} of {len(judged)} widths{widths}."


def reason(summary: pd.DataFrame) -> str:
    """State what the highest rate does to the narrowest and to the widest net. `summary` is from findings.summary."""
    table = summary.set_index(["width", "rate"])["accuracy"]
    (narrow, low), (wide, high) = table.index.min(), table.index.max()
    falls = [f"from {table[w, low]:.1f} % to {table[w, high]:.1f} % at width {w:,}" for w in (narrow, wide)]
    return (
        "A net with more neurons can spare more of them, but in a narrow net, a high rate leaves too few neurons to "
        f"learn the task. From rate 0 to rate {high:g}, accuracy falls {listed(falls)}."
    )


def advice(best: Sequence[Best]) -> str:
    """State how to choose a rate, and how many rows have the same rate among their candidates for the best."""
    judged = [each for each in best if each.alike]
    if not judged:
        return ""
    rates = sorted({rate for each in judged for rate in each.alike})
    rows = {rate: sum(rate in each.alike for each in judged) for rate in rates}
    most = max(rows.values())
    names = [f"{rate:g}" for rate in rates if rows[rate] == most]
    which = f"rates {listed(names)} are each" if len(names) > 1 else f"rate {names[0]} is"
    none = " No rate is among the best for all widths." if most < len(judged) else ""
    return (
        "**For your own net**, compare several rates, including 0, on unseen images. Here, judged by accuracy, "
        f"{which} among the best for {most} of {len(judged)} widths.{none}"
    )


def near_zero(record: Record, low: float, high: float) -> str:
    """State how early nets with a low rate learn and how much they overfit, and which rates never catch up."""
    table, reached = runs(record), claims.epochs_to_level(record).mean()
    labels = {trial.recipe.rate: label for label, trial in record.trials.items()}
    gaps = table.groupby("trial")["gap"].mean()
    left = {rate: gaps[labels[rate]] / gaps[labels[0.0]] for rate in (low, high)}
    ends = {rate: compared(table, "accuracy", (labels[rate], DROPOUT), (labels[0.0], DROPOUT)) for rate in labels}
    behind = [f"{rate:g}" for rate in sorted(ends) if rate and ends[rate].sign < 0]
    late = (
        f" After {epochs(record)[1]} epochs, nets at rate {listed(behind)} are still behind nets without dropout."
        if behind
        else ""
    )
    doubt = "" if claims.delays(record)[low].sign else " (no detectable difference)"
    return (
        f"**Rates close to zero change little**: at rate {low:g}, nets reach {claims.LEVEL:g} % at epoch "
        f"{reached[low]:.0f}; without dropout, they do so at epoch {reached[0.0]:.0f}{doubt}. Overfitting (validation "
        f"minus training loss) is {100 * left[low]:.0f} % of what it is without dropout; at rate {high:g}, it is "
        f"{100 * left[high]:.0f} %.{late}"
    )


def slow_learners(record: Record, rate: float) -> str:
    """State how many epochs later this rate reaches claims.LEVEL, and whether accuracy ends up higher or lower."""
    later = claims.delays(record)[rate]
    labels = {trial.recipe.rate: label for label, trial in record.trials.items()}
    ahead = compared(runs(record), "accuracy", (labels[rate], DROPOUT), (labels[0.0], DROPOUT))
    if later.sign <= 0:
        return f"With rate {rate:g}, nets are not detectably slower than without dropout"
    start = (
        f"With rate {rate:g}, nets need {later.mean:.0f} more epochs than without dropout to reach {claims.LEVEL:g} %"
    )
    end = {1: f", yet end {ahead.mean:.1f} points ahead", -1: f", and end {-ahead.mean:.1f} points behind"}
    return start + end.get(ahead.sign, ", but catch up")
