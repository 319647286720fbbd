"""Test that the overview's headings follow the numbers of the records, whichever way these turn out."""

import json

import altair as alt
import pandas as pd
import pytest

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import Estimate
from dropout_core.reference.records import load
from dropout_core.topics.overview import charts, findings
from dropout_core.topics.overview.findings import Gain

BETTER, WORSE, UNCLEAR = Estimate(1, 0.5, 1.5), Estimate(-1, -1.5, -0.5), Estimate(0, -1, 1)


def losses(*validation: float) -> pd.DataFrame:
    return pd.DataFrame({"epoch": [3.0, 6.0, 9.0], "training": [0.5, 0.2, 0.1], "validation": validation})


def test_a_net_memorises_only_if_the_loss_on_new_images_rises():
    assert findings.memorises(losses(0.6, 0.4, 0.5)).endswith(
        "falls to 0.100 while the loss on new images climbs from 0.40 to 0.50"
    )
    assert "memorises" not in findings.memorises(losses(0.6, 0.5, 0.4))


def test_the_losses_are_means_over_the_seeds_of_the_net_without_dropout():
    (comparison,) = load("small").trials.values()
    points = comparison.points.query("arm == @NO_DROPOUT and epoch == 60")
    last = findings.memorised().iloc[-1]
    assert len(points) == len(comparison.recipe.seeds)
    assert last["training"] == pytest.approx(points["eval_loss"].mean())
    assert last["validation"] == pytest.approx(points["full_val_loss"].mean())


def test_half_of_the_neurons_are_removed():
    removed, accuracy = findings.removed()
    assert removed == 192
    for arm in (DROPOUT, NO_DROPOUT):
        assert f"{accuracy[arm]:.0f}\u00a0%" in findings.nobody_relies()


def test_whether_it_pays_follows_the_intervals():
    rows = [Gain(100, "", UNCLEAR), Gain(500, "", BETTER), Gain(2_000, "", WORSE)]
    assert findings.does_it_pay(rows) == "Does it pay? With 500 training images it does; with 2,000 it does not"
    assert findings.does_it_pay(rows[:1]) == "Does it pay? In none of these comparisons"


def test_the_gains_hold_both_experiments_and_the_article():
    rows = findings.gains()
    assert [row.images for row in rows] == [100, 500, 1_000, 2_000, 8_000, 32_000, 60_000]


@pytest.mark.parametrize("spec", [charts.memorising(losses(0.6, 0.4, 0.5)), charts.gains([Gain(100, "", UNCLEAR)])])
def test_the_charts_are_valid(spec):
    alt.LayerChart.from_dict(spec)
    json.dumps(spec, allow_nan=False)
