"""What our runs say about each figure of the paper: numbers for the chart, and claims judged by intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_core.common.text import difference
from dropout_core.data import published as theirs
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import Paired, interval, mean_interval, paired
from dropout_core.numerics.verdicts import Finding, Verdict, judge
from dropout_core.reference.record_tables import histories, in_words, means, runs
from dropout_core.reference.records import Record
from dropout_core.topics.ensemble import findings, study
from dropout_core.topics.neurons import features
from dropout_core.topics.papers.catalogue import keep
from dropout_core.topics.papers.linear_regression import Equality
from dropout_core.topics.training.claims import gain_by_images

LINE = ["group", "x", "mean", "low", "high"]
GAINED = "points of accuracy"
HALF = 0.5  # the rate of Fig. 10


def errors(record: Record) -> pd.DataFrame:
    """runs(record) with a column error, in % of the validation images."""
    table = runs(record)
    return table.assign(error=100 - table["accuracy"])


NEVER_SHOWN = "(An interval can refute that, and never confirm it.)"


def points(p: Paired, unit: str = "points of error") -> str:
    """The difference with its interval."""
    return in_words(p, unit)


# --- Fig. 4 ----------------------------------------------------------------------------------------------------------


def by_updates(record: Record) -> dict[str, pd.DataFrame]:
    """A LINE table for each net: the error of each arm by updates."""
    found = histories(record, "full_val_accuracy")
    steps = found["trial"].map({label: each.recipe.steps_per_epoch for label, each in record.trials.items()})
    line = pd.DataFrame({"group": found["arm"], "x": found["epoch"] * steps, "mean": 100 - found["mean"]})
    line = line.assign(low=100 - found["high"], high=100 - found["low"])
    return {label: line[found["trial"] == label] for label in record.trials}


def figure_4(record: Record) -> list[Finding]:
    return [_separation(label, found.points) for label, found in record.trials.items()]


def _separation(label: str, table: pd.DataFrame) -> Finding:
    table = table[table["full_val_accuracy"].notna()]
    by_epoch = table.set_index(["epoch", "arm", "seed"])["full_val_accuracy"].unstack("arm")
    first, last = (_less(by_epoch.loc[epoch]) for epoch in _ends(by_epoch))
    begun = {0: "there was no detectable difference", 1: "it was the higher one", -1: "it was the lower one"}[
        first.sign
    ]
    said = f"{label}: at the end the error with dropout differs from that without by {points(last)}; after the first "
    said += f"epoch {begun}."
    return Finding(judge(last, -1), said)


def _less(by_seed: pd.DataFrame) -> Paired:
    """Error with dropout minus error without, from accuracies."""
    return paired(*(-by_seed[arm].to_numpy(float) for arm in (DROPOUT, NO_DROPOUT)))


def _ends(by_epoch: pd.DataFrame) -> tuple[float, float]:
    epochs = by_epoch.index.get_level_values("epoch")
    return float(epochs.min()), float(epochs.max())


# --- Fig. 8 ----------------------------------------------------------------------------------------------------------


def figure_8() -> list[Finding]:
    mean, zeros, bins = (features.by_seed(name) for name in ("mean", "zeros", "histogram"))
    less = paired(mean[DROPOUT], mean[NO_DROPOUT])
    ours = ", ".join(f"{arm} {_mean_interval(mean[arm])}" for arm in ARMS)
    claims = [Finding(judge(less, -1), f"Less active with dropout. Mean activation: {ours}.")]
    for arm in ARMS:
        share, most = 100 * np.mean(zeros[arm]), int(np.mean(bins[arm], 0).argmax())
        at_zero = most == 0 or share > 100 * np.mean(bins[arm], 0).max()
        where = f"{most * features.BIN:g} to {(most + 1) * features.BIN:g}"
        said = f"A peak at zero, {arm}: {share:.0f} % of ours are exactly zero; the others peak at {where}."
        claims.append(Finding(Verdict.HOLDS if at_zero else Verdict.DOES_NOT_HOLD, said))
    return claims


def _mean_interval(values: Sequence[float]) -> str:
    low, high = interval(values)
    return f"{np.mean(values):.2f} (95 % interval {low:.2f} to {high:.2f})"


# --- Figs. 9a and 9b -------------------------------------------------------------------------------------------------


def kept(record: Record) -> pd.DataFrame:
    """errors(record) with a column keep, the paper's p."""
    table = errors(record)
    return table.assign(keep=table["trial"].map({label: keep(each.recipe) for label, each in record.trials.items()}))


def by_keep(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A LINE table from kept(record): error in %, or train_loss in nats, by keep probability."""
    named = {"error": "validation images", "train_loss": "training images"}
    found = mean_interval(table, column, ("keep",))
    return found.rename(columns={"keep": "x"}).assign(group=named[column])[LINE]


def _between(table: pd.DataFrame, one: float, other: float, column: str = "error") -> Paired:
    by_seed = table.pivot(index="seed", columns="keep", values=column)
    return paired(by_seed[one].to_numpy(float), by_seed[other].to_numpy(float))


def figure_9a(record: Record) -> list[Finding]:
    low, high = theirs.FIGURE_9A_FLAT
    table = kept(record)
    line = by_keep(table, "error").set_index("x")["mean"]
    flat = line[(line.index >= low) & (line.index <= high)]
    least, few, all_kept = float(flat.idxmin()), float(line.index.min()), 1.0
    below, above, ends = (_between(table, *pair) for pair in ((few, least), (all_kept, least), (low, high)))
    starved = _between(table, few, least, "train_loss")
    level = f"Flat between {low:g} and {high:g}: the means there lie within {flat.max() - flat.min():.2f} points; "
    return [
        Finding(judge(ends, 0), f"{level}{low:g} against {high:g}, {points(ends)}. {NEVER_SHOWN}"),
        Finding(judge(below, 1), f"Worse when few are kept: {few:g} against {least:g}, {points(below)}."),
        Finding(judge(above, 1), f"Worse when all are kept: {all_kept:g} against {least:g}, {points(above)}."),
        Finding(
            judge(starved, 1),
            f"Underfitting at {few:g}: training loss against {least:g}, {in_words(starved, 'nats', 3)}.",
        ),
    ]


def figure_9b(record: Record) -> list[Finding]:
    table, near = kept(record), theirs.FIGURE_9B_BEST
    line = by_keep(table, "error")
    best, few = float(line.loc[line["mean"].idxmin(), "x"]), float(line["x"].min())
    alike = [k for k in line["x"] if k == best or _between(table, k, best).sign == 0]
    listed = ", ".join(f"{k:g}" for k in alike if k != best) or "none"
    why = "" if alike == [best] else ", perhaps because it varies a lot from seed to seed"
    said = f"Ours has its lowest mean at {best:g}; indistinguishable from it{why}: {listed}."
    verdict = Verdict.DOES_NOT_HOLD if near not in alike else Verdict.HOLDS if alike == [near] else Verdict.INCONCLUSIVE
    claims = [Finding(verdict, said)]
    for far, words in ((few, "Worse when few are kept"), (1.0, "Worse when all are kept")):
        p = _between(table, far, near)
        claims.append(Finding(judge(p, 1), f"{words}: {far:g} against {near:g}, {points(p)}."))
    return claims


# --- Fig. 10 ---------------------------------------------------------------------------------------------------------


def by_images(record: Record) -> pd.DataFrame:
    """A LINE table: error by number of training images, at rate 0 and at HALF."""
    found = means(errors(record), "error")
    recipes = {label: each.recipe for label, each in record.trials.items()}
    found = found.assign(
        x=found["trial"].map(lambda t: recipes[t].images), rate=found["trial"].map(lambda t: recipes[t].rate)
    )
    found["group"] = found["rate"].map({0.0: NO_DROPOUT, HALF: DROPOUT})
    return found.dropna(subset="group")[LINE]


def figure_10(record: Record) -> list[Finding]:
    found = gain_by_images(record)
    claims = []
    for n in theirs.FIGURE_10_NO_GAIN:
        if n in found:
            claims.append(
                Finding(judge(found[n], 0), f"No gain at {n} images: ours is {points(found[n], GAINED)}. {NEVER_SHOWN}")
            )
    near = min(found, key=lambda n: abs(n - theirs.FIGURE_10_LARGEST_GAIN))
    most = max(found, key=lambda n: found[n].mean)
    there = f"A gain near their largest: at {near:,} images ours is {points(found[near], GAINED)}"
    claims.append(Finding(judge(found[near], 1), f"{there}; our largest mean is at {most:,}."))
    for words, one, other, expected in (("It grows", near, min(found), 1), ("Then it falls", max(found), near, -1)):
        p = paired(found[one].differences, found[other].differences)
        verdict, said = judge(p, expected), f"{words}: at {one:,} against {other:,} images, {points(p, GAINED)}"
        if expected < 0 and found[near].sign <= 0:
            said += ", though there was no gain that could fall"
            verdict = Verdict.INCONCLUSIVE if verdict == Verdict.HOLDS else verdict
        claims.append(Finding(verdict, f"{said}."))
    return claims


# --- Fig. 11 ---------------------------------------------------------------------------------------------------------


def by_sampled() -> pd.DataFrame:
    """A LINE table: error of the average of k sampled nets minus error of the scaled pass, on the same images."""
    counts = study.COUNTS
    found = [findings.minus_scaled(k) for k in counts]
    return pd.DataFrame(
        [("average of k", k, e.value, e.low, e.high) for k, e in zip(counts, found, strict=True)], columns=LINE
    )


def figure_11() -> list[Finding]:
    line = by_sampled().set_index("x")
    near = min(line.index, key=lambda k: abs(k - theirs.FIGURE_11_EVEN))
    one, there = line.loc[1], line.loc[near]
    verdict = Verdict.HOLDS if one["low"] > 0 else Verdict.INCONCLUSIVE
    claims = [Finding(verdict, f"One sampled net is worse: {_points(one)} against the scaled pass.")]
    verdict = Verdict.DOES_NOT_HOLD if there["low"] > 0 or there["high"] < 0 else Verdict.INCONCLUSIVE
    said = f"No difference from about {theirs.FIGURE_11_EVEN}: at k = {near:.0f} it is {_points(there)}"
    return [*claims, Finding(verdict, f"{said}; {findings.difference_text()}. {NEVER_SHOWN}")]


def _points(row: pd.Series) -> str:
    return difference(row["mean"], row["low"], row["high"], "points of error", 2)


# --- § 9.1 -----------------------------------------------------------------------------------------------------------


def section_9_1(found: Equality, enough: float = 1e-12) -> list[Finding]:
    exact = found.weights_apart < enough and found.losses_apart < enough
    said = f"The two ways to a weight differ by at most {found.weights_apart:.0e}, the losses by "
    said += (
        f"{found.losses_apart:.0e} of themselves: {'rounding, and nothing else' if exact else 'more than rounding'}."
    )
    return [Finding(Verdict.HOLDS if exact else Verdict.DOES_NOT_HOLD, said)]
