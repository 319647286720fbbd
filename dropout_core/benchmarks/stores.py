"""Compares the time of a comparison with its store on PostgreSQL and on SQLite, in alternating turns."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from dropout_core.benchmarks.local_cluster import local_cluster
from dropout_core.benchmarks.training_speed import article_recipe, stopwatch
from dropout_core.common.settings import DatabaseUrl, Settings
from dropout_core.engine.engine import Engine
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Store

SQLITE, POSTGRES = "sqlite_s", "postgresql_s"


def compare(turns: int, images: int, epochs: int, repeats: int) -> Iterator[dict]:
    """Time comparisons like those of `pair`, in turns that alternate between a store on SQLite and on PostgreSQL.

    Yields the median seconds on each store and their ratio for each turn. Each store has its own warm workers. The
    stores take turns in going first, so that a change in the machine's speed affects both alike.
    """
    recipe = article_recipe(images, epochs)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(local_cluster(replicas=0, workers=0))
        places: dict[str, tuple[Path | DatabaseUrl, Path | None]]
        places = {SQLITE: (folder / "store", None), POSTGRES: (cluster.store, folder / "weights")}
        trainers = {}
        for name, (place, weights) in places.items():
            store = stack.enter_context(closing(Store(place, weights)))
            engine = stack.enter_context(closing(Engine(store, Settings.from_env())))
            engine.warm().result()
            trainers[name] = stopwatch(engine, recipe)
        for turn in range(turns):
            order = [SQLITE, POSTGRES] if turn % 2 == 0 else [POSTGRES, SQLITE]
            seconds = {name: [trainers[name](_with_seed(recipe, turn, i)) for i in range(repeats)] for name in order}
            typical = {name: round(median(seconds[name]), 4) for name in (SQLITE, POSTGRES)}
            yield {"turn": turn, **typical, "ratio": round(typical[POSTGRES] / typical[SQLITE], 4)}


def _with_seed(recipe: Recipe, turn: int, repeat: int) -> Recipe:
    return replace(recipe, seeds=(1000 * turn + repeat,))


def summary(rows: list[dict]) -> dict:
    """Return the median ratio of the turns, with its 95 % interval by order statistics."""
    from scipy.stats import quantile_test  # the base comes without SciPy

    ratios = [row["ratio"] for row in rows]
    low, high = np.asarray(quantile_test(ratios, q=1.0, p=0.5).confidence_interval(0.95)).tolist()
    typical = {"median_ratio": round(median(ratios), 3), "low": round(low, 3), "high": round(high, 3)}
    return {"turns": len(ratios)} | typical
