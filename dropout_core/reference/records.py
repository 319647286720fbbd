"""Records of the reference experiments: recipes, provenance and learning curves. They are part of the package.

Each experiment has two files. NAME.json contains recipes and provenance; NAME.csv.gz contains one row per evaluation on
all validation images.
"""

import gzip
import io
import json
import zlib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from dropout_core.common.errors import UserError
from dropout_core.common.whole_files import write_whole
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.experiment import Experiment
from dropout_core.experiments.fields import DROPOUT_ARM
from dropout_core.experiments.recipe import ARMS, DEFAULTS, DROPOUT, FACTS, NO_DROPOUT, Recipe
from dropout_core.experiments.result_tables import typed
from dropout_core.experiments.results import COLUMNS
from dropout_core.reference import FILES
from dropout_core.storage.store import DONE, Comparison, Store

FOLDER = FILES
_KEPT = [name for name in COLUMNS if name not in ("val_loss", "val_accuracy")]  # estimates from a sample
_RUN_COLUMNS = ["arm", "seed", "seconds", "stopped_early"]
_DIGITS = 5
# The settings that apply only to dropout nets, at their values for a net without dropout.
_NO_NOISE = {name: DEFAULTS[name] for name, facts in FACTS.items() if facts.arm == DROPOUT_ARM} | {"rate": 0.0}


class RecordError(UserError):
    """A record is missing or cannot be read. The message names the record."""


@dataclass(frozen=True)
class Record:
    """A finished experiment, with its stored comparisons keyed by trial label."""

    experiment: Experiment
    trials: dict[str, Comparison]


@cache
def load(name: str) -> Record:
    """Load the record of this experiment. Raises RecordError if it cannot be read or its recipes have changed."""
    try:
        about = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        points = pd.read_csv(FOLDER / f"{name}.csv.gz")
        trials = {t["label"]: _comparison(t, points[points["trial"] == i]) for i, t in enumerate(about["trials"])}
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"the record of {name!r} cannot be read ({type(error).__name__}: {error})") from None
    expected = {trial.label: trial.recipe for trial in EXPERIMENTS[name].trials}
    if {label: trial.recipe for label, trial in trials.items()} != expected:
        command = f"python -m dropout_core reference {name}"
        raise RecordError(f"the record of {name!r} was made with different recipes; run {command}")
    return Record(EXPERIMENTS[name], trials)


def by_key(key: str) -> Comparison | None:
    """Return the recorded comparison with this key, or None if it does not exist or cannot be read."""
    for name in recorded():
        for label, recipe in EXPERIMENTS[name].trials:
            if recipe.key == key:
                try:
                    return load(name).trials[label]
                except RecordError:
                    return None
    return None


def like(recipe: Recipe) -> Comparison | None:
    """Return the recorded comparison whose recipe equals this one except for its seeds, or None; see `by_key`.

    If the two nets were recorded separately, as in a grid of rates, their records are combined.
    """
    if (known := _like(recipe)) is not None or recipe.arms != ARMS:
        return known
    dropout, none = (_like(replace(recipe, arms=(DROPOUT,), **off)) for off in ({}, _NO_NOISE))
    if dropout is None or none is None or dropout.recipe.seeds != none.recipe.seeds:
        return None
    both = {NO_DROPOUT: none, DROPOUT: dropout}
    points, runs = (
        pd.concat([getattr(each, table).assign(arm=arm) for arm, each in both.items()], ignore_index=True)
        for table in ("points", "runs")
    )
    return replace(dropout, recipe=replace(recipe, seeds=dropout.recipe.seeds), points=points, runs=runs)


def _like(recipe: Recipe) -> Comparison | None:
    found = _by_settings(tuple(recorded())).get(recipe.without_seeds())
    return None if found is None else by_key(found.key)


@cache
def _by_settings(names: tuple[str, ...]) -> dict[Recipe, Recipe]:
    """Return the recorded recipes, keyed by their settings without seeds. Of several, the first counts."""
    recipes = [trial.recipe for name in names for trial in EXPERIMENTS[name].trials]
    return {recipe.without_seeds(): recipe for recipe in reversed(recipes)}


def recorded() -> list[str]:
    """Return the names of all experiments that have a record."""
    return [name for name in EXPERIMENTS if (FOLDER / f"{name}.json").exists()]


def write(experiment: Experiment, store: Store, folder: Path = FOLDER) -> None:
    """Write the experiment's two record files. Raises RecordError if a trial is missing or unfinished."""
    trials, frames = [], []
    for i, (label, recipe) in enumerate(experiment.trials):
        comparison = store.get(recipe.key)
        if comparison is None or comparison.status != DONE:
            raise RecordError(f"the trial {label!r} of {experiment.name!r} is not finished")
        trials.append(_described(label, comparison))
        full = comparison.points[comparison.points["full_val_loss"].notna()]
        frames.append(full[_KEPT].assign(trial=i))
    text = json.dumps({"name": experiment.name, "title": experiment.title, "trials": trials}, indent=1)
    write_whole(folder / f"{experiment.name}.json", text + "\n")
    _write_points(pd.concat(frames), folder / f"{experiment.name}.csv.gz")


def _described(label: str, comparison: Comparison) -> dict[str, object]:
    return {
        "label": label,
        "recipe": json.loads(comparison.recipe.to_json()),
        "started": comparison.started,
        "ended": comparison.ended,
        "provenance": comparison.provenance,
        "runs": [
            [arm, seed, round(seconds, 3), bool(stopped_early)]
            for arm, seed, seconds, stopped_early in comparison.runs[_RUN_COLUMNS].itertuples(index=False)
        ],
    }


def _write_points(points: pd.DataFrame, path: Path) -> None:
    buffer = io.StringIO()
    points[["trial", *_KEPT]].to_csv(buffer, index=False, float_format=f"%.{_DIGITS}g", lineterminator="\n")
    # Without a timestamp, identical runs produce identical files.
    write_whole(path, gzip.compress(buffer.getvalue().encode(), mtime=0))


def _comparison(trial: dict, points: pd.DataFrame) -> Comparison:
    runs = pd.DataFrame(trial["runs"], columns=_RUN_COLUMNS)
    # Records omit the estimates from a sample of the validation images, so use the results on all of them instead.
    sample = {"val_loss": points["full_val_loss"], "val_accuracy": points["full_val_accuracy"]}
    points = points.drop(columns="trial").assign(**sample)[COLUMNS]
    recipe = Recipe.from_dict(trial["recipe"])
    times = trial["started"], trial["ended"]
    return Comparison(recipe, DONE, "", *times, trial["provenance"], typed(points).reset_index(drop=True), runs)
