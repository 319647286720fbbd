"""The stored runs of a tiny transformer with dropout in different places. transformer_study.py makes the file."""

import json
from functools import cache
from typing import NamedTuple

import numpy as np

from dropout_core.common.text import listed
from dropout_core.experiments.experiment import fresh_seeds
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.multiple import holm, p_values
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.reference import FILES

STUDY = "today_transformer"
FILE = FILES / f"{STUDY}.json"
NONE = "no dropout"
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
    """The rates of dropout in each place."""

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
    "whole branches (stochastic depth)": Place(depth=RATE),
    "all four": Place(RATE, RATE, RATE, RATE),
}


@cache
def stored() -> dict:
    """Read the study's file."""
    return json.loads(FILE.read_text("utf-8"))


def values(place: str, measure: str) -> list[float]:
    """Return "accuracy" (%) or "loss" of each seed's net, in order of the seeds."""
    runs = sorted((run for run in stored()["runs"] if run["place"] == place), key=lambda run: run["seed"])
    return [run[measure] for run in runs]


def change(place: str, measure: str) -> Paired:
    """Return the paired difference from no dropout."""
    return paired(values(place, measure), values(NONE, measure))


def evidence(measure: str) -> list[Evidence]:
    """Compare each place with no dropout."""
    return [
        Evidence(
            f"{place} against {NONE}", f"validation {measure}", UNITS[measure], change(place, measure), MARGIN[measure]
        )
        for place in list(PLACES)[1:]
    ]


def mean(place: str, measure: str) -> float:
    """Return the mean over the seeds."""
    return float(np.mean(values(place, measure)))


def headline() -> str:
    """State which places gain accuracy and which lose it, after Holm's correction for their number."""
    places = list(PLACES)[1:]
    found = [change(place, "accuracy") for place in places]
    sure = holm(p_values(np.array([p.differences for p in found])))
    signs = {place: int(np.sign(p.mean)) if s else 0 for place, p, s in zip(places, found, sure, strict=True)}
    parts = [
        f"{verb} {listed(named)}"
        for sign, verb in ((1, "helps on"), (-1, "hurts on"), (0, "has no detectable effect on"))
        if (named := [place for place in places if signs[place] == sign])
    ]
    return f"In a tiny transformer, dropout at {RATE:g} {', '.join(parts)}"
