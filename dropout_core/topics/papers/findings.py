"""Results of our runs for each of the paper's figures: the charts' data, and verdicts on the paper's claims."""

import numpy as np
import pandas as pd

from dropout_core.common.text import difference, mean_and_range
from dropout_core.data import published as theirs
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import Estimate, Paired, mean_interval, paired
from dropout_core.numerics.verdicts import Finding, Verdict, judge
from dropout_core.reference.record_tables import histories, in_words, means, runs
from dropout_core.reference.records import Record
from dropout_core.topics.ensemble import study
from dropout_core.topics.ensemble.findings import difference_text, minus_scaled
from dropout_core.topics.neurons import features
from dropout_core.topics.papers.catalogue import keep
from dropout_core.topics.papers.linear_regression import Equality
from dropout_core.topics.training.claims import gain_by_images

LINE = ["group", "x", "mean", "low", "high"]  # columns of a LINE table, the input of line charts
GAINED = "points of accuracy"
HALF = 0.5  # the rate used in Fig. 10
CHANCE = 2.0  # nats: hardly better than guessing among ten digits, which costs ln 10 = 2.30
NO_MARGIN = "(No margin was set beforehand, so equality can be refuted here, but not confirmed.)"


def errors(record: Record) -> pd.DataFrame:
    """Return runs(record) with an additional column error, the validation error in %."""
    table = runs(record)
    return table.assign(error=100 - table["accuracy"])


def points(p: Paired, unit: str = "points of error") -> str:
    """Format a difference with its interval."""
    return in_words(p, unit)


# --- Fig. 4 ----------------------------------------------------------------------------------------------------------


def by_updates(record: Record) -> dict[str, pd.DataFrame]:
    """Build a LINE table for each net, with each arm's error against the number of updates."""
    accuracy = histories(record, "full_val_accuracy")
    steps = accuracy["trial"].map({label: trial.recipe.steps_per_epoch for label, trial in record.trials.items()})
    line = pd.DataFrame({"group": accuracy["arm"], "x": accuracy["epoch"] * steps, "mean": 100 - accuracy["mean"]})
    line = line.assign(low=100 - accuracy["high"], high=100 - accuracy["low"])
    return {label: line[accuracy["trial"] == label] for label in record.trials}


def figure_4(record: Record) -> list[Finding]:
    return [_separation(label, trial.points) for label, trial in record.trials.items()]


def _separation(label: str, points_of_trial: pd.DataFrame) -> Finding:
    evaluated = epoch_ends(points_of_trial)
    first, last = (_less(evaluated[evaluated["epoch"] == end]) for end in _ends(evaluated["epoch"]))
    start = {0: "there was no detectable difference", 1: "it was the higher one", -1: "it was the lower one"}
    sentence = f"{label}: at the end the error with dropout differs from that without by {points(last)}"
    if first.low is not None:
        sentence += f"; after the first epoch {start[first.sign]}"
    return Finding(judge(last, -1), f"{sentence}.")


def _less(evaluated: pd.DataFrame) -> Paired:
    """Compute the paired differences in error, with dropout minus without, at a single epoch."""
    by_seed = evaluated.pivot(index="seed", columns="arm", values="full_val_accuracy")
    return paired(-by_seed[DROPOUT].to_numpy(float), -by_seed[NO_DROPOUT].to_numpy(float))


def _ends(epochs: pd.Series) -> tuple[float, float]:
    return float(epochs.min()), float(epochs.max())


# --- Fig. 8 ----------------------------------------------------------------------------------------------------------


def figure_8() -> list[Finding]:
    mean, zeros, bins = (features.by_seed(name) for name in ("mean", "zeros", "histogram"))
    less = paired(mean[DROPOUT], mean[NO_DROPOUT])
    ours = ", ".join(f"{arm} {mean_and_range(mean[arm], 2)}" for arm in ARMS)
    peaks = [_peak(arm, 100 * float(np.mean(zeros[arm])), np.mean(bins[arm], 0)) for arm in ARMS]
    return [
        Finding(judge(less, -1), f"Less active with dropout. Mean activation: {ours}."),
        *peaks,
    ]


def _peak(arm: str, zeros: float, histogram: np.ndarray) -> Finding:
    """Judge whether activations peak at zero, given the percentage of exact zeros and a histogram of other values."""
    most = int(histogram.argmax())
    at_zero = most == 0 or zeros > 100 * histogram.max()
    where = f"{most * features.BIN:g} to {(most + 1) * features.BIN:g}"
    sentence = f"A peak at zero, {arm}: {zeros:.0f} % of ours are exactly zero; the others peak at {where}."
    return Finding(Verdict.HOLDS if at_zero else Verdict.DOES_NOT_HOLD, sentence)


# --- Figs. 9a and 9b -------------------------------------------------------------------------------------------------


def kept(record: Record) -> pd.DataFrame:
    """Return errors(record) with an additional column keep, the keep probability."""
    table = errors(record)
    return table.assign(keep=table["trial"].map({label: keep(trial.recipe) for label, trial in record.trials.items()}))


def by_keep(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Build a LINE table from kept(record): error in %, or train_loss in nats, against the keep probability."""
    named = {"error": "validation images", "train_loss": "training images"}
    line = mean_interval(table, column, ("keep",))
    return line.rename(columns={"keep": "x"}).assign(group=named[column])[LINE]


def _means_by_keep(table: pd.DataFrame) -> dict[float, float]:
    line = by_keep(table, "error")
    return dict(zip(line["x"].tolist(), line["mean"].tolist(), strict=True))


def _between(table: pd.DataFrame, one: float, other: float, column: str = "error") -> Paired:
    by_seed = table.pivot(index="seed", columns="keep", values=column)
    return paired(by_seed[one].to_numpy(float), by_seed[other].to_numpy(float))


def figure_9a(record: Record) -> list[Finding]:
    low, high = theirs.FIGURE_9A_FLAT
    table = kept(record)
    means_by_keep = _means_by_keep(table)
    flat = {k: mean for k, mean in means_by_keep.items() if low <= k <= high}
    least, few, all_kept = min(flat, key=lambda k: flat[k]), min(means_by_keep), 1.0
    below, above, ends = (_between(table, *pair) for pair in ((few, least), (all_kept, least), (low, high)))
    starved = _between(table, few, least, "train_loss")
    spread = max(flat.values()) - min(flat.values())
    level = f"Flat between {low:g} and {high:g}: the means there lie within {spread:.2f} points; "
    stuck = float(table[table["keep"] == few]["train_loss"].mean()) > CHANCE
    underfit = f"Underfitting at {few:g}: training loss against {least:g}, {in_words(starved, 'nats', 3)}."
    return [
        Finding(judge(ends, 0), f"{level}{low:g} against {high:g}, {points(ends)}. {NO_MARGIN}"),
        Finding(judge(below, 1), f"Worse when few are kept: {few:g} against {least:g}, {points(below)}."),
        Finding(judge(above, 1), f"Worse when all are kept: {all_kept:g} against {least:g}, {points(above)}."),
        Finding(Verdict.NOT_ATTEMPTED, f"{underfit} Our net hardly left chance there, so it shows no underfitting.")
        if stuck
        else Finding(judge(starved, 1), underfit),
    ]


def figure_9b(record: Record) -> list[Finding]:
    table, near = kept(record), theirs.FIGURE_9B_BEST
    means_by_keep = _means_by_keep(table)
    best, few = min(means_by_keep, key=lambda k: means_by_keep[k]), min(means_by_keep)
    findings = [_best_keep(table, best, near)]
    for far, words in ((few, "Worse when few are kept"), (1.0, "Worse when all are kept")):
        p = _between(table, far, near)
        findings.append(Finding(judge(p, 1), f"{words}: {far:g} against {near:g}, {points(p)}."))
    return findings


def _best_keep(table: pd.DataFrame, best: float, near: float) -> Finding:
    """Judge whether the keep probability `near` is the only one that is not detectably worse than the best."""
    sentence = f"Ours has its lowest mean at {best:g}"
    against = {k: _between(table, k, best) for k in _means_by_keep(table) if k != best}
    if any(p.low is None for p in against.values()):
        return Finding(Verdict.TOO_FEW_SEEDS, f"{sentence}.")
    alike = [best, *(k for k, p in against.items() if p.sign == 0)]
    others = ", ".join(f"{k:g}" for k in sorted(alike) if k != best) or "none"
    why = "" if alike == [best] else ", perhaps because it varies a lot from seed to seed"
    verdict = Verdict.DOES_NOT_HOLD if near not in alike else Verdict.HOLDS if alike == [near] else Verdict.INCONCLUSIVE
    return Finding(verdict, f"{sentence}; indistinguishable from it{why}: {others}.")


# --- Fig. 10 ---------------------------------------------------------------------------------------------------------


def by_images(record: Record) -> pd.DataFrame:
    """Build a LINE table of the error against the number of training images, at rates 0 and HALF."""
    line = means(errors(record), "error")
    recipes = {label: trial.recipe for label, trial in record.trials.items()}
    rates = line["trial"].map({label: recipe.rate for label, recipe in recipes.items()})
    line = line.assign(
        x=line["trial"].map({label: recipe.images for label, recipe in recipes.items()}),
        group=rates.map({0.0: NO_DROPOUT, HALF: DROPOUT}),
    )
    return line.dropna(subset="group")[LINE]


def figure_10(record: Record) -> list[Finding]:
    gains = gain_by_images(record)
    none = [
        Finding(judge(gains[n], 0), f"No gain at {n} images: ours is {points(gains[n], GAINED)}. {NO_MARGIN}")
        for n in theirs.FIGURE_10_NO_GAIN
        if n in gains
    ]
    near = min(gains, key=lambda n: abs(n - theirs.FIGURE_10_LARGEST_GAIN))
    most = max(gains, key=lambda n: gains[n].mean)
    there = f"A gain near their largest: at {near:,} images ours is {points(gains[near], GAINED)}"
    largest = Finding(judge(gains[near], 1), f"{there}; our largest mean is at {most:,}.")
    grows = paired(gains[near].differences, gains[min(gains)].differences)
    against = f"at {near:,} against {min(gains):,} images, {points(grows, GAINED)}"
    return [*none, largest, Finding(judge(grows, 1), f"It grows: {against}."), _falls(gains, near)]


def _falls(gains: dict[int, Paired], near: int) -> Finding:
    """Judge whether the gain is smaller with the most images than with `near` images, if there is a gain at `near`."""
    p = paired(gains[max(gains)].differences, gains[near].differences)
    verdict, sentence = judge(p, -1), f"Then it falls: at {max(gains):,} against {near:,} images, {points(p, GAINED)}"
    if gains[near].sign > 0:
        return Finding(verdict, f"{sentence}.")
    verdict = Verdict.INCONCLUSIVE if verdict is Verdict.HOLDS else verdict
    return Finding(verdict, f"{sentence}, though there was no gain that could fall.")


# --- Fig. 11 ---------------------------------------------------------------------------------------------------------


def by_sampled() -> pd.DataFrame:
    """Build a LINE table of the excess error: the error of averaging k sampled nets minus that of the scaled pass."""
    estimates = {k: minus_scaled(k) for k in study.COUNTS}
    rows = [("average of k", k, e.value, e.low, e.high) for k, e in estimates.items()]
    return pd.DataFrame(rows, columns=LINE)


def figure_11() -> list[Finding]:
    near = min(study.COUNTS, key=lambda k: abs(k - theirs.FIGURE_11_EVEN))
    one, even = minus_scaled(1), minus_scaled(near)
    worse = Verdict.HOLDS if one.sign > 0 else Verdict.INCONCLUSIVE
    sentence = f"No difference from about {theirs.FIGURE_11_EVEN}: at k = {near:.0f} it is {_points(even)}"
    return [
        Finding(worse, f"One sampled net is worse: {_points(one)} against the scaled pass."),
        Finding(judge(even, 0), f"{sentence}; {difference_text()}. {NO_MARGIN}"),
    ]


def _points(e: Estimate) -> str:
    return difference(e.value, e.low, e.high, "points of error", 2)


# --- § 9.1 -----------------------------------------------------------------------------------------------------------


def section_9_1(equality: Equality, enough: float = 1e-12) -> list[Finding]:
    exact = equality.weights_apart < enough and equality.losses_apart < enough
    rounding = "rounding, and nothing else" if exact else "more than rounding"
    sentence = (
        f"The two ways to a weight differ by at most {equality.weights_apart:.0e}, the losses by "
        f"{equality.losses_apart:.0e} of themselves: {rounding}."
    )
    return [Finding(Verdict.HOLDS if exact else Verdict.DOES_NOT_HOLD, sentence)]
