"""Tests of regularisers: the variance shift matches sampled masks, and made-up numbers give the expected verdicts."""

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
from dropout_core.topics.regularisers.findings import (
    L2,
    NOTHING,
    STOPPING,
    differences,
    stopping,
    variance_shift,
    with_l2,
)


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


def planted(losses: dict[tuple[str, str], float], epochs: dict[str, int] | None = None) -> Record:
    """Make a record whose runs end near these losses, keyed by (trial, arm), and whose other runs end near 1."""
    rng, trials = np.random.default_rng(0), {}
    for label, recipe in EXPERIMENTS["regularisers"].trials:
        rows, done = [], []
        for run in recipe.runs():
            last = (epochs or {}).get(label, recipe.epochs)
            loss = losses.get((label, run.arm), 1.0) + rng.normal(0, 0.01)
            rows.append({"arm": run.arm, "seed": run.seed, "step": last, "epoch": float(last), "eval_loss": 0.1,
                         "full_val_loss": loss, "full_val_accuracy": 100 - 10 * loss})  # fmt: skip
            done.append([run.arm, run.seed, 1.0, False])
        points = pd.DataFrame(rows).reindex(columns=COLUMNS)
        runs = pd.DataFrame(done, columns=["arm", "seed", "seconds", "stopped_early"])
        trials[label] = Comparison(recipe, DONE, "", "", "", {}, points, runs)
    return Record(EXPERIMENTS["regularisers"], trials)


@pytest.mark.parametrize("column", ["accuracy", "loss"])
def test_l2_with_dropout_holds_only_where_it_beats_both(column):
    both = {(L2[1], DROPOUT): 0.5}
    assert with_l2(planted(both), column).verdict is Verdict.HOLDS
    assert with_l2(planted(both | {(NOTHING, DROPOUT): 0.3}), column).verdict is Verdict.DOES_NOT_HOLD
    assert with_l2(planted(both | {(L2[0], NO_DROPOUT): 0.5}), column).verdict is Verdict.INCONCLUSIVE
    assert L2[1] in with_l2(planted(both), column).sentence


def test_early_stopping_holds_where_it_saves_epochs_and_loss():
    short = {STOPPING: 10}
    assert stopping(planted({(STOPPING, DROPOUT): 0.5}, short), DROPOUT, "loss").verdict is Verdict.HOLDS
    assert stopping(planted({(STOPPING, DROPOUT): 0.5}), DROPOUT, "loss").verdict is Verdict.INCONCLUSIVE, (
        "nothing is saved"
    )
    found = stopping(planted({(STOPPING, DROPOUT): 1.5}, short), DROPOUT, "loss")
    assert found.verdict is Verdict.DOES_NOT_HOLD
    assert "10.0 of 40 epochs" in found.sentence
    assert stopping(planted({(STOPPING, DROPOUT): 1.5}, short), DROPOUT, "accuracy").verdict is Verdict.DOES_NOT_HOLD


def test_the_table_of_the_real_runs_has_a_row_a_regulariser():
    table = differences(load("regularisers"))
    assert list(table.index) == [trial.label for trial in EXPERIMENTS["regularisers"].trials]
    assert table.loc[NOTHING].iloc[0] == "–"
    assert table.iloc[1:].map(lambda cell: "[" in cell and "nan" not in cell).all(axis=None)
    assert set(load("regularisers").trials[NOTHING].runs["arm"]) == set(ARMS)
