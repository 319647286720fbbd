"""The stored runs of a tiny transformer with dropout in different places. transformer_study.py makes the file."""

from functools import partial
from typing import NamedTuple

import numpy as np

from dropout_core.common.text import listed
from dropout_core.experiments.experiment import fresh_seeds
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.multiple import holm_adjusted
from dropout_core.numerics.power import Design
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Finding, Verdict, all_of, improves
from dropout_core.reference import studies

STUDY = "today_transformer"
FILE = studies.path(STUDY)
stored = partial(studies.load, STUDY)
NONE = "no dropout"
ROWS = 28  # rows of an image, which are the tokens, and pixels of a row
MARGIN = {"accuracy": 0.3, "loss": 0.03}
UNITS = {"accuracy": "points", "loss": "nats"}


class Setup(NamedTuple):
    """The net and its training, the same in all runs."""

    images: int = 2_000
    epochs: int = 20
    batch: int = 64
    learning_rate: float = 1e-3
    width: int = 32
    heads: int = 2
    blocks: int = 2
    seeds: tuple[int, ...] = fresh_seeds(10)


class Place(NamedTuple):
    """The rates of dropout in each place; `depth` drops whole residual branches (stochastic depth)."""

    attention: float = 0.0
    residual: float = 0.0
    embedding: float = 0.0
    depth: float = 0.0


SETUP, RATE = Setup(), 0.1
PLACES = {
    NONE: Place(),
    "attention weights": Place(attention=RATE),
    "residual branches": Place(residual=RATE),
    "embedding": Place(embedding=RATE),
    "whole branches": Place(depth=RATE),
    "all four": Place(RATE, RATE, RATE, RATE),
}


def values(place: str, measure: str) -> list[float]:
    """Return "accuracy" (%) or "loss" of each seed's net, in order of the seeds."""
    runs = sorted((run for run in stored()["runs"] if run["place"] == place), key=lambda run: run["seed"])
    return [run[measure] for run in runs]


def evidence(measure: str) -> dict[str, Evidence]:
    """Compare each place with no dropout. The intervals are adjusted by Holm's method for the number of places."""
    places, base = list(PLACES)[1:], values(NONE, measure)
    found = holm_adjusted([paired(values(place, measure), base) for place in places])
    what, design = f"validation {measure}", Design(tests=len(places))
    return {
        place: Evidence(f"{place} against {NONE}", what, UNITS[measure], p, MARGIN[measure], design=design)
        for place, p in zip(places, found, strict=True)
    }


def rows() -> dict[str, list[Evidence]]:
    """Return the comparisons by accuracy and loss in each place, for the chart."""
    by_measure = [evidence(measure) for measure in MARGIN]
    return {place: [each[place] for each in by_measure] for place in by_measure[0]}


def verdicts(measure: str) -> dict[str, Verdict]:
    """Judge whether dropout in each place improves the measure."""
    return {place: improves(e.paired, measure == "accuracy", e.margin) for place, e in evidence(measure).items()}


def findings() -> dict[str, Finding]:
    """Judge by each measure the claim that dropout improves it, in each place and in general."""
    claims = {"accuracy": "“Dropout raises the accuracy of this transformer”", "loss": "“Dropout lowers its loss”"}
    return {claim: _finding(measure) for measure, claim in claims.items()}


def _finding(measure: str) -> Finding:
    judged, rows = verdicts(measure), tuple(evidence(measure).values())
    good, bad = _named(judged, Verdict.HOLDS), _named(judged, Verdict.DOES_NOT_HOLD)
    if good and len(good) < len(judged):
        exception = f"on {listed(map(_on, bad))}" if bad else ""
        return Finding(
            Verdict.HOLDS_WHEN, _level(measure), f"it acts on {listed(map(_on, good), 'or')}", exception, rows
        )
    return Finding(all_of([*judged.values()]), _level(measure), evidence=rows)


def _named(judged: dict[str, Verdict], verdict: Verdict) -> list[str]:
    return [place for place, each in judged.items() if each is verdict]


def _on(place: str) -> str:
    return place if place in ("whole branches", "all four") else f"the {place}"


def _level(measure: str) -> str:
    """State the mean accuracy or loss without dropout."""
    mean = float(np.mean(values(NONE, measure)))
    return f"Without dropout, its mean is {f'{mean:.1f} %' if measure == 'accuracy' else f'{mean:.3f} nats'}"


def headline() -> str:
    """State where dropout changes the accuracy, and where it changes the loss."""
    accuracy = {
        Verdict.HOLDS: "gains accuracy",
        Verdict.DOES_NOT_HOLD: "costs accuracy",
        Verdict.EQUIVALENT: f"changes accuracy by less than {MARGIN['accuracy']:g} points",
        Verdict.INCONCLUSIVE: "makes no detectable difference to accuracy",
    }
    loss = {Verdict.HOLDS: "lowers the loss", Verdict.DOES_NOT_HOLD: "raises the loss"}
    parts = [*_where("accuracy", accuracy), *_where("loss", loss)]
    return f"In a tiny transformer, dropout at p = {RATE:g} {', and '.join(parts)}"


def _where(measure: str, effects: dict[Verdict, str]) -> list[str]:
    """State for each effect where dropout has it."""
    judged = verdicts(measure)
    found = {effect: _named(judged, verdict) for verdict, effect in effects.items()}
    return [
        f"{effect} {'wherever it acts' if len(places) == len(judged) else f'when acting on {listed(map(_on, places))}'}"
        for effect, places in found.items()
        if places
    ]
