"""The records of the reference experiments, committed with the package: recipes, provenance and histories, no images.

Two files an experiment: NAME.json says what was trained, where and when; NAME.csv.gz holds a row for every moment at
which all validation images were judged.
"""

import gzip
import io
import json
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from dropout_core.common.errors import UserError
from dropout_core.experiments.catalogue import EXPERIMENTS, Experiment
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.result_tables import typed
from dropout_core.experiments.results import COLUMNS
from dropout_core.reference import FILES
from dropout_core.storage.store import DONE, Comparison, Store

FOLDER = FILES
_KEPT = [name for name in COLUMNS if name not in ("val_loss", "val_accuracy")]  # those are of samples
_DIGITS = 5


class RecordError(UserError):
    """A record that is not there, or cannot be read; the message says which."""


@dataclass(frozen=True)
class Record:
    """A finished experiment: its trials by label, each a comparison as the store holds them."""

    experiment: Experiment
    trials: dict[str, Comparison]


@lru_cache(maxsize=16)
def load(name: str) -> Record:
    """The record of this experiment. Raises RecordError, also where its recipes are not today's."""
    try:
        said = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        points = pd.read_csv(FOLDER / f"{name}.csv.gz")
        trials = {t["label"]: _comparison(t, points[points["trial"] == i]) for i, t in enumerate(said["trials"])}
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"the record of {name!r} cannot be read ({type(error).__name__}: {error})") from None
    expected = {trial.label: trial.recipe for trial in EXPERIMENTS[name].trials}
    if {label: found.recipe for label, found in trials.items()} != expected:
        raise RecordError(f"the record of {name!r} is of other recipes; run python -m dropout_core reference {name}")
    return Record(EXPERIMENTS[name], trials)


def by_key(key: str) -> Comparison | None:
    """The recorded comparison of this recipe's key; None where there is none, or it cannot be read."""
    for name in recorded():
        for label, recipe in EXPERIMENTS[name].trials:
            if recipe.key == key:
                try:
                    return load(name).trials[label]
                except RecordError:
                    return None
    return None


def like(recipe: Recipe) -> Recipe | None:
    """The recorded recipe that differs from this one in its seeds alone."""
    known = [trial.recipe for name in recorded() for trial in EXPERIMENTS[name].trials]
    wanted = {seeds: replace(recipe, seeds=seeds) for seeds in {each.seeds for each in known}}  # they are few
    return next((each for each in known if each == wanted[each.seeds]), None)


def recorded() -> list[str]:
    """Names of the experiments whose records are there."""
    return [name for name in EXPERIMENTS if (FOLDER / f"{name}.json").exists()]


def write(experiment: Experiment, store: Store, folder: Path = FOLDER) -> None:
    """Keep this experiment in two files; the store must hold all of it. Raises RecordError if a trial is missing."""
    said, frames = [], []
    for i, (label, recipe) in enumerate(experiment.trials):
        found = store.get(recipe.key)
        if found is None or found.status != DONE:
            raise RecordError(f"{label!r} of {experiment.name!r} is not finished")
        said.append(_described(label, found))
        full = found.points[found.points["full_val_loss"].notna()]
        frames.append(full[_KEPT].assign(trial=i))
    text = json.dumps({"name": experiment.name, "title": experiment.title, "trials": said}, indent=1)
    (folder / f"{experiment.name}.json").write_text(text + "\n", "utf-8")
    _write_points(pd.concat(frames), folder / f"{experiment.name}.csv.gz")


def _described(label: str, found: Comparison) -> dict:
    return {
        "label": label,
        "recipe": json.loads(found.recipe.to_json()),
        "started": found.started,
        "ended": found.ended,
        "provenance": found.provenance,
        "runs": [[r.arm, r.seed, round(r.seconds, 3), bool(r.stopped_early)] for r in found.runs.itertuples()],
    }


def _write_points(points: pd.DataFrame, path: Path) -> None:
    buffer = io.StringIO()
    points[["trial", *_KEPT]].to_csv(buffer, index=False, float_format=f"%.{_DIGITS}g", lineterminator="\n")
    path.write_bytes(gzip.compress(buffer.getvalue().encode(), mtime=0))  # no time: the same runs, the same file


def _comparison(trial: dict, points: pd.DataFrame) -> Comparison:
    runs = pd.DataFrame(trial["runs"], columns=["arm", "seed", "seconds", "stopped_early"])
    # Where the sample stood, all images stand: no worse an estimate of the same.
    sample = {"val_loss": points["full_val_loss"], "val_accuracy": points["full_val_accuracy"]}
    points = points.drop(columns="trial").assign(**sample)[COLUMNS]
    recipe = Recipe.from_dict(trial["recipe"])
    times = trial["started"], trial["ended"]
    return Comparison(recipe, DONE, "", *times, trial["provenance"], typed(points).reset_index(drop=True), runs)
