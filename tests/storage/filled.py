"""A small comparison with made-up results, and how to put it into a store."""

from dataclasses import replace

import numpy as np

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Point, Result
from dropout_core.storage.store import DONE, Store

RECIPE = Recipe(data="mnist-5k", images=100, epochs=1, hidden=(4,))


def result(run: Run, loss: float = 1.0) -> Result:
    """Make up a result with two points."""
    common = {"arm": run.arm, "seed": run.seed, "seconds": 0.5}
    half = Point(step=1, epoch=0.5, train_loss=2.0, eval_loss=1.5, val_loss=1.6, val_accuracy=40.0,
                 full_val_loss=None, full_val_accuracy=None, epoch_loss=None, **common)  # fmt: skip
    end = replace(half, step=2, epoch=1.0, full_val_loss=loss, full_val_accuracy=50.0, epoch_loss=1.8)
    return Result(run, [half, end], {"layers.0.bias": np.arange(4, dtype=np.float32)}, 0.5)


def fill(store: Store, recipe: Recipe = RECIPE, status: str = DONE) -> None:
    """Save the comparison's made-up results, as the engine would."""
    store.start(recipe)
    for run in recipe.runs():
        store.add(recipe, result(run), {"torch": "2"})
    store.finish(recipe.key, status)
