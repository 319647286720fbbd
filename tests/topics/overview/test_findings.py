"""Test that the overview's headings agree with the records, whatever their results."""

import json

import altair as alt
import numpy as np
import pandas as pd
import pytest

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.power import detectable
from dropout_core.numerics.statistics import paired
from dropout_core.reference.records import load
from dropout_core.topics.overview import charts, findings
from dropout_core.topics.overview.findings import Gain

BETTER, WORSE, UNCLEAR = (paired([mean - 0.2, mean, mean + 0.1, mean, mean + 0.1], [0] * 5) for mean in (1, -1, 0))


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
        assert f"{accuracy[arm]:.0f}\u00a0%" in findings.half_removed()


def test_one_pair_of_nets_is_described_and_not_generalised(monkeypatch):
    assert "a net trained with dropout still reads" in findings.half_removed()
    monkeypatch.setattr(findings, "removed", lambda: (192, {DROPOUT: 40.0, NO_DROPOUT: 60.0}))
    assert "a net trained with dropout reads 40\u00a0%" in findings.half_removed()


def test_whether_it_pays_follows_the_intervals():
    rows = [Gain(100, (8, 8), UNCLEAR), Gain(500, (8, 8), BETTER), Gain(2_000, (8, 8), WORSE)]
    assert findings.does_it_pay(rows) == "Does it pay? With 500 training images it does; with 2,000 it costs accuracy"
    more = [*rows, Gain(8_000, (8, 8), WORSE)]
    assert findings.does_it_pay(more).endswith("; with 2,000 or more it costs accuracy")
    also_few = [Gain(50, (8, 8), WORSE), *more]
    assert findings.does_it_pay(also_few).endswith("it does; with 50, or with 2,000 or more, it costs accuracy")
    mixed = [*more, Gain(9_000, (8, 8), UNCLEAR)]
    assert findings.does_it_pay(mixed).endswith("; with 2,000 and 8,000 it costs accuracy")
    assert findings.does_it_pay(rows[:1]) == "Does it pay? In none of these comparisons"


def test_the_power_is_stated_where_a_gain_is_inconclusive():
    size = detectable(float(np.std(UNCLEAR.differences, ddof=1)), UNCLEAR.n)
    rows = [Gain(100, (8, 8), UNCLEAR), Gain(500, (8, 8), BETTER)]
    assert findings.power(rows) == f" (if inconclusive, {size:.1f} points detectable)"
    assert findings.power(rows[1:]) == ""


def test_the_gains_hold_both_experiments_and_the_article():
    rows = findings.gains()
    assert [row.images for row in rows] == [100, 500, 1_000, 2_000, 8_000, 32_000, 60_000]
    assert rows[0].name == "100 images, 256–256–512 units"
    assert rows[-1].name == "60,000 images, 256–128 units"


def test_the_chart_is_valid():
    spec = charts.memorising(losses(0.6, 0.4, 0.5))
    alt.LayerChart.from_dict(spec)
    json.dumps(spec, allow_nan=False)
