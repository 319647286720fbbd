"""Grids of reference runs: the rate against the width, the number of training images, or a second rate."""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pandas as pd

from dropout_core.common.text import counted, listed, span
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.sweep import Cell
from dropout_core.numerics.multiple import candidates, holm, p_values
from dropout_core.numerics.statistics import FEWEST
from dropout_core.reference.record_tables import histories, runs
from dropout_core.reference.records import Record, load
from dropout_core.topics.rates import findings


def grid(record: Record, row: Callable[[Recipe], float]) -> pd.DataFrame:
    """Return the runs of a record that has one arm per trial, in a table with findings.RUN_COLUMNS.

    row   computes a run's row in the grid from its recipe; the column is called "width", whatever it contains
    """
    table = runs(record)
    recipes = [record.trials[trial].recipe for trial in table["trial"]]
    table = table.assign(width=[row(recipe) for recipe in recipes], rate=[recipe.rate for recipe in recipes])
    return table[findings.RUN_COLUMNS]


def width_runs() -> pd.DataFrame:
    """Return the runs of the record "widths"."""
    return grid(load("widths"), lambda recipe: recipe.hidden[0])


def seconds(cells: Iterable[Cell]) -> float:
    """Estimate how long one core trains these cells, from the times of the runs of "widths" with the nearest width."""
    return sum(_per_image(cell.width) * _images(cell.recipe) for cell in cells)


def _images(recipe: Recipe) -> int:
    """Return the number of images that a net sees in all runs and epochs together."""
    return recipe.epochs * recipe.images * len(recipe.runs())


@cache
def _per_image(width: int) -> float:
    """Return the seconds per image and epoch of the recorded runs with the nearest width. The rate hardly matters.

    Other programs slowed many of the recorded runs, so this uses the lower quartile of their times.
    """
    trials = [*load("widths").trials.values()]
    nearest = min((trial.recipe.hidden[0] for trial in trials), key=lambda other: abs(other - width))
    alike = [trial for trial in trials if trial.recipe.hidden[0] == nearest]
    recipe, times = alike[0].recipe, np.concatenate([trial.runs["seconds"] for trial in alike])
    return float(np.quantile(times, 0.25)) / (recipe.epochs * recipe.images)


def learning() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the tables for charts_learning from the record "rates", without the column `reached`."""
    record = load("rates")
    curves = histories(record, "full_val_accuracy")
    curves = curves.assign(rate=[record.trials[trial].recipe.rate for trial in curves["trial"]])
    last = curves.loc[curves.groupby("rate")["epoch"].idxmax()]
    by_rate = last[["rate", "mean"]].rename(columns={"mean": "final"}).reset_index(drop=True)
    return curves[["rate", "epoch", "mean"]], by_rate


def epochs(record: Record) -> tuple[int, int]:
    """Return the epochs of the first and last evaluations."""
    every = epoch_ends(next(iter(record.trials.values())).points)["epoch"]
    return round(every.min()), round(every.max())


Pair = tuple[float, float]  # the convolutional and the dense rate


def conv_grid(column: str) -> pd.DataFrame:
    """Return the convolutional grid's values, with one row per seed and one column per pair of rates."""
    record = load("conv")
    table = runs(record)
    table = table[~table["trial"].str.startswith("spatial")]
    recipes = [record.trials[trial].recipe for trial in table["trial"]]
    table = table.assign(conv=[each.conv_rate for each in recipes], dense=[each.rate for each in recipes])
    return table.pivot(index="seed", columns=["conv", "dense"], values=column)


def pairs(by_seed: pd.DataFrame) -> list[Pair]:
    """Return the pairs of rates in the columns of a grid."""
    return [(float(conv), float(dense)) for conv, dense in by_seed.columns.to_frame().to_numpy()]


def conv_cells() -> pd.DataFrame:
    """Build the rows of charts_heat_map.heat_map for the accuracies of the convolutional grid; see pair_cells."""
    return pair_cells(conv_grid("accuracy"))


def pair_cells(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Build the heat map's rows for pairs of rates: width holds the convolutional rate, and rate the dense one.

    The column shade is the change from no dropout if it is detectable, corrected for all cells, and otherwise 0. The
    best cell and the other candidates for the best are marked. With fewer than FEWEST seeds, there are only means.
    """
    values, none = by_seed.to_numpy(float), by_seed[(0.0, 0.0)].to_numpy(float)
    change, enough = values.mean(0) - none.mean(), len(by_seed) >= FEWEST
    sure = holm(p_values((values - none[:, None]).T)) if enough else np.zeros(len(change), bool)
    alike = candidates(values) if enough else np.zeros(len(change), bool)
    best = values.mean(0).argmax()
    marks = ["best" if enough and i == best else "alike" if each else "" for i, each in enumerate(alike)]
    conv, dense = zip(*pairs(by_seed), strict=True)
    table = {"width": conv, "rate": dense, "value": values.mean(0), "change": change}
    return pd.DataFrame({**table, "shade": np.where(sure, change, 0.0), "mark": marks, "seeds": len(by_seed)})


def size_runs() -> pd.DataFrame:
    """Return the runs of the record "sizes". The column "width" holds the number of training images."""
    return grid(load("sizes"), lambda recipe: recipe.images)


def images_label(images: float) -> str:
    return f"{images:,} images"


def trained_on(record: Record) -> str:
    """Return the number of training images of the first run; all runs of the records for the charts share it."""
    return counted(next(iter(record.trials.values())).recipe.images, "image")


def layers(record: Record) -> str:
    """Name the sizes of the hidden layers of a record's nets, as in "256 and 128"."""
    return listed(dict.fromkeys(listed(trial.recipe.hidden) for trial in record.trials.values()))


def made_of(record: Record) -> str:
    """Describe the nets, images, epochs and seeds of a record."""
    recipes = [trial.recipe for trial in record.trials.values()]
    nets = listed(dict.fromkeys(map(_net, recipes)))
    seeds = counted(len(recipes[0].seeds), "seed")
    rows = listed(dict.fromkeys(f"{counted(r.images, 'image')}: {counted(r.epochs, 'epoch')}" for r in recipes))
    return f"{nets[:1].upper()}{nets[1:]}; {rows}; {seeds} each."


def _net(recipe: Recipe) -> str:
    layers = "-".join(map(str, (784, *recipe.hidden, 10)))
    return layers if recipe.net == "mlp" else f"two convolutional layers below {layers}"


def last_losses(rate: float) -> str:
    """Describe the range of the final training loss (in evaluation mode) at this rate across all numbers of images."""
    table = size_runs()
    table = table[table["rate"] == rate]
    return span((table["loss"] - table["gap"]).groupby(table["width"]).mean().astype(float).round(2))
