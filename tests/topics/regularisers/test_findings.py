"""Tests of regularisers: the variance shift matches sampled masks, and synthetic runs give the expected verdicts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.experiments.results import COLUMNS
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import Record, load
from dropout_core.storage.store import DONE, Comparison
from dropout_core.topics.regularisers import findings
from dropout_core.topics.regularisers.decay_study import choosing
from dropout_core.topics.regularisers.findings import NOTHING, differences, variance_shift, with_l2


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_the_shift_is_that_of_sampled_masks(rate):
    rng = np.random.default_rng(0)
    z = rng.normal(1.0, 2.0, (200_000, 3))
    masked = z * (rng.random(z.shape) >= rate) / (1 - rate)
    np.testing.assert_allclose(variance_shift(z, rate), masked.var(0) / z.var(0), rtol=0.02)


@given(st.floats(0, 0.9), st.floats(-3, 3))
def test_it_is_at_least_one_over_keep_and_one_without_dropout(rate, mean):
    z = np.random.default_rng(1).normal(mean, 1, (50, 4))
    assert (variance_shift(z, rate) >= 1 / (1 - rate) - 1e-9).all()
    np.testing.assert_allclose(variance_shift(z, 0.0), 1)


def test_units_that_never_vary_are_left_out():
    z = np.column_stack([np.arange(5.0), np.ones(5)])
    assert variance_shift(z, 0.5).shape == (1,)


def planted(losses: dict[tuple[str, str], float], experiment: str = "regularisers") -> Record:
    """Make a record whose runs end near these losses, keyed by (trial, arm), and whose other runs end near 1."""
    rng, trials = np.random.default_rng(0), {}
    for label, recipe in EXPERIMENTS[experiment].trials:
        rows, done = [], []
        for run in recipe.runs():
            last = recipe.epochs
            loss = losses.get((label, run.arm), 1.0) + rng.normal(0, 0.01)
            rows.append({"arm": run.arm, "seed": run.seed, "step": last, "epoch": float(last), "eval_loss": 0.1,
                         "full_val_loss": loss, "full_val_accuracy": 100 - 10 * loss})  # fmt: skip
            done.append([run.arm, run.seed, 1.0, False])
        points = pd.DataFrame(rows).reindex(columns=COLUMNS)
        runs = pd.DataFrame(done, columns=["arm", "seed", "seconds", "stopped_early"])
        trials[label] = Comparison(recipe, DONE, "", "", "", {}, points, runs)
    return Record(EXPERIMENTS[experiment], trials)


def planted_decay(losses):
    return planted(losses, experiment="decay")


def planted_choice(losses: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Make the results of the nets that choose, with these losses, keyed by (trial, arm), and otherwise near 1."""
    rng, rows = np.random.default_rng(1), []
    for label, recipe in choosing():
        for run in recipe.runs():
            loss = losses.get((label, run.arm), 1.0) + rng.normal(0, 0.01)
            rows.append({"trial": label, "arm": run.arm, "seed": run.seed, "accuracy": 100 - 10 * loss, "loss": loss})
    return pd.DataFrame(rows)


def compare(losses, column, chosen_by=None):
    return with_l2(planted_decay(losses), planted_choice(losses if chosen_by is None else chosen_by), column)


@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_l2_with_dropout_is_compared_with_either_alone(column):
    both = {("Adam, 0.001", DROPOUT): 0.5}
    sign = 1 if column == "accuracy" else -1
    dropout, l2 = compare(both, column)
    assert "dropout with L2 (Adam, 0.001) against dropout alone" in dropout.what
    assert (dropout.paired.sign, l2.paired.sign) == (sign, sign)
    assert dropout.n == 23, "the other 22 seeds choose the strength"
    assert dropout.margin == EXPERIMENTS["decay"].margin[column]
    dropout, _ = compare(both | {("no decay", DROPOUT): 0.3}, column)
    assert dropout.paired.sign == -sign
    _, l2 = compare(both | {("AdamW, 0.01", NO_DROPOUT): 0.5}, column)
    assert "L2 alone (AdamW, 0.01)" in l2.what
    assert l2.paired.sign == 0


@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_the_test_images_do_not_choose_the_strength(column):
    dropout, l2 = compare(
        {("AdamW, 0.01", arm): 0.5 for arm in ARMS}, column, {("Adam, 0.001", arm): 0.5 for arm in ARMS}
    )
    assert "dropout with L2 (Adam, 0.001)" in dropout.what
    assert "L2 alone (Adam, 0.001)" in l2.what


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [
        ({("Adam, 0.001", DROPOUT): 0.5}, Verdict.HOLDS),
        ({}, Verdict.EQUIVALENT),
        ({("no decay", DROPOUT): 0.5}, Verdict.DOES_NOT_HOLD),
    ],
)
def test_both_beat_either_alone_or_come_to_the_same(monkeypatch, losses, verdict):
    monkeypatch.setattr(findings, "load", lambda _: planted_decay(losses))
    monkeypatch.setattr(findings, "strengths", lambda: planted_choice(losses))
    assert findings.l2_and_dropout().verdict is verdict


def stopped(accuracy=0.0, loss=-0.5, epochs=10):
    """Make runs in which stopping after `epochs` of 40 epochs changes accuracy and loss by these amounts."""
    rng = np.random.default_rng(0)
    runs = [
        {
            "arm": arm,
            "seed": seed,
            "whole": {"accuracy": 90.0, "loss": 1.0, "epochs": 40},
            "stopped": {
                "accuracy": 90 + accuracy + rng.normal(0, 0.1), "loss": 1 + loss + rng.normal(0, 0.1), "epochs": epochs,
            },
        }
        for arm in ARMS
        for seed in range(8)
    ]  # fmt: skip
    return runs, "judged elsewhere"


def test_early_stopping_holds_where_it_saves_epochs_and_loss(monkeypatch):
    monkeypatch.setattr(findings, "stopping_runs", lambda: stopped(accuracy=-1))
    found = findings.early_stopping()
    assert found.verdict is Verdict.HOLDS_WHEN
    assert found.exception == "by accuracy"
    assert "On average, training stopped after 10.0 (no dropout) and 10.0 (dropout) of 40 epochs" in found.sentence
    assert "minimises the loss" in found.sentence
    monkeypatch.setattr(findings, "stopping_runs", lambda: stopped(epochs=40))
    assert findings.stopping(DROPOUT, "loss")[1] is Verdict.INCONCLUSIVE, "nothing is saved"


def test_the_table_of_the_real_runs_has_a_row_a_regulariser():
    table = differences(load("regularisers"))
    assert list(table.index) == [trial.label for trial in EXPERIMENTS["regularisers"].trials]
    assert table.loc[NOTHING].iloc[0] == "–"
    assert table.iloc[1:].map(lambda cell: "[" in cell and "nan" not in cell).all(axis=None)
    assert set(load("regularisers").trials[NOTHING].runs["arm"]) == set(ARMS)
