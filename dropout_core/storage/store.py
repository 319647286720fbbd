"""Comparisons on disk: a SQLite database for recipes and numbers, and one safetensors file per trained net.

Each run is written as soon as it finishes, so that an interruption loses no finished run. Servers and commands write to
the store, and several of them may share one. Workers never write.
"""

import json
import uuid
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from dropout_core.common.provenance import now
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.result_tables import typed
from dropout_core.experiments.results import COLUMNS, Result
from dropout_core.storage.database import Database
from dropout_core.storage.weights import StoreError, WeightFiles

__all__ = ["CANCELLED", "DONE", "FAILED", "INTERRUPTED", "RUNNING", "Comparison", "Store", "StoreError"]

RUNNING, DONE, CANCELLED, FAILED, INTERRUPTED = "running", "done", "cancelled", "failed", "interrupted"

_OPEN_SECONDS = 60  # maximum time to wait while another process opens the store


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
    """A store in a folder, which is created or migrated if necessary. Raises StoreError.

    notices  sentences about a damaged database that was renamed
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, Database(folder / "comparisons.sqlite")
        self.notices = self.database.notices
        self._weights = WeightFiles(folder / "weights")
        try:
            self._weights.folder.mkdir(parents=True, exist_ok=True)
            (folder / "owners").mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(f"the store {folder} cannot be created ({error.strerror}); set DROPOUT_STORE") from None
        # Hold a lock for the lifetime of this process, so that other processes can recognise abandoned comparisons.
        self._owner = uuid.uuid4().hex
        self._lock = FileLock(folder / "owners" / f"{self._owner}.lock")
        try:
            self._claim()
        except StoreError:
            self.close()  # otherwise, each failed attempt would leave a lock file behind
            raise

    def _claim(self) -> None:
        try:
            with FileLock(self.folder / "open.lock", timeout=_OPEN_SECONDS):
                self._lock.acquire()
                self.database.open()
                self._mark_abandoned()
        except Timeout:
            raise StoreError(f"the store {self.folder} is being opened by another process; try again") from None
        except OSError as error:
            why = f"cannot be written ({error.strerror})"
            raise StoreError(f"the store {self.folder} {why}; set DROPOUT_STORE") from None

    def close(self) -> None:
        """Close the database, and release this process's running comparisons."""
        self.database.close()
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)

    def start(self, recipe: Recipe) -> bool:
        """Mark the comparison as running, keeping any earlier runs. Returns whether it had been started before."""
        with self.database.connect() as db:
            earlier = db.execute("SELECT 1 FROM comparisons WHERE key = ?", (recipe.key,)).fetchone()
            db.execute(
                "INSERT INTO comparisons VALUES (?, ?, ?, '', ?, ?, NULL, '{}') ON CONFLICT (key) DO UPDATE SET "
                "status = excluded.status, message = '', owner = excluded.owner, ended = NULL",
                (recipe.key, recipe.to_json(), RUNNING, self._owner, now()),
            )
        return earlier is not None

    def add(self, recipe: Recipe, result: Result, provenance: dict[str, str]) -> None:
        """Write a finished run: first its weights, then its numbers in a single transaction."""
        run = result.run
        self._weights.write(recipe.key, run.arm, run.seed, result.weights)
        row = (recipe.key, run.arm, run.seed, result.seconds, result.stopped_early)
        places = ", ".join("?" * (1 + len(COLUMNS)))
        with self.database.connect() as db:
            db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", row)
            points = [(recipe.key, *astuple(point)) for point in result.points]
            db.executemany(f"INSERT OR REPLACE INTO points VALUES ({places})", points)
            text = json.dumps(provenance, sort_keys=True)
            db.execute("UPDATE comparisons SET provenance = ? WHERE key = ?", (text, recipe.key))

    def finish(self, key: str, status: str, message: str = "") -> None:
        """Record the comparison's final status."""
        with self.database.connect() as db:
            update = "UPDATE comparisons SET status = ?, message = ?, ended = ? WHERE key = ?"
            db.execute(update, (status, message, now(), key))

    def flush(self) -> None:
        """Checkpoint the write-ahead log into the database file. Raises StoreError if the database is in use."""
        self.database.flush()

    def get(self, key: str) -> Comparison | None:
        """Return a consistent snapshot of the comparison with this key, finished or not. Raises StoreError.

        Returns None if there is no such comparison.
        """
        with self.database.connect() as db:
            db.execute("BEGIN")  # otherwise, the tables could be read at different times
            row = db.execute(
                "SELECT recipe, status, message, started, ended, provenance FROM comparisons WHERE key = ?", (key,)
            ).fetchone()
            if row is None:
                return None
            points = pd.read_sql("SELECT * FROM points WHERE key = ?", db, params=(key,)).drop(columns="key")
            runs = pd.read_sql("SELECT * FROM runs WHERE key = ?", db, params=(key,)).drop(columns="key")
        recipe, status, message, started, ended, provenance = row
        try:
            about = Recipe.from_json(recipe), status, message, started, ended, json.loads(provenance)
            return Comparison(*about, typed(points), runs)
        except ValueError as error:  # includes RecipeError; a different version of this program wrote the data
            raise StoreError(f"the stored comparison {key} cannot be read ({error})") from error

    def keys(self, status: str = DONE) -> list[str]:
        """Return the keys of all comparisons with this status, most recent first."""
        with self.database.connect() as db:
            rows = db.execute("SELECT key FROM comparisons WHERE status = ? ORDER BY ended DESC, key", (status,))
            return [key for (key,) in rows]

    def weights(self, key: str, arm: str, seed: int) -> dict[str, np.ndarray]:
        """Read the weights of one run, keyed by PyTorch name. Raises StoreError if the file is missing or damaged."""
        return self._weights.read(key, arm, seed)

    def forget(self, key: str) -> None:
        """Remove a comparison and its weights."""
        with self.database.connect() as db:
            for table in ("points", "runs", "comparisons"):
                db.execute(f"DELETE FROM {table} WHERE key = ?", (key,))
        self._weights.forget(key)

    def trim(self, most: int) -> None:
        """Keep at most this many ended comparisons, and remove the oldest."""
        with self.database.connect() as db:
            ended = "SELECT key FROM comparisons WHERE status != ? ORDER BY ended DESC, rowid DESC LIMIT -1 OFFSET ?"
            old = [key for (key,) in db.execute(ended, (RUNNING, most))]
        for key in old:
            self.forget(key)

    def _mark_abandoned(self) -> None:
        with self.database.connect() as db:
            rows = db.execute("SELECT key, owner FROM comparisons WHERE status = ?", (RUNNING,)).fetchall()
        locks = {path.stem for path in (self.folder / "owners").glob("*.lock")}
        gone = {
            owner for owner in locks | {owner for _, owner in rows} if owner != self._owner and self._is_gone(owner)
        }
        for key, owner in rows:
            if owner in gone:
                self.finish(key, INTERRUPTED, "The server stopped while this was running.")

    def _is_gone(self, owner: str) -> bool:
        path = self.folder / "owners" / f"{owner}.lock"
        if not path.exists():
            return True
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
                return True
        except Timeout:
            return False
