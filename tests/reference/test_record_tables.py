"""Test the tables computed from records: final values, paired differences, and means at epochs reached by all runs."""

import numpy as np
import pandas as pd
import pytest

from dropout_core.experiments.experiment import Experiment, Trial
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.experiments.results import COLUMNS
from dropout_core.numerics.statistics import Paired, paired
from dropout_core.reference.record_tables import compared, histories, in_words, judged, means, runs
from dropout_core.reference.records import Record
from dropout_core.storage.store import DONE, Comparison

LOSSES = {
    (NO_DROPOUT, 0): [0.5, 0.3, 0.4],
    (NO_DROPOUT, 1): [0.6, 0.5],
    (DROPOUT, 0): [0.9, 0.4, 0.2],
    (DROPOUT, 1): [0.7],
}


def comparison(patience: int) -> Comparison:
    rows = [
        {"arm": arm, "seed": seed, "step": i + 1, "epoch": i + 1.0, "epoch_loss": 0.2, "eval_loss": 0.1,
         "full_val_loss": loss, "full_val_accuracy": 100 * (1 - loss), "seconds": i + 1.0}
        for (arm, seed), losses in LOSSES.items()
        for i, loss in enumerate(losses)
    ]  # fmt: skip
    done = pd.DataFrame(
        [[arm, seed, 2.0, False] for arm, seed in LOSSES], columns=["arm", "seed", "seconds", "stopped_early"]
    )
    recipe = Recipe(seeds=(0, 1), epochs=3, patience=patience)
    return Comparison(recipe, DONE, "", "", "", {}, pd.DataFrame(rows).reindex(columns=COLUMNS), done)


def record(patience: int = 0) -> Record:
    found = comparison(patience)
    return Record(Experiment("x", "x", (Trial("one", found.recipe),)), {"one": found})


def value(table, arm, seed, column):
    return table.set_index(["arm", "seed"]).loc[(arm, seed), column]


def test_the_last_epoch_counts_and_with_patience_the_best():
    last, best = judged(comparison(0)), judged(comparison(2))
    assert value(last, NO_DROPOUT, 0, "loss") == 0.4
    assert value(best, NO_DROPOUT, 0, "loss") == 0.3
    assert value(best, NO_DROPOUT, 0, "epochs") == 3, "how long it trained, not when it was best"
    assert value(last, NO_DROPOUT, 0, "gap") == pytest.approx(0.3)
    assert value(last, DROPOUT, 0, "accuracy") == pytest.approx(80)


def test_differences_are_paired_by_seed():
    found = compared(runs(record()), "loss", ("one", DROPOUT), ("one", NO_DROPOUT))
    assert found == paired([0.2, 0.7], [0.4, 0.5])


def test_a_trial_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        compared(runs(record()), "loss", ("two", DROPOUT), ("one", NO_DROPOUT))


def test_means_of_few_seeds_have_no_interval_and_keep_the_order():
    found = means(runs(record()), "loss").set_index("arm")
    assert found.loc[DROPOUT, "mean"] == pytest.approx(0.45)
    assert np.isnan(found.loc[DROPOUT, "low"])
    assert set(found.index) == set(ARMS)


def test_histories_end_where_the_first_run_ends():
    found = histories(record())
    assert found.groupby("arm")["epoch"].max().to_dict() == {NO_DROPOUT: 2.0, DROPOUT: 1.0}
    first = found[(found["arm"] == NO_DROPOUT) & (found["epoch"] == 1)].iloc[0]
    assert first["mean"] == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("p", "said"),
    [
        (Paired((0.5, 0.7), 0.6, 0.1, 1.1), "+0.60 points (95 % interval +0.10 to +1.10)"),
        (Paired((-0.5,), -0.5), "−0.50 points (1 seed, no interval)"),
    ],
)
def test_a_difference_in_words(p, said):
    assert in_words(p, "points") == said
