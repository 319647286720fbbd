"""The stored runs with early and late dropout, and what they say. early_study.py makes the files."""

from functools import partial
from typing import NamedTuple

import numpy as np

from dropout_core.common.text import listed
from dropout_core.experiments.experiment import fresh_seeds
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, improves
from dropout_core.reference import studies

STUDY, PILOT = "today_early", "today_early_pilot"
FILE, PILOT_FILE = studies.path(STUDY), studies.path(PILOT)
stored = partial(studies.load, STUDY)
NONE, THROUGHOUT, EARLY, LATE = SCHEDULES = ("no dropout", "throughout", "early", "late")
SWITCH = 1 / 6  # Liu et al. switch after 50 of 300 epochs
MARGIN = {"accuracy": 0.3, "loss": 0.03, "train_loss": 0.03}
UNITS = {"accuracy": "points", "loss": "nats", "train_loss": "nats", "dead": "count"}
MEASURES = {
    "accuracy": "validation accuracy",
    "loss": "validation loss",
    "train_loss": "training loss",
    "dead": "hidden units that never fire",
}
JUDGED = ("accuracy", "loss")  # the other measures are shown only
SEEDS, PILOT_SEEDS = fresh_seeds(10), (0, 1, 2)
PILOT_RATES, HELD_OUT = (0.1, 0.3, 0.5), 10_000  # the pilot is scored on this many training images


class Regime(NamedTuple):
    """A net and its training.

    chosen  the schedule whose loss in the pilot chose the rate
    """

    images: int
    hidden: tuple[int, ...]
    epochs: int
    rate: float
    chosen: str
    batch: int = 100
    learning_rate: float = 1e-3


UNDERFITS, OVERFITS = "small net, all images", "large net, few images"
REGIMES = {
    UNDERFITS: Regime(60_000, (32, 32), 6, 0.1, EARLY),
    OVERFITS: Regime(2_000, (256, 256), 60, 0.5, THROUGHOUT),
}


def rate_at(schedule: str, rate: float, done: float) -> float:
    """Return the rate of dropout when this share of the training is done. Early dropout decreases linearly to 0."""
    if schedule == EARLY:
        return rate * max(0.0, 1 - done / SWITCH)
    return rate if schedule == THROUGHOUT or (schedule == LATE and done >= SWITCH) else 0.0


def values(regime: str, schedule: str, measure: str) -> list[float]:
    """Return one of MEASURES of each seed's net, in order of the seeds."""
    runs = [run for run in stored()["runs"] if (run["regime"], run["schedule"]) == (regime, schedule)]
    return [run[measure] for run in sorted(runs, key=lambda run: run["seed"])]


def mean(regime: str, schedule: str, measure: str) -> float:
    """Return the mean over the seeds."""
    return float(np.mean(values(regime, schedule, measure)))


def evidence(regime: str, schedule: str, measure: str, base: str = NONE) -> Evidence:
    """Compare one schedule with another in one regime."""
    difference = paired(values(regime, schedule, measure), values(regime, base, measure))
    name = f"{schedule} against {base}, {regime}"
    return Evidence(name, MEASURES[measure], UNITS[measure], difference, MARGIN.get(measure))


def improves_on(regime: str, schedule: str, base: str = NONE) -> Finding:
    """Judge the claim that one schedule has the higher validation accuracy and the lower validation loss."""
    found = {measure: evidence(regime, schedule, measure, base) for measure in MEASURES}
    verdicts = [improves(found[each].paired, each == "accuracy", found[each].margin) for each in JUDGED]
    return Finding(all_of(verdicts), _fit(regime, schedule, base), evidence=tuple(found.values()))


def _fit(regime: str, *schedules: str) -> str:
    """State the mean training losses and numbers of dead units under several schedules."""
    losses = [f"{mean(regime, name, 'train_loss'):.3f} nats with {_with(name)}" for name in schedules]
    dead = [f"{mean(regime, name, 'dead'):.1f}" for name in schedules]
    units = sum(REGIMES[regime].hidden)
    return f"The loss on the training images is {listed(losses)}; {listed(dead)} of {units} hidden units never fire"


def _with(schedule: str) -> str:
    return {THROUGHOUT: "dropout throughout", EARLY: "early dropout", LATE: "late dropout"}.get(schedule, schedule)


def findings() -> dict[str, Finding]:
    """Return the verdicts on the claims of Liu et al. (2023)."""
    return {
        "“Early dropout helps a net that underfits”": improves_on(UNDERFITS, EARLY),
        "“Late dropout helps a net that overfits”": improves_on(OVERFITS, LATE),
        "“Late dropout is better than dropout throughout, in a net that overfits”": improves_on(
            OVERFITS, LATE, THROUGHOUT
        ),
    }


def headline() -> str:
    """State what early dropout does to the small net, and late dropout to the large one, by accuracy."""
    return (
        f"In a small net trained on all images, early dropout {effect(UNDERFITS, EARLY)}; in a large net trained on "
        f"few images, late dropout {effect(OVERFITS, LATE)}"
    )


def others() -> list[str]:
    """State what the headline leaves out: the other schedules in the large net, and late dropout in the small one."""
    late = evidence(UNDERFITS, LATE, "loss")
    small = f"In the small net, late dropout {effect(UNDERFITS, LATE)}"
    if improves(late.paired, False, late.margin) is Verdict.EQUIVALENT:
        small += f"; its loss is equivalent to that with no dropout (within ±{late.margin:g} nats)"
    each = listed(f"{_with(name)} {effect(OVERFITS, name)}" for name in (THROUGHOUT, EARLY))
    return [f"In the large net, {each}", small]


def effect(regime: str, schedule: str) -> str:
    """State what the schedule does to the validation accuracy, compared with no dropout."""
    each = evidence(regime, schedule, "accuracy")
    size = f"{abs(each.paired.mean):.2f} points"
    return {
        Verdict.HOLDS: f"gains {size}",
        Verdict.DOES_NOT_HOLD: f"costs {size}",
        Verdict.EQUIVALENT: f"changes accuracy by less than {each.margin:g} points",
    }.get(improves(each.paired, True, each.margin), "makes no detectable difference")


def levels(regime: str) -> str:
    """State the losses without dropout on training and validation images, and what dropout throughout does."""
    seen, unseen = (mean(regime, NONE, measure) for measure in ("train_loss", "loss"))
    return (
        f"without dropout, its loss is {seen:.3f} nats on the training images and {unseen:.3f} on validation images, "
        f"and dropout throughout {effect(regime, THROUGHOUT)}"
    )


def rows(regime: str) -> dict[str, list[Evidence]]:
    """Return the comparisons with no dropout by accuracy and loss, for the chart."""
    return {name: [evidence(regime, name, measure) for measure in JUDGED] for name in SCHEDULES[1:]}
