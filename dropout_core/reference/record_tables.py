"""Compute tables from records: each run's final values, paired differences, and means with intervals."""

import pandas as pd

from dropout_core.common.text import counted, difference, signed
from dropout_core.experiments.final_values import short_finals
from dropout_core.numerics.statistics import Paired, mean_interval, paired
from dropout_core.reference.records import Record
from dropout_core.storage.store import Comparison

RUN_COLUMNS = ["trial", "arm", "seed", "accuracy", "loss", "train_loss", "gap", "epochs", "seconds"]


def runs(record: Record) -> pd.DataFrame:
    """Return a table with one row per run and RUN_COLUMNS as columns (see `judged`).

    Accuracy is in %; losses are in nats.
    """
    parts = [judged(comparison).assign(trial=label) for label, comparison in record.trials.items()]
    return pd.concat(parts, ignore_index=True)[RUN_COLUMNS]


def judged(comparison: Comparison) -> pd.DataFrame:
    """Return a table with one row per run and its final values.

    The final values are those of final_values.last_points(), those of the kept weights with early stopping, or those
    of the last point with annealing.

    epochs   the number of epochs trained
    seconds  the training time
    """
    recipe = comparison.recipe
    table = short_finals(comparison.points, best=recipe.patience > 0, annealed=recipe.annealing).sort_index()
    epochs = comparison.points.groupby(["arm", "seed"])["epoch"].max()
    seconds = comparison.runs.set_index(["arm", "seed"])["seconds"]
    return table.assign(epochs=epochs, seconds=seconds).reset_index()


def means(table: pd.DataFrame, column: str, by: tuple[str, ...] = ("trial", "arm")) -> pd.DataFrame:
    """Average a column of `runs(record)` over the seeds, and compute the 95 % t interval of the mean.

    There is one row per trial and arm, in the order of the trials.
    """
    order = {trial: i for i, trial in enumerate(table["trial"].unique())}
    return mean_interval(table, column, by).sort_values(
        "trial", key=lambda names: names.map(order), kind="stable", ignore_index=True
    )


def compared(table: pd.DataFrame, column: str, one: tuple[str, str], other: tuple[str, str]) -> Paired:
    """Compute the differences between two (trial, arm) pairs, `one` minus `other`, paired by seed.

    Raises KeyError for an unknown trial or arm.
    """
    by_seed = table.set_index(["trial", "arm", "seed"])[column].sort_index()
    both = pd.concat([by_seed[one], by_seed[other]], axis=1, join="inner").dropna()
    return paired(both.iloc[:, 0].to_numpy(float), both.iloc[:, 1].to_numpy(float))


def histories(record: Record, column: str = "full_val_loss") -> pd.DataFrame:
    """For each epoch that all seeds reached, compute the mean over the seeds and its 95 % interval.

    Columns: trial, arm, epoch, mean, low, high, n.
    """
    parts = []
    for label, comparison in record.trials.items():
        mean = mean_interval(comparison.points, column, ("arm", "epoch"))
        seeds = len(comparison.recipe.seeds)
        parts.append(mean[mean["n"] == seeds].assign(trial=label))
    return pd.concat(parts, ignore_index=True)


def in_words(p: Paired, unit: str, places: int = 2) -> str:
    """Format a difference with its interval: "+0.84 points (95 % interval +0.31 to +1.37)"."""
    if p.low is None:
        return f"{signed(p.mean, places)} {unit} ({counted(p.n, 'seed')}, no interval)"
    mean = p.estimate
    return difference(mean.value, mean.low, mean.high, unit, places)
