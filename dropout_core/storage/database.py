"""The SQLite database of a store: tables, migrations, and recovery from damage. Only the store uses it."""

import sqlite3
import uuid
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from dropout_core.common.provenance import now
from dropout_core.experiments.results import COLUMNS
from dropout_core.storage.weights import StoreError

_SECONDS, _FLUSH_MS = 30, 500  # timeouts when waiting for other connections

VERSION = 1
# Maps each version to the SQL that migrates a database to the next. The last migration must result in _SCHEMA.
_MIGRATIONS: dict[int, str] = {}

_SCHEMA = f"""
CREATE TABLE comparisons (key TEXT PRIMARY KEY, recipe TEXT NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL,
  owner TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, provenance TEXT NOT NULL);
CREATE TABLE runs (key TEXT NOT NULL, arm TEXT NOT NULL, seed INTEGER NOT NULL, seconds REAL NOT NULL,
  stopped_early INTEGER NOT NULL, PRIMARY KEY (key, arm, seed));
CREATE TABLE points (key TEXT NOT NULL, {", ".join(COLUMNS)}, PRIMARY KEY (key, arm, seed, step)) WITHOUT ROWID;
PRAGMA user_version = {VERSION};
"""


class Database:
    """A store's SQLite database.

    notices  sentences about a damaged database that was renamed
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notices: list[str] = []
        self._held: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the database, creating or migrating it if necessary. Raises StoreError.

        A damaged database is renamed, and a new one is created. Only one process at a time may call this.
        """
        self._make_ready()
        self._hold()

    def close(self) -> None:
        """Close the connection. If it is the last one, SQLite checkpoints the write-ahead log."""
        if self._held is not None:
            self._held.close()

    def flush(self) -> None:
        """Checkpoint the write-ahead log to disk. Raises StoreError, for example if the database is in use."""
        with self.connect() as db:
            db.execute(f"PRAGMA busy_timeout = {_FLUSH_MS}")  # other connections cannot write during this wait
            busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(f"the store {self.path} is in use: its log is not written back")

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """Open a connection for one transaction, which is rolled back on an error. Raises StoreError."""
        try:
            with closing(sqlite3.connect(self.path, timeout=_SECONDS)) as db, db:
                db.execute("PRAGMA synchronous = NORMAL")  # safe with WAL, and commits do not wait for the disk
                yield db
        except (sqlite3.Error, pd.errors.DatabaseError) as error:
            raise self._unusable(error) from error

    def _hold(self) -> None:
        """Keep one connection open: when the last one closes, SQLite checkpoints the write-ahead log (2 ms)."""
        try:
            self._held = sqlite3.connect(self.path, timeout=_SECONDS, check_same_thread=False)
            weakref.finalize(self, self._held.close)  # needed at exit, since the server never closes its store
            self._held.execute("SELECT 1 FROM comparisons LIMIT 1").fetchall()  # SQLite opens the log on a query
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _make_ready(self) -> None:
        try:
            with self.connect() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                healthy = db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
                if version == 0 and healthy and not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                    db.execute("PRAGMA journal_mode = WAL")
                    db.executescript(_SCHEMA)
                    return
        except StoreError as error:
            cause = error.__cause__
            if not isinstance(cause, sqlite3.DatabaseError) or isinstance(cause, sqlite3.OperationalError):
                raise
            healthy, version = False, 0
        if version > VERSION:
            where = f"the store {self.path.parent}"
            raise StoreError(f"{where} was written by a newer version; update, or set DROPOUT_STORE")
        if not healthy or version == 0:
            self._set_aside()
            self._make_ready()
        elif version < VERSION:
            self._migrate(version)

    def _migrate(self, version: int) -> None:
        """Migrate to the current version, with all steps in one transaction."""
        steps = "".join(_MIGRATIONS[old] for old in range(version, VERSION))
        with self.connect() as db:
            db.executescript(f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;")

    def _set_aside(self) -> None:
        name = f"{self.path.stem}-damaged-{now().replace(':', '')}-{uuid.uuid4().hex[:6]}.sqlite"
        for ending in ("", "-wal", "-shm"):
            path = Path(f"{self.path}{ending}")
            if path.exists():
                path.rename(path.with_name(f"{name}{ending}"))
        self.notices.append(f"The store was damaged. It is kept as {name}, and a new one was begun.")

    def _unusable(self, error: Exception) -> StoreError:
        return StoreError(f"the store {self.path} cannot be used ({error})")
