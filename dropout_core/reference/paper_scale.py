"""The runs at the paper's own scale (experiments/paper_scale.py), of which each finished one has its own file.

They take hours on a CPU, so the record grows run by run. It holds the seeds that are finished so far.
"""

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from dropout_core.common.whole_files import write_whole
from dropout_core.experiments.paper_scale import EXPERIMENTS, NAME, Piece, all_runs, runs
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.result_tables import typed
from dropout_core.experiments.results import COLUMNS, Result
from dropout_core.reference import FILES, records
from dropout_core.reference.records import Record, RecordError
from dropout_core.storage.store import DONE, Comparison

FOLDER = FILES
_RUN_COLUMNS = ["arm", "seed", "seconds", "stopped_early"]
_DIGITS = 6


def finished(name: str = NAME) -> tuple[str, ...]:
    """Return the stems of the files of an experiment's finished runs, in the order in which they are trained."""
    return _existing(runs(name))


def all_finished() -> tuple[str, ...]:
    """Return the stems of the files of all finished runs."""
    return _existing(all_runs())


def _existing(some: list[tuple[Piece, int]]) -> tuple[str, ...]:
    names = [piece.file(seed) for piece, seed in some]
    return tuple(name for name in names if (FOLDER / f"{name}.json").exists())


def complete(name: str) -> bool:
    """Whether all runs of this experiment are finished."""
    return len(finished(name)) == len(runs(name))


def write(piece: Piece, result: Result, started: str, ended: str, provenance: dict[str, str]) -> Path:
    """Write the file of one finished run, with the points that were evaluated on all test images."""
    recipe = piece.recipe((result.run.seed,))
    points = [[_short(getattr(point, name)) for name in COLUMNS] for point in result.points if point.full_val_loss]
    told = {
        "label": piece.label,
        "recipe": json.loads(recipe.to_json()),
        "started": started,
        "ended": ended,
        "provenance": provenance,
        "seconds": round(result.seconds, 1),
        "points": points,
    }
    path = FOLDER / f"{piece.file(result.run.seed)}.json"
    head = json.dumps(told | {"points": []}, indent=1).removesuffix("[]\n}")
    write_whole(path, head + "[\n  " + ",\n  ".join(map(json.dumps, points)) + "\n ]\n}\n")
    return path


def load(names: tuple[str, ...], name: str = NAME) -> Record:
    """Load the runs with these files as the record of an experiment, with one comparison per net that has any.

    Raises RecordError if a file cannot be read or was made with another recipe.
    """
    return _load(names, name, FOLDER)


def load_any(name: str) -> Record:
    """Load the record with this name, which may be one at the paper's scale. Raises RecordError."""
    return load(finished(name), name) if name in EXPERIMENTS else records.load(name)


@lru_cache(maxsize=8)
def _load(names: tuple[str, ...], name: str, folder: Path) -> Record:
    read = [_read(name, folder / f"{each}.json") for each in names]
    labels = [trial.label for trial in EXPERIMENTS[name].trials if any(trial.label == own for own, _ in read)]
    trials = {label: _together([comparison for own, comparison in read if own == label]) for label in labels}
    return Record(EXPERIMENTS[name], trials)


def _read(name: str, path: Path) -> tuple[str, Comparison]:
    try:
        told = json.loads(path.read_text("utf-8"))
        label, recipe = told["label"], Recipe.from_dict(told["recipe"])
        (run,) = recipe.runs()
        points = typed(pd.DataFrame(told["points"], columns=COLUMNS))
        table = pd.DataFrame([[run.arm, run.seed, told["seconds"], False]], columns=_RUN_COLUMNS)
        times = told["started"], told["ended"]
        comparison = Comparison(recipe, DONE, "", *times, told["provenance"], points, table)
        expected = Piece(name, label).recipe(recipe.seeds)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"the record {path.stem!r} cannot be read ({type(error).__name__}: {error})") from None
    if recipe != expected:
        raise RecordError(f"the record {path.stem!r} was made with another recipe; run it again")
    return label, comparison


def _together(several: list[Comparison]) -> Comparison:
    """Combine the runs of one net. The provenance is that of the run that ended last."""
    seeds = tuple(run.recipe.seeds[0] for run in several)
    points, tables = (
        pd.concat([getattr(run, name) for run in several], ignore_index=True) for name in ("points", "runs")
    )
    started, ended = min(run.started for run in several), max(run.ended or "" for run in several)
    last = max(several, key=lambda run: run.ended or "")
    recipe = replace(last.recipe, seeds=seeds)
    return replace(last, recipe=recipe, started=started, ended=ended, points=points, runs=tables)


def _short(value: object) -> object:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
