"""Stored comparisons: a database for recipes and numbers, and one safetensors file per trained net.

Each run is written as soon as it finishes, so that an interruption loses no finished run. Servers and commands write to
the store, and several of them may share one. Workers never write.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Connection, TextClause, text

from dropout_core.common.measures import HIT, MISS, Tally
from dropout_core.common.provenance import now
from dropout_core.common.settings import DatabaseUrl
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.result_tables import typed
from dropout_core.experiments.results import COLUMNS, Result
from dropout_core.storage.database import Database
from dropout_core.storage.sqlite import SqliteDatabase
from dropout_core.storage.weights import StoreError, weight_files

__all__ = ["CANCELLED", "DONE", "FAILED", "INTERRUPTED", "RUNNING", "Comparison", "Store", "StoreError"]

RUNNING, DONE, CANCELLED, FAILED, INTERRUPTED = "running", "done", "cancelled", "failed", "interrupted"


def _upsert(table: str, columns: Sequence[str], key: Sequence[str]) -> TextClause:
    """Return the statement that inserts a row, or replaces the row with the same key."""
    places = ", ".join(f":{name}" for name in columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return text(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {updates}"
    )


_START = text(
    "INSERT INTO comparisons (key, recipe, status, message, owner, started, ended, provenance) "
    "VALUES (:key, :recipe, :status, '', :owner, :started, NULL, '{}') ON CONFLICT (key) DO UPDATE SET "
    "status = excluded.status, message = '', owner = excluded.owner, ended = NULL"
)
_PUT_RUN = _upsert("runs", ("key", "arm", "seed", "seconds", "stopped_early"), ("key", "arm", "seed"))
_PUT_POINT = _upsert("points", ("key", *COLUMNS), ("key", "arm", "seed", "step"))
# A server that stops leaves its comparisons interrupted. If another server trains one of them too, its next run sets
# the comparison back to running, or inserts it again if it was removed meanwhile.
_KEEP_RUNNING = text(f"{_START.text} WHERE comparisons.status = '{INTERRUPTED}'")
_PUT_PROVENANCE = text("UPDATE comparisons SET provenance = :provenance WHERE key = :key")
_FINISH = text("UPDATE comparisons SET status = :status, message = :message, ended = :ended WHERE key = :key")
_FINISHED = text("SELECT recipe, (SELECT COUNT(*) FROM runs WHERE runs.key = :key) FROM comparisons WHERE key = :key")
_EXISTS = text("SELECT 1 FROM comparisons WHERE key = :key")
_COMPARISON = text("SELECT recipe, status, message, started, ended, provenance FROM comparisons WHERE key = :key")
_POINTS = text("SELECT * FROM points WHERE key = :key ORDER BY arm, seed, step")
_RUNS = text("SELECT * FROM runs WHERE key = :key ORDER BY arm, seed")
_KEYS = text("SELECT key FROM comparisons WHERE status = :status ORDER BY ended DESC, key")
_RUNNING = text("SELECT key, owner FROM comparisons WHERE status = :status")
_FORGET = [text(f"DELETE FROM {table} WHERE key = :key") for table in ("points", "runs", "comparisons")]


@dataclass(frozen=True)
class Comparison:
    """A stored comparison.

    points  one row per point, with the fields of Point as columns
    runs    one row per finished run, with the columns arm, seed, seconds and stopped_early
    """

    recipe: Recipe
    status: str
    message: str
    started: str
    ended: str | None
    provenance: dict[str, str]
    points: pd.DataFrame
    runs: pd.DataFrame

    @property
    def missing(self) -> list[Run]:
        """The recipe's unfinished runs."""
        finished = set(zip(self.runs["arm"], self.runs["seed"], strict=True))
        return [run for run in self.recipe.runs() if (run.arm, run.seed) not in finished]


class Store:
    """A store in a folder or a PostgreSQL database, which is created or migrated if necessary. Raises StoreError.

    weights  the folder of the trained weights, or an address that fsspec knows; by default, a folder inside the store
    notices  sentences about a damaged database that was renamed
    lookups  the number of comparisons that were asked for, by HIT and MISS
    """

    def __init__(self, place: Path | DatabaseUrl, weights: Path | str | None = None) -> None:
        self.place, self.database = place, _database(place)
        self.notices, self.lookups = self.database.notices, Tally(HIT, MISS)
        self._weights = weight_files(weights or Path(str(place)) / "weights")
        try:
            self._weights.prepare()
        except OSError as error:
            why = f"cannot be created ({error.strerror or error})"
            name = "DROPOUT_STORE" if weights is None else "DROPOUT_WEIGHTS"
            raise StoreError(f"the folder {self._weights.name} {why}; set {name} to another folder") from None
        try:
            with self.database.opening():
                self._mark_abandoned()
        except StoreError:
            self.close()  # otherwise, each failed attempt would leave a lock file behind
            raise

    def close(self) -> None:
        """Close the database, and release this process's running comparisons."""
        self.database.close()

    def start(self, recipe: Recipe) -> bool:
        """Mark the comparison as running, keeping any earlier runs. Returns whether it had been started before."""

        def start(db: Connection) -> bool:
            earlier = db.execute(_EXISTS, {"key": recipe.key}).first()
            db.execute(_START, self._running(recipe))
            return earlier is not None

        return self.database.write(start)

    def add(self, recipe: Recipe, result: Result, provenance: dict[str, str]) -> None:
        """Write a finished run: first its weights, then its numbers in a single transaction."""
        run, key = result.run, {"key": recipe.key}
        self._weights.write(recipe.key, run.arm, run.seed, result.weights)
        about = {"seconds": result.seconds, "stopped_early": int(result.stopped_early)}
        points = [key | vars(point) for point in result.points]

        def add(db: Connection) -> None:
            db.execute(_KEEP_RUNNING, self._running(recipe))
            db.execute(_PUT_RUN, key | {"arm": run.arm, "seed": run.seed} | about)
            if points:
                db.execute(_PUT_POINT, points)
            db.execute(_PUT_PROVENANCE, key | {"provenance": json.dumps(provenance, sort_keys=True)})

        self.database.write(add)

    def finish(self, key: str, status: str, message: str = "") -> str:
        """Record the comparison's final status, and return it.

        It is DONE if all runs are stored, even if this server failed: another one may have trained them. It is FAILED
        instead of DONE if runs are missing, as after an error of the disk.
        """

        def finish(db: Connection) -> str:
            row = db.execute(_FINISHED, {"key": key}).first()
            final = status if row is None else _final(status, *row)
            reason = "" if final == DONE else message
            db.execute(_FINISH, {"key": key, "status": final, "message": reason, "ended": now()})
            return final

        return self.database.write(finish)

    def flush(self) -> None:
        """Write everything to the database's files. Raises StoreError if the database is in use."""
        self.database.flush()

    def get(self, key: str) -> Comparison | None:
        """Return a consistent snapshot of the comparison with this key, finished or not. Raises StoreError.

        Returns None if there is no such comparison.
        """
        found = self.database.read(lambda db: _read(db, key))
        self.lookups.add(MISS if found is None else HIT)
        if found is None:
            return None
        (recipe, status, message, started, ended, provenance), points, runs = found
        try:
            about = Recipe.from_json(recipe), status, message, started, ended, json.loads(provenance)
            return _without_false_success(Comparison(*about, typed(points), runs))
        except ValueError as error:  # includes RecipeError; a different version of this program wrote the data
            raise StoreError(f"the stored comparison {key} cannot be read ({error})") from error

    def keys(self, status: str = DONE) -> list[str]:
        """Return the keys of all comparisons with this status, most recent first."""
        return self.database.read(lambda db: list(db.execute(_KEYS, {"status": status}).scalars()))

    def weights(self, key: str, arm: str, seed: int) -> dict[str, np.ndarray]:
        """Read the weights of one run, keyed by PyTorch name. Raises StoreError if the file is missing or damaged."""
        return self._weights.read(key, arm, seed)

    def forget(self, key: str) -> None:
        """Remove a comparison and its weights."""

        def forget(db: Connection) -> None:
            for delete in _FORGET:
                db.execute(delete, {"key": key})

        self.database.write(forget)
        self._weights.forget(key)

    def trim(self, most: int) -> None:
        """Keep at most this many ended comparisons, and remove the oldest.

        Those that a stopped server has left unfinished are not removed: another server may train them.
        """
        ended = "SELECT key FROM comparisons WHERE status NOT IN (:running, :interrupted)"
        query = text(f"{ended} ORDER BY {self.database.newest_first}")
        unfinished = {"running": RUNNING, "interrupted": INTERRUPTED}
        for key in self.database.read(lambda db: list(db.execute(query, unfinished).scalars()))[most:]:
            self.forget(key)

    def check(self, writing: bool) -> None:
        """Try to use the database, and to write weights if `writing`, without waiting for a database that is gone.

        Raises StoreError.
        """
        self.database.check(writing)
        if writing:
            self._weights.check()

    def _running(self, recipe: Recipe) -> dict[str, str]:
        """Return the row of a comparison that this process trains from now on."""
        about = {"key": recipe.key, "recipe": recipe.to_json(), "status": RUNNING}
        return about | {"owner": self.database.owner, "started": now()}

    def _mark_abandoned(self) -> None:
        rows = self.database.read(lambda db: db.execute(_RUNNING, {"status": RUNNING}).all())
        living = self.database.living({owner for _, owner in rows})
        for key, owner in rows:
            if owner not in living:
                self.finish(key, INTERRUPTED, "the server stopped while this comparison was running")


def _final(status: str, recipe: str, stored_runs: int) -> str:
    """Return the status that fits the number of runs in the store; see Store.finish."""
    try:
        complete = stored_runs == len(Recipe.from_json(recipe).runs())
    except ValueError:  # a different version of this program wrote the recipe
        return status
    if complete:
        return DONE if status in (FAILED, CANCELLED) else status
    return FAILED if status == DONE else status


def _without_false_success(stored: Comparison) -> Comparison:
    """Correct what versions up to 0.2 wrote if the disk was full: that a comparison without its runs was done."""
    return replace(stored, status=FAILED) if stored.status == DONE and stored.missing else stored


def _database(place: Path | DatabaseUrl) -> Database:
    if isinstance(place, Path):
        return SqliteDatabase(place)
    from dropout_core.storage.postgres import PostgresDatabase

    return PostgresDatabase(place)


def _read(db: Connection, key: str) -> tuple[tuple, pd.DataFrame, pd.DataFrame] | None:
    """Return the comparison's row and its points and runs, or None if there is no such comparison."""
    row = db.execute(_COMPARISON, {"key": key}).first()
    return None if row is None else (tuple(row), _table(db, _POINTS, key), _table(db, _RUNS, key))


def _table(db: Connection, query: TextClause, key: str) -> pd.DataFrame:
    rows = db.execute(query, {"key": key})
    return pd.DataFrame.from_records(list(map(tuple, rows)), columns=list(rows.keys())).drop(columns="key")
