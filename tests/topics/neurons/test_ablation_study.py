"""Tests of the ablation study: the values that it records for a net match a direct computation."""

import numpy as np
import pytest

from dropout_core.data.mnist import Digits
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import random_network
from dropout_core.reference import records
from dropout_core.topics.neurons import findings
from dropout_core.topics.neurons.ablation import MEASURES, score, single_costs
from dropout_core.topics.neurons.ablation_study import RECIPES, measure_net
from dropout_core.topics.neurons.findings import WHAT


def test_the_comparison_that_judges_c13_has_the_nets_that_judge_c5_and_c6():
    (trial,) = EXPERIMENTS["article-fresh"].trials
    assert RECIPES["article"].key == trial.recipe.key
    last = records.load("article-fresh").trials["article"].points.groupby(["arm", "seed"])["full_val_accuracy"].last()
    for run in findings.stored()["comparisons"]["article"]["runs"]:
        assert run["accuracy"] == pytest.approx(last[run["arm"], run["seed"]], abs=0.02)


def test_a_nets_record_is_what_the_numerics_say():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 28, 28)).astype(np.uint8)
    labels = rng.integers(0, 10, 60).astype(np.uint8)
    net = random_network((784, 12, 8, 10), 0)
    result = measure_net(net, Digits(images, labels, images, labels, ""), 0)
    x = pixels(images)
    accuracy, loss = score(activations(net, x)[-1], labels)
    assert result["accuracy"] == pytest.approx(accuracy, abs=1e-5)
    assert result["loss"] == pytest.approx(loss, abs=1e-5)
    halves = [single_costs(net, x[i::2], labels[i::2]) for i in range(2)]
    cost = np.mean([halves[1 - i].loss_cost[halves[i].loss_cost.argmax()] for i in range(2)])
    assert result["worst_loss"] == pytest.approx(cost, abs=1e-5)
    assert set(result) == {"accuracy", "loss"} | {f"{what}_{m}" for what in WHAT for m in MEASURES}
