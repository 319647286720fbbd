"""Synthetic experiment records, for which the expected findings are known exactly."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import COLUMNS
from dropout_core.reference.records import Record
from dropout_core.storage.store import DONE, Comparison

NOISE = (-0.05, 0.0, 0.05, -0.02, 0.02, 0.01, -0.01, 0.03, -0.03, 0.04)  # added to each seed's error
Error = Callable[[Recipe, Run, int], float]


def made_up(name: str, error: Error) -> Record:
    """Make a record of the experiment with at least five seeds, since fewer give no verdict.

    Errors are error(recipe, run, epoch) in %; losses are a tenth of the errors.
    """
    experiment = EXPERIMENTS[name]
    return Record(experiment, {trial.label: _comparison(_five(trial.recipe), error) for trial in experiment.trials})


def _five(recipe: Recipe) -> Recipe:
    return replace(recipe, seeds=tuple(range(max(5, len(recipe.seeds)))))


def _comparison(recipe: Recipe, error: Error) -> Comparison:
    points = [_point(recipe, run, epoch, error) for run in recipe.runs() for epoch in range(1, recipe.epochs + 1)]
    runs = pd.DataFrame([(r.arm, r.seed, 1.0, False) for r in recipe.runs()])
    runs.columns = ["arm", "seed", "seconds", "stopped_early"]
    provenance = {"data_checksum": "0", "hardware": "none", "torch": "0", "commit": "0"}
    return Comparison(recipe, DONE, "", "2000-01-01", "2000-01-01", provenance, pd.DataFrame(points)[COLUMNS], runs)


def _point(recipe: Recipe, run: Run, epoch: int, error: Error) -> dict:
    # The differences must vary between seeds, since identical differences would have no interval.
    unlike = 1 + run.rate * (1 + recipe.images / 1e4) + recipe.max_norm / 4 + (recipe.noise == "gaussian")
    wrong = error(recipe, run, epoch) + NOISE[run.seed] * unlike
    losses = dict.fromkeys(("train_loss", "eval_loss", "full_val_loss", "epoch_loss"), wrong / 10)
    place = {"arm": run.arm, "seed": run.seed, "step": epoch * recipe.steps_per_epoch, "epoch": epoch}
    return (
        place | losses | {"val_loss": np.nan, "val_accuracy": np.nan, "full_val_accuracy": 100 - wrong, "seconds": 1.0}
    )


# Errors that follow the pattern reported in the paper.
LIKE_THEIRS: dict[str, Error] = {
    "figure-4": lambda recipe, run, epoch: 2 + 5 / epoch - 0.4 * bool(run.rate),
    "figure-9a": lambda recipe, run, epoch: 2 + (1.0 if run.rate > 0.65 else 0.6 if run.rate < 0.1 else 0),
    "figure-9b": lambda recipe, run, epoch: 2 + 4 * (run.rate - 0.4) ** 2,
    "sizes": lambda recipe, run, epoch: 20 / recipe.images**0.3 - _gain(recipe.images) * (run.rate == 0.5),
    "regularisers": lambda recipe, run, epoch: (
        3 - 0.4 * bool(recipe.max_norm) - 0.5 * bool(run.rate) - 9 * recipe.weight_decay
    ),
    "variants": lambda recipe, run, epoch: 3 - 0.5 * (recipe.noise == "gaussian"),
}


def _gain(images: int) -> float:
    return {100: 0.0, 500: 0.0, 2_000: 0.5, 8_000: 1.0}.get(images, 0.4)
