"""What removing neurons costs: the stored study, and what it says about the claim that dropout spreads the work (C13).

Written by `python -m dropout_core.topics.neurons.ablation_study`; read without torch.
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from dropout_core.common.text import span
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import FAILS, HOLDS, clear
from dropout_core.reference import FILES

FILE = FILES / "neurons_ablation.json"
NAMES = {"article": "60,000 images, 5 epochs", "small": "4,000 images, 40 epochs"}
CANNOT_TELL = "cannot tell"  # UNDECIDED, short enough for a table's cell
WHAT = {
    "worst": "the worst single neuron",
    "top": "the tenth that costs most singly, all at once",
    "random": "a tenth at random",
}


@dataclass(frozen=True)
class Reading:
    """One cost in both arms over the seeds, and their paired difference, dropout minus no dropout.

    what      a key of WHAT; measure: "accuracy" (points lost of the net's own) or "loss" (gained)
    verdict   HOLDS where dropout's cost is lower, FAILS where it is higher, by the 95 % interval; else CANNOT_TELL
    """

    comparison: str
    what: str
    measure: str
    means: dict[str, float]
    difference: Paired
    verdict: str


def ablation_verdict(comparison: str = "article", what: str = "worst", measure: str = "accuracy") -> Reading:
    """Claim C13, less reliance on any single neuron: its figure, 95 % interval and verdict, from the stored runs.

    By default what the worst single hidden neuron costs in accuracy, in the article's comparison. Without torch.
    """
    runs = stored()["comparisons"][comparison]["runs"]
    by_arm = {arm: [run[f"{what}_{measure}"] for run in runs if run["arm"] == arm] for arm in ARMS}
    difference = paired(by_arm[ARMS[1]], by_arm[ARMS[0]])
    means = {arm: float(np.mean(values)) for arm, values in by_arm.items()}
    verdict = {1: HOLDS, -1: FAILS, 0: CANNOT_TELL}[clear(difference, higher_is_better=False)]
    return Reading(comparison, what, measure, means, difference, verdict)


def own_scores(comparison: str, measure: str) -> dict[str, tuple[float, ...]]:
    """The whole nets' accuracies (%) or losses, by arm, a value a seed."""
    runs = stored()["comparisons"][comparison]["runs"]
    return {arm: tuple(run[measure] for run in runs if run["arm"] == arm) for arm in ARMS}


def seeds(comparison: str) -> str:
    """Which seeds were trained, in words."""
    return f"seeds {span(stored()['comparisons'][comparison]['recipe']['seeds'])}"


@cache
def stored() -> dict:
    """The file as it is: by comparison its recipe, provenance and runs (arm, seed, and a value a measure)."""
    return json.loads(FILE.read_text("utf-8"))
