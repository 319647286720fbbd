"""What a record says, run by run and trial by trial: last values, differences by seed, means with intervals."""

import pandas as pd

from dropout_core.common.text import difference, signed
from dropout_core.experiments.final_values import short_finals
from dropout_core.numerics.statistics import Paired, mean_interval, paired
from dropout_core.reference.records import Record
from dropout_core.storage.store import Comparison

RUN_COLUMNS = ["trial", "arm", "seed", "accuracy", "loss", "train_loss", "gap", "epochs", "seconds"]


def runs(record: Record) -> pd.DataFrame:
    """One row a run: RUN_COLUMNS at the moment that counts (see judged). accuracy in %, losses in nats."""
    parts = [judged(found).assign(trial=label) for label, found in record.trials.items()]
    return pd.concat(parts, ignore_index=True)[RUN_COLUMNS]


def judged(found: Comparison) -> pd.DataFrame:
    """One row a run of a comparison: after its last epoch, or, where patience is set, at the weights that were kept.

    epochs is how long it trained, seconds how long that took.
    """
    table = short_finals(found.points, best=found.recipe.patience > 0).sort_index()
    epochs = found.points.groupby(["arm", "seed"])["epoch"].max()
    return table.assign(epochs=epochs, seconds=found.runs.set_index(["arm", "seed"])["seconds"]).reset_index()


def means(table: pd.DataFrame, column: str, by: tuple[str, ...] = ("trial", "arm")) -> pd.DataFrame:
    """Mean and 95 % t interval over the seeds of a column of runs(record), a row a trial and arm, in their order."""
    found = mean_interval(table, column, by)
    order = {trial: i for i, trial in enumerate(table["trial"].unique())}
    return found.sort_values("trial", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def compared(table: pd.DataFrame, column: str, one: tuple[str, str], other: tuple[str, str]) -> Paired:
    """One (trial, arm) against another by seed, in this order: Paired of one minus other.

    Raises KeyError for a trial or arm that is not there.
    """
    by_seed = table.set_index(["trial", "arm", "seed"])[column].sort_index()
    both = pd.concat([by_seed[one], by_seed[other]], axis=1, join="inner").dropna()
    return paired(both.iloc[:, 0].to_numpy(float), both.iloc[:, 1].to_numpy(float))


def histories(record: Record, column: str = "full_val_loss") -> pd.DataFrame:
    """Mean and 95 % interval over the seeds by epoch (trial, arm, epoch, mean, low, high, n), while all runs last."""
    parts = []
    for label, found in record.trials.items():
        mean = mean_interval(found.points, column, ("arm", "epoch"))
        seeds = len(found.recipe.seeds)
        parts.append(mean[mean["n"] == seeds].assign(trial=label))
    return pd.concat(parts, ignore_index=True)


def in_words(p: Paired, unit: str, places: int = 2) -> str:
    """A difference with its interval: "+0.84 points (95 % interval +0.31 to +1.37)"."""
    if p.low is None:
        return f"{signed(p.mean, places)} {unit} (one seed: no interval)"
    return difference(p.mean, p.low, p.high, unit, places)
