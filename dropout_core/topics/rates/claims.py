"""The article's claims about rates (C4, C8 and C9), each judged from a record of reference runs."""

from dataclasses import replace
from itertools import takewhile

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from dropout_core.common.text import listed
from dropout_core.experiments.catalogue import CONV_PAIRS, EXPERIMENTS
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Estimate, Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, by_case, improves
from dropout_core.reference.record_tables import in_words, runs
from dropout_core.reference.records import Record, first_recorded, load
from dropout_core.topics.rates.findings import hardly_trained, trained, trend
from dropout_core.topics.rates.stored_grids import epochs, losses, width_runs

LEVEL = 85.0  # % of the validation images; nets of all rates but the highest reach it
UNITS = {"accuracy": "points", "loss": "nats"}
RECOMMENDED = ((0.2, 0.5), (0.3, 0.5))  # convolutional and dense rate, by the article


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
    """Return how many epochs later than at rate 0 each other rate reaches LEVEL, paired by seed.

    Runs that never reach it count as if they did at the evaluation after the last one, so their delay is a lower bound.
    """
    first, last = epochs(record)
    reached = epochs_to_level(record).fillna(last + first)
    rates = reached.columns.astype(float)
    return {rate: paired(reached[rate].to_numpy(), reached[0.0].to_numpy()) for rate in rates if rate}


def slower() -> Finding:
    """Judge C4, that a higher rate means slower convergence, by the epochs that each rate takes to LEVEL.

    The rates are compared with rate 0 in a fixed order, from the highest down, until one is not clearly slower. Like
    Holm's correction, this keeps the chance of any false finding at 5 % (a fixed-sequence procedure).
    """
    record = load("rates")
    late, reached = delays(record), epochs_to_level(record)
    later = list(takewhile(lambda rate: late[rate].sign > 0, sorted(late, reverse=True)))
    never = [f"{rate:g}" for rate in reached if reached[rate].isna().all()]
    sentence = f"{LEVEL:g} % are reached after {_by_rate(reached)} epochs on average"
    sentence += f"; at {listed(never)}, never within {epochs(record)[1]} epochs" if never else ""
    sentence += f". {early_look(record)}"
    measure = f"time to {LEVEL:g} %"
    evidence = tuple(Evidence(f"p = {rate:g} against 0", measure, "epochs", late[rate]) for rate in sorted(late)[::-1])
    if not later:
        return Finding(Verdict.INCONCLUSIVE, sentence, evidence=evidence)
    if len(later) == len(late):
        return Finding(Verdict.HOLDS, sentence, evidence=evidence)
    sentence += f". Below {later[-1]:g}, no rate is detectably slower than no dropout"
    return Finding(Verdict.HOLDS_WHEN, sentence, f"the rate is {later[-1]:g} or more", evidence=evidence)


def _by_rate(reached: pd.DataFrame) -> str:
    """List the mean number of epochs, rate by rate, for the rates at which all runs reach LEVEL."""
    means = reached.mean(skipna=False).dropna()
    return listed([f"{mean:.0f} (p = {rate:g})" for rate, mean in means.items()])


def _rates(rates: list[float]) -> str:
    return listed([f"{rate:g}" for rate in rates])


def early_look(record: Record) -> str:
    """Say how the loss of the first evaluation grows with the rate: by how much for 0.1 more, on a straight line."""
    early = losses(record)
    slopes = [float(np.polyfit(early.columns.astype(float), row, 1)[0]) / 10 for row in early.to_numpy()]
    slope = in_words(paired(slopes, [0.0] * len(slopes)), "nats", 2)
    return (
        f"An early look hides this: after {epochs(record)[0]} epochs the validation loss grows by {slope} for 0.1 more"
    )


def wider_wants_more() -> Finding:
    """Judge C8, that more complex networks need a higher rate, by the trend of the best rate over the widths."""
    table = width_runs()
    kept = trained(table)
    trends = {column: trend(table, column) for column in ("accuracy", "loss")}
    sentence = "; ".join(f"by {column}, {each.figures}. {each.remark}".rstrip(". ") for column, each in trends.items())
    if len(kept) < len(table):
        cells = [f"width {width:,} at rate {rate:g}" for width, rate in hardly_trained(table)]
        sentence += (
            f". {listed(cells)} hardly trained in {_updates():,} updates, so only widths "
            f"{listed(sorted(kept['width'].unique()))} at rates {_rates(sorted(kept['rate'].unique()))} are judged"
        )
    finding = by_case({f"judged by {column}": each.verdict for column, each in trends.items()}, sentence)
    seeds = int(table["seed"].nunique())
    return replace(finding, evidence=tuple(_slope(column, each.slope, seeds) for column, each in trends.items()))


def _slope(column: str, slope: Estimate, seeds: int) -> Evidence:
    p = Paired((), slope.value, slope.low, slope.high)
    return Evidence(f"best rate by {column}, against the width", "slope of the rate", "per doubling", p, seeds=seeds)


def _updates() -> int:
    recipe = EXPERIMENTS["widths"].trials[0].recipe
    return recipe.epochs * recipe.steps_per_epoch


def pair_values(column: str) -> pd.DataFrame:
    """Return a column of the runs with CONV_PAIRS, with one row per seed and one column per pair of rates.

    The runs are those of the record "conv-pairs"; as long as it is missing, those of the same pairs in "conv".
    """
    record = first_recorded("conv-pairs", "conv")
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
    half = pooled_half_width(values.to_numpy(float), contrast_size=1 + 1 / len(RECOMMENDED), comparisons=len(others))
    found = {pair: paired(ours.to_numpy(), values[pair].to_numpy()) for pair in others}
    return {
        pair: p if p.low is None else replace(p, low=p.mean - half, high=p.mean + half) for pair, p in found.items()
    }


def pooled_half_width(values: np.ndarray, contrast_size: float, comparisons: int) -> float:
    """Return half the width of simultaneous 95 % intervals of contrasts between columns of values [seeds, columns].

    contrast_size   the sum of the squared weights of the columns in a contrast
    """
    n, columns = values.shape
    residual = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()
    freedom = (n - 1) * (columns - 1)
    variance = float((residual**2).sum()) / freedom
    return float(stdtrit(freedom, 1 - 0.025 / comparisons) * np.sqrt(variance * contrast_size / n))


def conv_rates() -> Finding:
    """Judge C9, that rates of 0.2 to 0.3 suit convolutional layers and 0.5 suits fully connected layers.

    It holds if the mean of the recommended pairs is better than each of the other four, beyond the margin.
    """
    margins, evidence, verdicts = EXPERIMENTS["conv-pairs"].margin, [], {}
    for column, unit in UNITS.items():
        for (conv, dense), p in against_recommended(column).items():
            what = f"{conv:g} and {dense:g}"
            evidence.append(Evidence(what, f"validation {column}", unit, p, margins[column]))
            verdicts[what, column] = improves(p, column == "accuracy", margins[column])
    parts = [_standing(column, verdicts) for column in UNITS]
    sentence = (
        "Convolutional rate 0.2 or 0.3 with dense rate 0.5, against four other pairs (convolutional and dense rate): "
        + "; ".join(parts)
    )
    cases = {column: [verdict for (_, measure), verdict in verdicts.items() if measure == column] for column in UNITS}
    finding = by_case({f"judged by {column}": all_of(found) for column, found in cases.items()}, sentence)
    return replace(finding, evidence=tuple(evidence))


def _standing(column: str, verdicts: dict[tuple[str, str], Verdict]) -> str:
    """List the pairs of rates that are worse than the recommended ones, equivalent to them, better, or undecided."""
    text = {
        Verdict.HOLDS: "better than",
        Verdict.EQUIVALENT: "equivalent to",
        Verdict.DOES_NOT_HOLD: "worse than",
        Verdict.INCONCLUSIVE: "inconclusive against",
        Verdict.TOO_FEW_SEEDS: "too few seeds for a verdict against",
    }
    groups = {v: [what for (what, measure), each in verdicts.items() if measure == column and each is v] for v in text}
    return f"by {column}, {', '.join(f'{text[v]} {listed(group)}' for v, group in groups.items() if group)}"
