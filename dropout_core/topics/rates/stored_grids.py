"""Rates against something else, from the records: against width, against training images, against a second rate."""

from collections.abc import Callable, Mapping

import pandas as pd

from dropout_core.common.text import counted, listed, span
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.statistics import Paired, mean_interval, paired
from dropout_core.reference.record_tables import runs
from dropout_core.reference.records import Record, load
from dropout_core.topics.rates import findings
from dropout_core.topics.rates.findings import Best, differ


def grid(record: Record, row: Callable[[Recipe], float]) -> pd.DataFrame:
    """Runs of a record of one-armed trials as sweep_reading takes them; row(recipe) is what stands for the width."""
    places = {label: (row(found.recipe), found.recipe.rate) for label, found in record.trials.items()}
    table = runs(record)
    where = table["trial"].map(places)
    return table.assign(width=[w for w, _ in where], rate=[r for _, r in where])[findings.RUN_COLUMNS]


def width_runs() -> pd.DataFrame:
    """Runs of the record of widths, as sweep_reading takes them."""
    return grid(load("widths"), lambda recipe: recipe.hidden[0])


def losses(record: Record, last: bool = False) -> pd.DataFrame:
    """Loss on all validation images when it was first taken, or at the end: a row a seed, a column a rate."""
    columns = {}
    for found in record.trials.values():
        by_seed = found.points.sort_values("step").groupby("seed")["full_val_loss"]
        columns[found.recipe.rate] = by_seed.last() if last else by_seed.first()
    return pd.DataFrame(columns)[sorted(columns)]


def epochs(record: Record) -> tuple[int, int]:
    """After how many epochs a loss is first taken, and last."""
    every = next(iter(record.trials.values())).points["epoch"]
    return round(every.min()), round(every.max())


def learning() -> pd.DataFrame:
    """Validation loss by rate early and at the end, with intervals: group, x, mean, low, high."""
    record = load("rates")
    parts = []
    for last, epoch in enumerate(epochs(record)):
        long = losses(record, bool(last)).melt(var_name="x", value_name="loss").astype(float)
        parts.append(mean_interval(long, "loss", ("x",)).assign(group=f"after {epoch} epochs"))
    return pd.concat(parts, ignore_index=True)


def conv_grid(column: str) -> tuple[pd.DataFrame, dict[tuple[float, float], Paired]]:
    """Runs of the convolutional grid by seed (columns: conv rate, dense rate), and each cell against the best one."""
    record = load("conv")
    table = runs(record)
    table = table[~table["trial"].str.startswith("spatial")]
    recipes: Mapping = {label: found.recipe for label, found in record.trials.items()}
    rates = [(recipes[label].conv_rate, recipes[label].rate) for label in table["trial"]]
    table = table.assign(conv=[c for c, _ in rates], dense=[d for _, d in rates])
    by_seed = table.pivot(index="seed", columns=["conv", "dense"], values=column)
    means = by_seed.mean()
    best = means.idxmax() if column == "accuracy" else means.idxmin()
    against = {cell: paired(by_seed[cell].to_numpy(), by_seed[best].to_numpy()) for cell in by_seed if cell != best}
    return by_seed, against


def conv_cells() -> pd.DataFrame:
    """The convolutional grid for charts.sweep.heat_map: width stands for the conv rate, rate for the dense one."""
    return pair_cells(conv_grid("accuracy")[0])


def pair_cells(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Rows of the heat map of pairs of rates; shade: the change where its paired interval leaves zero out, else 0."""
    means = by_seed.mean()
    best, none = by_seed[means.idxmax()], by_seed[(0.0, 0.0)]
    marks = {cell: "" if differ(best, by_seed[cell]) else "alike" for cell in means.index}
    marks[means.idxmax()] = "best"
    rows = [
        {
            "width": c,
            "rate": d,
            "value": mean,
            "change": mean - means[(0.0, 0.0)],
            "shade": mean - means[(0.0, 0.0)] if differ(by_seed[c, d], none) else 0.0,
            "mark": marks[c, d],
            "seeds": len(by_seed),
        }
        for (c, d), mean in means.items()
    ]
    return pd.DataFrame(rows)


def size_runs() -> pd.DataFrame:
    """Runs of the record of training sizes, as sweep_reading takes them: width stands for the number of images."""
    return grid(load("sizes"), lambda recipe: recipe.images)


def best_by_images() -> list[Best]:
    """The best rate for each number of images, with its gain over no dropout."""
    return findings.best(size_runs())


def images(one: Best) -> str:
    """The row of one number of images in words."""
    return f"{one.width:,} images"


def made_of(record: Record) -> str:
    """Nets, images, epochs and seeds of a record, from its recipes."""
    recipes = [found.recipe for found in record.trials.values()]
    nets = listed(dict.fromkeys(map(_net, recipes)))
    seeds = counted(len(recipes[0].seeds), "seed")
    rows = listed(dict.fromkeys(f"{counted(r.images, 'image')}: {counted(r.epochs, 'epoch')}" for r in recipes))
    return f"{nets}; {rows}; {seeds} each."


def _net(recipe: Recipe) -> str:
    layers = "-".join(map(str, (784, *recipe.hidden, 10)))
    return layers if recipe.net == "mlp" else f"two convolutional layers below {layers}"


def last_losses(rate: float) -> str:
    """Loss on the training images without dropout at the end of training, over the numbers of images, in words."""
    table = size_runs()
    table = table[table["rate"] == rate]
    return span((table["loss"] - table["gap"]).groupby(table["width"]).mean().astype(float).round(2))
