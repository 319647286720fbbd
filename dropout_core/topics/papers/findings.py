"""Results of our runs for each of the paper's figures: the charts' data, and verdicts on the paper's claims."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_core.common.text import counted
from dropout_core.data import published as theirs
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import FEWEST, Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, judge
from dropout_core.reference.record_tables import compared, histories, in_words, means, runs
from dropout_core.reference.records import Record
from dropout_core.topics.neurons import features
from dropout_core.topics.training.claims import gain_by_images

LINE = ["group", "x", "mean", "low", "high"]  # columns of a LINE table, which is the input for a line chart
GAINED = "points"  # the note above the chart defines the gain
HALF = 0.5  # the rate used in Fig. 10
OUR_SCALE = "at our scale"  # said of each verdict, since our nets are smaller, and trained for fewer updates
FEW_EPOCHS = 100  # shorter training of the nets for Fig. 10 is not comparable with the paper's
NO_MARGIN = "(No margin was fixed in advance, so our runs can differ from the paper, but cannot agree with it.)"


def errors(record: Record) -> pd.DataFrame:
    """Return runs(record) with an additional column error, the validation error in %."""
    table = runs(record)
    return table.assign(error=100 - table["accuracy"])


def judged(p: Paired, expected: int, sentence: str, unlike: str = "", unit: str = "points") -> Finding:
    """Judge a statement of the paper by a difference in our runs, which has the expected sign if they agree.

    unlike  how our setup is unlike the paper's in more than scale; the verdict is then "not comparable", whether or
            not our runs agree
    """
    verdict = judge(p, expected)
    if unlike and verdict is not Verdict.TOO_FEW_SEEDS:
        return Finding(Verdict.NOT_COMPARABLE, f"{sentence} {unlike}")
    return Finding(verdict, sentence, scale_of(verdict), evidence=(Evidence("", "", unit, p),))


def scale_of(verdict: Verdict) -> str:
    """Return OUR_SCALE if the verdict says that our runs agree or differ."""
    return OUR_SCALE if verdict in (Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.EQUIVALENT) else ""


def points(p: Paired, unit: str = "points of error") -> str:
    """Format a difference with its interval."""
    return in_words(p, unit)


def paper_and_ours(claim: str, ours: str) -> str:
    """Keep the paper's statement apart from our result, which may contradict it."""
    return f"Paper: {claim}. Ours: {ours}"


# --- Fig. 4 ----------------------------------------------------------------------------------------------------------


def by_updates(record: Record) -> dict[str, pd.DataFrame]:
    """Build a LINE table for each net, with each arm's error against the number of updates."""
    accuracy = histories(record, "full_val_accuracy")
    steps = accuracy["trial"].map({label: trial.recipe.steps_per_epoch for label, trial in record.trials.items()})
    line = pd.DataFrame({"group": accuracy["arm"], "x": accuracy["epoch"] * steps, "mean": 100 - accuracy["mean"]})
    line = line.assign(low=100 - accuracy["high"], high=100 - accuracy["low"])
    return {label: line[accuracy["trial"] == label] for label in record.trials}


def figure_4(record: Record) -> list[Finding]:
    table = errors(record)
    return [_separation(label, trial.points, table) for label, trial in record.trials.items()]


def _separation(label: str, points_of_trial: pd.DataFrame, table: pd.DataFrame) -> Finding:
    evaluated = epoch_ends(points_of_trial)
    first = _less(evaluated[evaluated["epoch"] == evaluated["epoch"].min()])
    last = compared(table, "error", (label, DROPOUT), (label, NO_DROPOUT))
    start = {0: "there was no detectable difference", 1: "it was higher", -1: "it was lower"}
    ours = f"with dropout, it changes by {points(last)}"
    sentence = f"{label}. {paper_and_ours('dropout lowers the final error', ours)}"
    if first.low is not None:
        sentence += f"; after the first epoch, {start[first.sign]}"
    return judged(last, -1, f"{sentence}.")


def _less(evaluated: pd.DataFrame) -> Paired:
    """Compute the paired differences in error, with dropout minus without, at a single epoch."""
    by_seed = evaluated.pivot(index="seed", columns="arm", values="full_val_accuracy")
    return paired(-by_seed[DROPOUT].to_numpy(float), -by_seed[NO_DROPOUT].to_numpy(float))


# --- Fig. 8 ----------------------------------------------------------------------------------------------------------


def figure_8() -> list[Finding]:
    mean, zeros, bins = (features.by_seed(name) for name in ("mean", "zeros", "histogram"))
    less = paired(mean[DROPOUT], mean[NO_DROPOUT])
    means = f"{np.mean(mean[DROPOUT]):.2f} with dropout, {np.mean(mean[NO_DROPOUT]):.2f} without"
    claim = "hidden units are less active with dropout"
    ours = f"the mean activation is {means}; difference {points(less, 'units of activation')}"
    peaks = [_peak(arm, zeros[arm], np.asarray(bins[arm])) for arm in ARMS]
    return [
        judged(less, -1, f"{paper_and_ours(claim, ours)}.", unit="activation"),
        *peaks,
    ]


def _peak(arm: str, zeros: Sequence[float], histograms: np.ndarray) -> Finding:
    """Judge whether activations peak at zero in every net.

    zeros, histograms   the share of exact zeros, and a histogram of the other values, for each seed
    """
    histogram = histograms.mean(axis=0)
    most = int(histogram.argmax())
    at_zero = [h.argmax() == 0 or z > h.max() for z, h in zip(zeros, histograms, strict=True)]
    nets = counted(len(at_zero), "histogram")
    where = f"{most * features.BIN:g} to {(most + 1) * features.BIN:g}"
    sentence = (
        f"{paper_and_ours(f'the histogram ({arm}) peaks at zero', f'{sum(at_zero)} of {nets} do')}. "
        f"{100 * np.mean(zeros):.0f} % of our activations are exactly zero; among the rest, values of {where} are "
        "most common."
    )
    if len(at_zero) < FEWEST:
        return Finding(Verdict.TOO_FEW_SEEDS, sentence)
    verdict = Verdict.HOLDS if all(at_zero) else Verdict.INCONCLUSIVE if any(at_zero) else Verdict.DOES_NOT_HOLD
    return Finding(verdict, sentence, scale_of(verdict))


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
        judged(
            gains[n],
            0,
            f"{paper_and_ours(f'no gain at {n} images', f'a gain of {points(gains[n], GAINED)}')}. {NO_MARGIN}",
        )
        for n in theirs.FIGURE_10_NO_GAIN
        if n in gains
    ]
    near = min(gains, key=lambda n: abs(n - theirs.FIGURE_10_LARGEST_GAIN))
    unlike = _short(record, near)
    most = max(gains, key=lambda n: gains[n].mean)
    there = paper_and_ours(
        f"the largest gain is at about {theirs.FIGURE_10_LARGEST_GAIN:,} images",
        f"the largest mean gain is at {most:,} images; at {near:,} images, the gain is {points(gains[near], GAINED)}",
    )
    largest = judged(gains[near], 1, f"{there}.", unlike)
    grows = paired(gains[near].differences, gains[min(gains)].differences)
    against = f"from {min(gains):,} to {near:,} images, it changes by {points(grows, GAINED)}"
    rises = judged(grows, 1, f"{paper_and_ours('at first, the gain grows', against)}.", unlike)
    return [*none, largest, rises, _falls(gains, near, unlike)]


def _short(record: Record, images: int) -> str:
    """State that training with this number of images was short, or return an empty string."""
    epochs = min(trial.recipe.epochs for trial in record.trials.values() if trial.recipe.images == images)
    return f"With {images:,} images, we trained for only {epochs} epochs." if epochs < FEW_EPOCHS else ""


def _falls(gains: dict[int, Paired], near: int, unlike: str) -> Finding:
    """Judge whether the gain is smaller with the most images than with `near` images, if there is a gain at `near`."""
    p = paired(gains[max(gains)].differences, gains[near].differences)
    change = f"from {near:,} to {max(gains):,} images, it changes by {points(p, GAINED)}"
    sentence = paper_and_ours("then the gain falls", change)
    if gains[near].sign > 0:
        return judged(p, -1, f"{sentence}.", unlike)
    finding = judged(p, -1, f"{sentence}. However, there was no gain to lose.", unlike)
    if finding.verdict is not Verdict.HOLDS:
        return finding
    return Finding(Verdict.INCONCLUSIVE, finding.sentence, evidence=finding.evidence)
