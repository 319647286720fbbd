"""Tests of the stored ablation study: it is complete, has provenance, and is judged by paired intervals."""

import json

import pytest

from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics import statistics
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.neurons import findings
from dropout_core.topics.neurons.ablation import MEASURES
from dropout_core.topics.neurons.ablation_study import RECIPES
from dropout_core.topics.neurons.findings import WHAT, ablation_verdict, stored


@pytest.mark.parametrize("comparison", RECIPES)
def test_the_file_holds_every_run_of_its_recipe_and_where_it_was_made(comparison):
    found, recipe = stored()["comparisons"][comparison], RECIPES[comparison]
    assert found["recipe"].items() <= json.loads(recipe.to_json()).items()
    assert {(run["arm"], run["seed"]) for run in found["runs"]} == {(run.arm, run.seed) for run in recipe.runs()}
    assert {"torch", "commit", "hardware", "data_checksum", "ended"} <= set(found["provenance"])


def test_set_ups_are_named_by_what_was_recorded(monkeypatch):
    recipes = {"article": {"images": 9_000, "epochs": 1}, "small": {"images": 1, "epochs": 2}}
    file = {"comparisons": {name: {"recipe": recipe} for name, recipe in recipes.items()}}
    monkeypatch.setattr(findings, "stored", lambda: file)
    assert findings.names() == {"article": "9,000 images, 1 epoch", "small": "1 image, 2 epochs"}


@pytest.mark.parametrize("comparison", RECIPES)
@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_verdict_is_the_paired_intervals(comparison, what, measure):
    costs = ablation_verdict(comparison, what, measure)
    difference = costs.difference
    assert difference.mean == pytest.approx(costs.means[ARMS[1]] - costs.means[ARMS[0]])
    assert difference.n == len(RECIPES[comparison].seeds)
    low, high = difference.low, difference.high
    expected = Verdict.HOLDS if high < 0 else Verdict.DOES_NOT_HOLD if low > 0 else Verdict.INCONCLUSIVE
    assert costs.verdict is expected


@pytest.mark.parametrize(
    ("dropout", "verdict"),
    [
        ([0.1, 0.2, 0.1, 0.2, 0.1], Verdict.HOLDS),
        ([3.1, 3.3, 3.2, 3.1, 3.3], Verdict.DOES_NOT_HOLD),
        ([0.9, 1.2, 1.0, 1.1, 0.9], Verdict.INCONCLUSIVE),
    ],
)
def test_lower_costs_with_dropout_hold_up_the_claim(monkeypatch, dropout, verdict):
    without = [1.0, 1.1, 0.9, 1.0, 1.0]
    runs = [{"arm": ARMS[0], "seed": i, "worst_accuracy": v} for i, v in enumerate(without)]
    runs += [{"arm": ARMS[1], "seed": i, "worst_accuracy": v} for i, v in enumerate(dropout)]
    monkeypatch.setattr(findings, "stored", lambda: {"comparisons": {"article": {"runs": runs}}})
    costs = ablation_verdict()
    assert costs.verdict == verdict
    assert costs.difference == statistics.paired(dropout, without)
