"""Grids of reference runs: the rate against the width, the number of training images, or a second rate."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from dropout_core.common.text import counted, listed, span
from dropout_core.experiments.final_values import epoch_ends
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.statistics import FEWEST, Paired, mean_interval, paired
from dropout_core.reference.record_tables import runs
from dropout_core.reference.records import Record, load
from dropout_core.topics.rates import findings
from dropout_core.topics.rates.findings import Best, differ


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


def losses(record: Record, last: bool = False) -> pd.DataFrame:
    """Return the first or last loss on all validation images, with one row per seed and one column per rate."""
    columns = {}
    for trial in record.trials.values():
        by_seed = epoch_ends(trial.points).sort_values("step").groupby("seed")["full_val_loss"]
        columns[trial.recipe.rate] = by_seed.last() if last else by_seed.first()
    return pd.DataFrame(columns)[sorted(columns)]


def epochs(record: Record) -> tuple[int, int]:
    """Return the epochs of the first and last evaluations."""
    every = epoch_ends(next(iter(record.trials.values())).points)["epoch"]
    return round(every.min()), round(every.max())


def learning() -> pd.DataFrame:
    """Compute the mean validation loss and its 95 % interval at each rate, early in training and at its end."""
    record = load("rates")
    parts = []
    for last, epoch in enumerate(epochs(record)):
        long = losses(record, bool(last)).melt(var_name="x", value_name="loss").astype(float)
        parts.append(mean_interval(long, "loss", ("x",)).assign(group=f"after {epoch} epochs"))
    return pd.concat(parts, ignore_index=True)


Pair = tuple[float, float]  # the convolutional and the dense rate


def conv_grid(column: str) -> tuple[pd.DataFrame, dict[Pair, Paired]]:
    """Return the convolutional grid's values for each seed, and a comparison of each pair of rates with the best pair.

    The values have one column per pair of rates.
    """
    record = load("conv")
    table = runs(record)
    table = table[~table["trial"].str.startswith("spatial")]
    recipes = [record.trials[trial].recipe for trial in table["trial"]]
    table = table.assign(conv=[each.conv_rate for each in recipes], dense=[each.rate for each in recipes])
    by_seed = table.pivot(index="seed", columns=["conv", "dense"], values=column)
    means = by_seed.mean()
    best = pairs(by_seed)[int(np.argmax(means if column == "accuracy" else -means))]
    others = [pair for pair in pairs(by_seed) if pair != best]
    return by_seed, {pair: paired(by_seed[pair].to_numpy(), by_seed[best].to_numpy()) for pair in others}


def pairs(by_seed: pd.DataFrame) -> list[Pair]:
    """Return the pairs of rates in the columns of a grid."""
    return [(float(conv), float(dense)) for conv, dense in by_seed.columns.to_frame().to_numpy()]


def conv_cells() -> pd.DataFrame:
    """Build the rows of charts_heat_map.heat_map for the accuracies of the convolutional grid; see pair_cells."""
    return pair_cells(conv_grid("accuracy")[0])


def pair_cells(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Build the heat map's rows for pairs of rates: width holds the convolutional rate, and rate the dense one.

    The column shade is the change from no dropout if its paired interval excludes zero, and otherwise 0. Fewer than
    FEWEST seeds have no interval, and so neither shade nor mark.
    """
    means = by_seed.mean()
    best, none = pairs(by_seed)[int(means.argmax())], by_seed[(0.0, 0.0)]
    rows, enough = [], len(by_seed) >= FEWEST
    for pair in pairs(by_seed):
        values, change = by_seed[pair], means[pair] - means[(0.0, 0.0)]
        rows.append(
            {
                "width": pair[0],
                "rate": pair[1],
                "value": means[pair],
                "change": change,
                "shade": change if differ(values, none) else 0.0,
                "mark": "" if not enough or differ(by_seed[best], values) else "best" if pair == best else "alike",
                "seeds": len(by_seed),
            }
        )
    return pd.DataFrame(rows)


def size_runs() -> pd.DataFrame:
    """Return the runs of the record "sizes". The column "width" holds the number of training images."""
    return grid(load("sizes"), lambda recipe: recipe.images)


def best_by_images() -> list[Best]:
    """Find the best rate for each number of training images."""
    return findings.best(size_runs())


def images_label(best: Best) -> str:
    return f"{best.width:,} images"


def made_of(record: Record) -> str:
    """Describe the nets, images, epochs and seeds of a record."""
    recipes = [trial.recipe for trial in record.trials.values()]
    nets = listed(dict.fromkeys(map(_net, recipes)))
    seeds = counted(len(recipes[0].seeds), "seed")
    rows = listed(dict.fromkeys(f"{counted(r.images, 'image')}: {counted(r.epochs, 'epoch')}" for r in recipes))
    return f"{nets}; {rows}; {seeds} each."


def _net(recipe: Recipe) -> str:
    layers = "-".join(map(str, (784, *recipe.hidden, 10)))
    return layers if recipe.net == "mlp" else f"two convolutional layers below {layers}"


def last_losses(rate: float) -> str:
    """Describe the range, over all numbers of images, of the final training loss at this rate in evaluation mode."""
    table = size_runs()
    table = table[table["rate"] == rate]
    return span((table["loss"] - table["gap"]).groupby(table["width"]).mean().astype(float).round(2))
