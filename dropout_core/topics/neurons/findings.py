"""The stored ablation study, and its verdict on claim C13, that dropout makes a net rely less on any single neuron.

`python -m dropout_core.topics.neurons.ablation_study` writes the study's file.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from dropout_core.common.text import counted, span
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.numerics.verdicts import Finding, Verdict, by_case, improves
from dropout_core.reference import FILES
from dropout_core.reference.record_tables import in_words
from dropout_core.topics.neurons.ablation import Costs

FILE = FILES / "neurons_ablation.json"
REMOVAL_FILE = FILES / "neurons_removal.json"
Curves = dict[str, dict[str, dict[str, list[float]]]]
JUDGED = ("article", "small")  # the file's comparisons on which C13 is judged
WHAT = {
    "worst": "the most costly neuron",
    "top": "the most costly tenth, together",
    "random": "a random tenth",
}


@dataclass(frozen=True)
class CostComparison:
    """The mean cost of removing neurons in each arm, and the paired difference (dropout minus no dropout).

    what      which neurons are removed: a key of WHAT
    measure   "accuracy" (points lost) or "loss" (cross-entropy gained)
    verdict   the verdict on the claim that the cost is lower with dropout
    """

    comparison: str
    what: str
    measure: str
    means: dict[str, float]
    difference: Paired
    verdict: Verdict


def ablation_verdict(comparison: str = "article", what: str = "worst", measure: str = "accuracy") -> CostComparison:
    """Judge C13, that the net relies less on any single neuron, by one cost in one comparison of the stored study.

    By default, the cost is the accuracy lost by removing the most costly neuron in the article's comparison.
    """
    costs = by_arm(comparison, f"{what}_{measure}")
    difference = paired(costs[DROPOUT], costs[NO_DROPOUT])
    means = {arm: float(np.mean(values)) for arm, values in costs.items()}
    verdict = improves(difference, higher_is_better=False)
    return CostComparison(comparison, what, measure, means, difference, verdict)


def by_arm(comparison: str, column: str) -> dict[str, list[float]]:
    """Return one value per seed, keyed by arm: the net's "accuracy" or "loss", or a cost such as "worst_accuracy"."""
    runs = stored()["comparisons"][comparison]["runs"]
    return {arm: [run[column] for run in runs if run["arm"] == arm] for arm in ARMS}


def describe_neuron(costs: Costs, rank: int, measure: str, first_layer: int) -> str:
    """Describe the neuron at this rank: its layer, the net's scores without it, and the digit that suffers most.

    first_layer   the number of neurons in the first layer
    """
    neuron = int(costs.order(measure)[rank - 1])
    layer, number = (1, neuron + 1) if neuron < first_layer else (2, neuron - first_layer + 1)
    lost = costs.right - costs.right_without[neuron]
    digit = int(lost.argmax())
    hurt = (
        f"Digit {digit} suffers most: {counted(int(lost[digit]), 'fewer image')} {'is' if lost[digit] == 1 else 'are'} "
        "classified correctly."
        if lost[digit] > 0
        else "No digit suffers."
    )
    accuracy, loss = costs.accuracy - costs.accuracy_cost[neuron], costs.loss + costs.loss_cost[neuron]
    return (
        f"rank {rank}: neuron {number} of layer {layer}. Accuracy {costs.accuracy:.1f} → {accuracy:.1f} %, "
        f"loss {costs.loss:.3f} → {loss:.3f}. {hurt}"
    )


def half_gone(counts: Sequence[int], accuracy: Sequence[float]) -> int:
    """Return the smallest number of removed neurons at which at least half of the accuracy is lost."""
    return next(k for k, value in zip(counts, accuracy, strict=True) if value <= accuracy[0] / 2)


def seeds(comparison: str) -> str:
    """Describe the seeds of a comparison, as in "seeds 5 to 14"."""
    return f"seeds {span(stored()['comparisons'][comparison]['recipe']['seeds'])}"


def names() -> dict[str, str]:
    """Describe the recorded set-up of each judged comparison, as in "60,000 images, 5 epochs"."""
    recipes = {comparison: stored()["comparisons"][comparison]["recipe"] for comparison in JUDGED}
    return {
        comparison: f"{counted(recipe['images'], 'image')}, {counted(recipe['epochs'], 'epoch')}"
        for comparison, recipe in recipes.items()
    }


def images(comparison: str) -> int:
    """Return the number of training images of a comparison."""
    return int(stored()["comparisons"][comparison]["recipe"]["images"])


@cache
def stored() -> dict:
    """Read the study's file: each comparison's recipe, provenance and runs (arm, seed and one value per cost)."""
    return json.loads(FILE.read_text("utf-8"))


@cache
def removal() -> tuple[list[int], int, Curves]:
    """Read removal_study's file: the numbers of removed neurons, the number of random orders, and the accuracies (%).

    The accuracies are keyed by order ("costly" or "random"), arm and statistic; see removal_study.measure_net.
    """
    file = json.loads(REMOVAL_FILE.read_text("utf-8"))
    return file["counts"], file["draws"], file["curves"]


def work_is_spread() -> Finding:
    """Judge C13, that the net relies less on any single neuron, by the cost of removing the most costly one."""
    costs = {name: ablation_verdict(comparison) for comparison, name in names().items()}
    parts = [
        f"{name}, {seeds(c.comparison)}: the most costly neuron costs {c.means[DROPOUT]:.2f} points with dropout and "
        f"{c.means[NO_DROPOUT]:.2f} without, a difference of {in_words(c.difference, 'points')}"
        for name, c in costs.items()
    ]
    evidence = tuple(
        Evidence(name, "cost of the most costly neuron", "points", c.difference) for name, c in costs.items()
    )
    finding = by_case({f"training uses {name}": c.verdict for name, c in costs.items()}, "; ".join(parts))
    return replace(finding, evidence=evidence)


def removal_in_words(how: str) -> str:
    """Describe the curves of the nets' accuracy without some neurons, removed in the order `how`; see removal()."""
    counts, _, curves = removal()
    after = "; ".join(f"{arm} {curves[how][arm]['mean'][2]:.1f} %" for arm in ARMS)
    order = {"costly": "the most costly first", "random": "in random order"}[how]
    return (
        f"Accuracy by share of hidden neurons removed, {order}. With {counts[2]} of {counts[-1]} neurons removed: "
        f"{after}."
    )
