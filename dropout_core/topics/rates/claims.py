"""The article's claims about rates (C4, C8 and C9), each judged from a record of reference runs."""

import numpy as np

from dropout_core.experiments.catalogue import CONV_RATES, DENSE_RATES
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Finding, Verdict, by_case, judge
from dropout_core.reference.record_tables import in_words
from dropout_core.reference.records import load
from dropout_core.topics.rates.findings import Trend, best, trend
from dropout_core.topics.rates.stored_grids import conv_grid, epochs, losses, pairs, width_runs


def slower() -> Finding:
    """Judge C4, that a higher rate means slower convergence, by the loss after the first epochs."""
    record = load("rates")
    early = losses(record)
    rates = [float(rate) for rate in early.columns]
    steps = [paired(early[b].to_numpy(), early[a].to_numpy()) for a, b in zip(rates, rates[1:], strict=False)]
    slopes = [float(np.polyfit(rates, row, 1)[0]) / 10 for row in early.to_numpy()]
    slope = paired(slopes, [0.0] * len(slopes))
    rising = sum(step.sign > 0 for step in steps)
    sentence = (
        f"After {epochs(record)[0]} epochs the validation loss grows with the rate, by {in_words(slope, 'nats', 2)} "
        f"for 0.1 more; of {len(steps)} such steps, {rising} raise it clearly"
    )
    return Finding(judge(slope, 1), sentence)


def wider_wants_more() -> Finding:
    """Judge C8, that more complex networks need a higher rate, by the best rate for each width."""
    runs = width_runs()
    trends = {column: trend(best(runs, column)) for column in ("accuracy", "loss")}
    sentence = "; ".join(f"by {column}, {_described(each)}" for column, each in trends.items())
    return by_case({f"judged by {column}": each.verdict for column, each in trends.items()}, sentence)


def _described(trend: Trend) -> str:
    """Describe a trend in a clause, with its figures in brackets."""
    text = {
        Verdict.HOLDS: "the best rate grows with the width",
        Verdict.DOES_NOT_HOLD: "it falls as the width grows",
        Verdict.INCONCLUSIVE: "it is inconclusive",
    }
    overlap = ": these overlap" if trend.verdict is Verdict.INCONCLUSIVE else ""
    return f"{text[trend.verdict]} ({trend.figures}{overlap}. {trend.remark}".rstrip(". ") + ")"


def conv_rates() -> Finding:
    """Judge C9, that rates of 0.2 to 0.3 suit convolutional layers and 0.5 suits fully connected layers.

    The claim fails if the best pair of rates is clearly better than both recommended pairs.
    """
    by_seed, against = conv_grid("accuracy")
    recommended = [(c, 0.5) for c in (0.2, 0.3)]
    means = by_seed.mean()
    best_pair, theirs = (
        max(pairs(by_seed), key=lambda pair: means[pair]),
        max(recommended, key=lambda pair: means[pair]),
    )
    gain = paired(by_seed[theirs].to_numpy(), by_seed[(0.0, 0.0)].to_numpy())
    behind = [pair for pair in recommended if pair in against and against[pair].sign < 0]
    alike = sum(difference.sign == 0 for difference in against.values())
    sentence = (
        f"Best of {len(CONV_RATES)} × {len(DENSE_RATES)} pairs: conv {best_pair[0]:g}, dense {best_pair[1]:g} with "
        f"{means[best_pair]:.1f} %; {alike} others are indistinguishable from it. Conv {theirs[0]:g}, dense 0.5: "
        f"{means[theirs]:.1f} %, {in_words(gain, 'points')} against no dropout at all"
    )
    if len(behind) == len(recommended):
        return Finding(Verdict.DOES_NOT_HOLD, sentence)
    return Finding(Verdict.HOLDS if gain.sign > 0 else Verdict.INCONCLUSIVE, sentence)
