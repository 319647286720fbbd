"""Compute the final values of a comparison's runs, at the end of training or at the epoch kept by early stopping.

At a constant learning rate, the values fluctuate from epoch to epoch. Final values of long runs are therefore means
over the evaluations of the last quarter of the epochs; see last_points().
"""

import pandas as pd

from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import Paired, paired

MASKS_ON = "training loss, masks on, last quarter epoch"
EVALUATED = "training loss, evaluation mode"
LOSS, ACCURACY = "validation loss", "validation accuracy, %"
SECONDS = "run time, s"
LONG = 20  # epochs
SHORT = {EVALUATED: "train_loss", LOSS: "loss", ACCURACY: "accuracy"}  # "gap" is not renamed


def finals(points: pd.DataFrame, best: bool = False, annealed: bool = False) -> pd.DataFrame:
    """Return the final values of each run's curves and the run's generalisation gap, indexed by arm and seed.

    best      use the epoch with the lowest loss on all validation images, whose weights early stopping keeps
    annealed  use the last point alone, since values do not fluctuate at a learning rate near 0
    """
    if best:
        last = best_points(points).set_index(["arm", "seed"])
    elif annealed:
        last = points.sort_values("step").groupby(["arm", "seed"]).tail(1).set_index(["arm", "seed"]).sort_index()
    else:
        last = last_points(points)
    columns = {
        MASKS_ON: last["train_loss"],  # not the mean over the epoch, which includes the losses of much earlier weights
        EVALUATED: last["eval_loss"],
        LOSS: last["full_val_loss"],
        "gap": last["full_val_loss"] - last["eval_loss"],
        ACCURACY: last["full_val_accuracy"],
    }
    return pd.DataFrame(columns)


def short_finals(points: pd.DataFrame, best: bool = False, annealed: bool = False) -> pd.DataFrame:
    """Compute finals() and rename the columns to the short names used in records and grids (see SHORT)."""
    return finals(points, best, annealed).rename(columns=SHORT)


def epoch_ends(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points at the ends of epochs that were evaluated on all validation images."""
    return points.dropna(subset=["full_val_loss", "epoch_loss"])


def last_points(points: pd.DataFrame) -> pd.DataFrame:
    """Average each run's evaluations on all validation images in the last quarter of its epochs, by arm and seed.

    With twenty evaluations per run, these are the last five. Runs of fewer than LONG epochs have only their last point.
    """
    points = points.sort_values("step")
    by_run = points.groupby(["arm", "seed"])
    end = by_run["epoch"].transform("max")
    late = points["full_val_loss"].notna() & (points["epoch"] > 0.75 * end) & (end.round() >= LONG)
    averaged = points[late].groupby(["arm", "seed"]).mean(numeric_only=True)
    last = by_run.tail(1).set_index(["arm", "seed"])
    return pd.concat([averaged, last[~last.index.isin(averaged.index)]]).sort_index()


def averaged(recipe: Recipe) -> bool:
    """Whether the final values of this recipe's runs are means over several evaluations; see last_points()."""
    return recipe.epochs >= LONG and not recipe.patience


def best_points(points: pd.DataFrame) -> pd.DataFrame:
    """For each run, return the epoch with the lowest loss on all validation images (the first in case of ties)."""
    full = epoch_ends(points).sort_values("step")
    return full.loc[full.groupby(["arm", "seed"])["full_val_loss"].idxmin()]


def final_table(points: pd.DataFrame, seconds: dict[str, float], best: bool = False) -> pd.DataFrame:
    """Average finals(points, best) over the seeds, with one row per arm, and add a column of run times in seconds."""
    table = finals(points, best).groupby("arm").mean()
    table[SECONDS] = pd.Series(seconds)
    return table.loc[[arm for arm in ARMS if arm in table.index]].rename_axis("network")


def differences(points: pd.DataFrame, best: bool = False) -> dict[str, Paired]:
    """Compute the paired differences (dropout minus no dropout) for each column of finals().

    Only seeds that both arms have finished are used.
    """
    by_arm = finals(points, best).unstack("arm").dropna()
    return {
        name: paired(by_arm[name, DROPOUT].to_list(), by_arm[name, NO_DROPOUT].to_list())
        for name in by_arm.columns.get_level_values(0).unique()
    }
