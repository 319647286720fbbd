"""The article's claims about rates (C4, C8 and C9), each judged from a record of reference runs."""

from dataclasses import replace
from itertools import takewhile
from math import sqrt

import numpy as np
import pandas as pd

from dropout_core.common.text import counted, listed
from dropout_core.experiments.catalogue import CONV_PAIRS, EXPERIMENTS
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.power import Design
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, by_case, improves
from dropout_core.reference.record_tables import in_words, runs
from dropout_core.reference.records import Record, load
from dropout_core.topics.rates.findings import UNITS, Trend, hardly_trained, trained, trend
from dropout_core.topics.rates.stored_grids import epochs, width_runs

LEVEL = 85.0  # validation accuracy (%) that every rate except the highest reaches
RECOMMENDED = ((0.2, 0.5), (0.3, 0.5))  # the article's convolutional and dense rates
POOLED = Design(freedom=len(CONV_PAIRS) - 1, tests=len(CONV_PAIRS) - len(RECOMMENDED))  # of the intervals for C9


def epochs_to_level(record: Record) -> pd.DataFrame:
    """Return the first evaluated epoch at which each run reaches LEVEL, with one row per seed and one column per rate.

    A run that never reaches LEVEL has NaN.
    """
    columns = {}
    for trial in record.trials.values():
        reached = trial.points[trial.points["full_val_accuracy"] >= LEVEL].groupby("seed")["epoch"].min().round()
        columns[trial.recipe.rate] = reached.reindex(trial.recipe.seeds)
    return pd.DataFrame(columns)[sorted(columns)]


def delays(record: Record) -> dict[float, Paired]:
    """For each nonzero rate, return the additional epochs needed to reach LEVEL compared with rate 0, paired by seed.

    Runs that never reach LEVEL are treated as if they reached it at the evaluation after the last, so their delay is a
    lower bound.
    """
    first, last = epochs(record)
    reached = epochs_to_level(record).fillna(last + first)
    rates = reached.columns.astype(float)
    return {rate: paired(reached[rate].to_numpy(), reached[0.0].to_numpy()) for rate in rates if rate}


def slower() -> Finding:
    """Judge C4, that a higher rate means slower convergence, by the number of epochs until each rate reaches LEVEL.

    The rates are compared with rate 0 in a fixed order, from the highest down, until one is not clearly slower. Like
    Holm's correction, this keeps the probability of any false finding at 5 % (a fixed-sequence procedure).
    """
    record = load("rates")
    late, reached = delays(record), epochs_to_level(record)
    later = list(takewhile(lambda rate: late[rate].sign > 0, sorted(late, reverse=True)))
    censored = [rate for rate in late if reached[rate].isna().any()]
    sentence = (
        f"Runs reach {LEVEL:g} % validation accuracy after {_by_rate(reached)} epochs on average "
        f"({len(reached)} seeds). {_delay(later, late, censored)}{_never(reached, censored, epochs(record)[1])}"
    )
    measure, measured = f"time to {LEVEL:g} % accuracy", [rate for rate in sorted(late)[::-1] if rate not in censored]
    evidence = tuple(Evidence(f"p = {rate:g} against 0", measure, "epochs", late[rate]) for rate in measured)
    if not later:
        return Finding(Verdict.INCONCLUSIVE, sentence, evidence=evidence)
    if len(later) == len(late):
        return Finding(Verdict.HOLDS, sentence, evidence=evidence)
    sentence += f". Below rate {later[-1]:g}, learning is not detectably slower than without dropout"
    return Finding(Verdict.HOLDS_WHEN, sentence, f"the rate is {later[-1]:g} or more", evidence=evidence)


def _delay(later: list[float], late: dict[float, Paired], censored: list[float]) -> str:
    """State the delay at the lowest rate that is clearly slower, if all of its runs reach LEVEL."""
    if not later or later[-1] in censored:
        return ""
    return f"At rate {later[-1]:g}, the delay compared with no dropout is {in_words(late[later[-1]], 'epochs', 1)}. "


def _never(reached: pd.DataFrame, censored: list[float], last: int) -> str:
    """State at which rates some runs never reach LEVEL. For them, only a lower bound of the delay is known."""
    if not censored:
        return ""
    least = last - reached[0.0].max()
    return (
        f"At rate {_listed(censored)}, some or all runs do not reach this accuracy within {last} epochs; these runs "
        f"are at least {least:.0f} epochs slower than any run without dropout"
    )


def _by_rate(reached: pd.DataFrame) -> str:
    """List the mean number of epochs needed to reach LEVEL, for each rate at which all runs reach it."""
    means = reached.mean(skipna=False).dropna()
    return listed([f"{mean:.0f} (p = {rate:g})" for rate, mean in means.items()])


def _listed(numbers: list[float] | np.ndarray) -> str:
    return listed(f"{number:,g}" for number in numbers)


def wider_wants_more() -> Finding:
    """Judge C8, that more complex networks need a higher rate, by the trend of the best rate across widths."""
    table = width_runs()
    kept = trained(table)
    trends = {column: trend(table, column) for column in ("accuracy", "loss")}
    sentence = "; ".join(f"by {column}, {each.figures}. {each.remark}".rstrip(". ") for column, each in trends.items())
    if len(kept) < len(table):
        cells = [f"width {width:,} at rate {rate:g}" for width, rate in hardly_trained(table)]
        sentence += (
            f". Nets of {listed(cells)} learned almost nothing in {_updates():,} updates, so the verdict uses only "
            f"widths {_listed(np.unique(kept['width']))} and rates {_listed(np.unique(kept['rate']))}"
        )
    finding = by_case({f"judged by {column}": each.verdict for column, each in trends.items()}, sentence)
    seeds = int(table["seed"].nunique())
    return replace(finding, evidence=tuple(_slope(column, each, seeds) for column, each in trends.items()))


def _slope(column: str, trend: Trend, seeds: int) -> Evidence:
    p = Paired((), trend.slope.value, trend.slope.low, trend.slope.high)
    what = f"best rate by {column}, as the width doubles"
    return Evidence(what, "slope of the rate", "per doubling", p, seeds=seeds, smallest=trend.smallest)


def _updates() -> int:
    recipe = EXPERIMENTS["widths"].trials[0].recipe
    return recipe.epochs * recipe.steps_per_epoch


def pair_values(column: str) -> pd.DataFrame:
    """Return a column of the runs with CONV_PAIRS, with one row per seed and one column per pair of rates."""
    record = load("conv-pairs")
    by_seed = runs(record).pivot(index="seed", columns="trial", values=column)
    recipes = {label: trial.recipe for label, trial in record.trials.items()}
    labels = {(r.conv_rate, r.rate): label for label, r in recipes.items() if not r.spatial}
    return pd.DataFrame({pair: by_seed[labels[pair]] for pair in CONV_PAIRS if pair in labels})


def against_recommended(column: str) -> dict[tuple[float, float], Paired]:
    """Compare the mean of the two recommended pairs of rates with each of the other four pairs.

    The intervals have the width that a pooled variance gives: that of a two-way analysis of variance without
    interaction, with a row per seed and a column per pair. They are corrected for four comparisons (Bonferroni).
    """
    values = pair_values(column)
    ours = values[list(RECOMMENDED)].mean(axis=1)
    others = [pair for pair in CONV_PAIRS if pair in values and pair not in RECOMMENDED]
    half = POOLED.limit(len(values)) * pooled_spread(values.to_numpy(float)) / sqrt(len(values))
    found = {pair: paired(ours.to_numpy(), values[pair].to_numpy()) for pair in others}
    return {
        pair: p if p.low is None else replace(p, low=p.mean - half, high=p.mean + half) for pair, p in found.items()
    }


def pooled_spread(values: np.ndarray) -> float:
    """Return the standard deviation of one seed's difference between the recommended pairs and another pair.

    It is estimated from the residuals of all values [seeds, pairs], by an analysis of variance without interaction.
    """
    n, columns = values.shape
    residual = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
    variance = float((residual**2).sum()) / ((n - 1) * (columns - 1))
    return float(np.sqrt(variance * (1 + 1 / len(RECOMMENDED))))


def conv_rates() -> Finding:
    """Judge C9, that rates of 0.2 to 0.3 suit convolutional layers and 0.5 suits fully connected layers.

    It holds if the mean of the recommended pairs is better than each of the other four, beyond the margin.
    """
    margins, evidence, verdicts = EXPERIMENTS["conv-pairs"].margin, {}, {}
    for column, unit in UNITS.items():
        spread = pooled_spread(pair_values(column).to_numpy(float))
        for (conv, dense), p in against_recommended(column).items():
            key = f"{conv:g}/{dense:g}", column
            what = f"0.2/0.5 and 0.3/0.5 against {key[0]}"
            evidence[key] = Evidence(
                what, f"validation {column}", unit, p, margins[column], spread=spread, design=POOLED
            )
            verdicts[key] = improves(p, column == "accuracy", margins[column])
    parts = [_standing(column, verdicts) for column in UNITS]
    sentence = (
        "We compared convolutional rates of 0.2 and 0.3, each with a dense rate of 0.5, with "
        f"{counted(len(verdicts) // len(UNITS), 'other pair')} of rates (convolutional/dense), using simultaneous 95 "
        f"% intervals over {len(pair_values('accuracy'))} seeds and margins of "
        f"{listed(f'±{margin:g} {UNITS[column]}' for column, margin in margins.items())}. The results: "
        + "; ".join(parts)
    )
    cases = {column: [verdict for (_, measure), verdict in verdicts.items() if measure == column] for column in UNITS}
    finding = by_case({f"judged by {column}": all_of(found) for column, found in cases.items()}, sentence)
    # If the claim is inconclusive, the comparisons that leave it undecided come first.
    first = sorted(evidence, key=lambda key: verdicts[key] is not finding.verdict)
    return replace(finding, evidence=tuple(evidence[key] for key in first))


def _standing(column: str, verdicts: dict[tuple[str, str], Verdict]) -> str:
    """List the pairs of rates that are worse than, equivalent to or better than the recommended pairs, or undecided."""
    text = {
        Verdict.HOLDS: "better than",
        Verdict.EQUIVALENT: "equivalent to",
        Verdict.DOES_NOT_HOLD: "worse than",
        Verdict.INCONCLUSIVE: "not detectably different from",
        Verdict.TOO_FEW_SEEDS: "too few seeds for a verdict against",
    }
    groups = {v: [what for (what, measure), each in verdicts.items() if measure == column and each is v] for v in text}
    return f"by {column}, {', '.join(f'{text[v]} {listed(group)}' for v, group in groups.items() if group)}"
