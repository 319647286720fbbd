"""The stored costs of removed neurons: complete, with their origin, and read as the rules of statistics say."""

import json

import numpy as np
import pytest

from dropout_core.data.mnist import Digits
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics import statistics
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import random_network
from dropout_core.topics.neurons import ablation_study
from dropout_core.topics.neurons.ablation import MEASURES, score, single_costs
from dropout_core.topics.neurons.ablation_study import HOLDS, RECIPES, WHAT, ablation_verdict, measure_net, stored


@pytest.mark.parametrize("comparison", RECIPES)
def test_the_file_holds_every_run_of_its_recipe_and_where_it_was_made(comparison):
    found, recipe = stored()["comparisons"][comparison], RECIPES[comparison]
    assert found["recipe"].items() <= json.loads(recipe.to_json()).items()
    assert {(run["arm"], run["seed"]) for run in found["runs"]} == {(run.arm, run.seed) for run in recipe.runs()}
    assert {"torch", "commit", "hardware", "data_checksum", "ended"} <= set(found["provenance"])


@pytest.mark.parametrize("comparison", RECIPES)
@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_verdict_is_the_paired_intervals(comparison, what, measure):
    reading = ablation_verdict(comparison, what, measure)
    difference = reading.difference
    assert difference.mean == pytest.approx(reading.means[ARMS[1]] - reading.means[ARMS[0]])
    assert difference.n == len(RECIPES[comparison].seeds)
    low, high = difference.low, difference.high
    expected = "holds" if high < 0 else "does not hold here" if low > 0 else "cannot tell"
    assert reading.verdict == expected


@pytest.mark.parametrize(
    ("dropout", "verdict"),
    [([0.1, 0.2, 0.1], HOLDS), ([3.1, 3.3, 3.2], ablation_study.FAILS), ([0.9, 1.2, 1.0], ablation_study.CANNOT_TELL)],
)
def test_lower_costs_with_dropout_hold_up_the_claim(monkeypatch, dropout, verdict):
    without = [1.0, 1.1, 0.9]
    runs = [{"arm": ARMS[0], "seed": i, "worst_accuracy": v} for i, v in enumerate(without)]
    runs += [{"arm": ARMS[1], "seed": i, "worst_accuracy": v} for i, v in enumerate(dropout)]
    monkeypatch.setattr(ablation_study, "stored", lambda: {"comparisons": {"article": {"runs": runs}}})
    reading = ablation_verdict()
    assert reading.verdict == verdict
    assert reading.difference == statistics.paired(dropout, without)


def test_a_nets_record_is_what_the_numerics_say():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 28, 28)).astype(np.uint8)
    labels = rng.integers(0, 10, 60).astype(np.uint8)
    net = random_network((784, 12, 8, 10), 0)
    found = measure_net(net, Digits(images, labels, images, labels, ""), 0)
    x = pixels(images)
    accuracy, loss = score(activations(net, x)[-1], labels)
    assert found["accuracy"] == pytest.approx(accuracy, abs=1e-5)
    assert found["loss"] == pytest.approx(loss, abs=1e-5)
    halves = [single_costs(net, x[i::2], labels[i::2]) for i in range(2)]
    cost = np.mean([halves[1 - i].loss_cost[halves[i].loss_cost.argmax()] for i in range(2)])
    assert found["worst_loss"] == pytest.approx(cost, abs=1e-5)
    assert set(found) == {"accuracy", "loss"} | {f"{what}_{m}" for what in WHAT for m in MEASURES}
