"""The database of a store: its tables, migrations and transactions. SQLite and PostgreSQL differ in a subclass each."""

import sqlite3
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dropout_core.common.errors import first_line
from dropout_core.common.measures import Histogram, Tally
from dropout_core.experiments.results import COLUMNS
from dropout_core.storage.weights import StoreError

T = TypeVar("T")

READ, WRITE = "read", "write"
_BOUNDS = 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0  # of the histograms of seconds

VERSION = 1
# Maps each version to the SQL that migrates a database to the next. The last migration must result in _SCHEMA.
_MIGRATIONS: dict[int, str] = {}

# SQLite needs no types for the columns of points, and version 1 gave them none.
_SCHEMA = """
CREATE TABLE comparisons (key TEXT PRIMARY KEY, recipe TEXT NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL,
  owner TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, provenance TEXT NOT NULL);
CREATE TABLE runs (key TEXT NOT NULL, arm TEXT NOT NULL, seed INTEGER NOT NULL, seconds {real} NOT NULL,
  stopped_early INTEGER NOT NULL, PRIMARY KEY (key, arm, seed));
CREATE TABLE points (key TEXT NOT NULL, {points}, PRIMARY KEY (key, arm, seed, step)) {options};
"""

_CHANGE_NOTHING, _READ_NOTHING = "UPDATE runs SET seed = seed WHERE key = ''", "SELECT 1 FROM runs WHERE key = ''"


class Database(ABC):
    """A store's database.

    name     what error messages call it
    owner    the identifier of this process while it keeps the store open
    notices  sentences about a damaged database that was renamed
    seconds  the time that transactions took, by READ and WRITE, including waiting and repeated attempts
    failed   the number of transactions that failed, by READ and WRITE

    Each of its class variables holds SQL that differs between databases.
    """

    begin_reading: ClassVar[str]
    begin_writing: ClassVar[str]
    newest_first: ClassVar[str]
    real: ClassVar[str]
    point_types: ClassVar[dict[str, str]]  # of the columns of points other than real numbers
    table_options: ClassVar[str] = ""

    def __init__(self, name: str, engine: Engine, owner: str) -> None:
        self.name, self.engine, self.owner = name, engine, owner
        self.notices: list[str] = []
        self.seconds = {READ: Histogram(_BOUNDS), WRITE: Histogram(_BOUNDS)}
        self.failed = Tally(READ, WRITE)

    @abstractmethod
    def opening(self) -> AbstractContextManager[None]:
        """Open the database, creating or migrating it if necessary, and lock out other openings meanwhile.

        From then on, this process counts as living. Raises StoreError.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the database. This process no longer counts as living."""

    @abstractmethod
    def flush(self) -> None:
        """Write everything to the database's files. Raises StoreError, for example if the database is in use."""

    @abstractmethod
    def living(self, owners: set[str]) -> set[str]:
        """Return those of these processes that still have the store open. Raises StoreError."""

    def read(self, action: Callable[[Connection], T]) -> T:
        """Return action(connection), called in a transaction that sees one state of the database. Raises StoreError.

        The action may be called several times.
        """
        return self._measured(READ, self.begin_reading, action)

    def write(self, action: Callable[[Connection], T]) -> T:
        """Return action(connection), called in a transaction that is rolled back on an error. Raises StoreError.

        The action may be called several times.
        """
        return self._measured(WRITE, self.begin_writing, action)

    def check(self, writing: bool) -> None:
        """Try a transaction that changes nothing. Raises StoreError after the first attempt.

        writing  whether to try a transaction that writes
        """
        with self.connect(self.begin_writing if writing else self.begin_reading) as db:
            db.exec_driver_sql(_CHANGE_NOTHING if writing else _READ_NOTHING)

    @contextmanager
    def connect(self, begin: str = "") -> Iterator[Connection]:
        """Open a connection for one transaction, which is rolled back on an error. Raises StoreError.

        begin  the statement that starts the transaction
        """
        try:
            with self.engine.connect() as db:
                if begin:
                    db.exec_driver_sql(begin)
                yield db
                db.commit()
        except (SQLAlchemyError, sqlite3.Error) as error:
            # SQLAlchemy's own message would repeat the statement and its values.
            cause = (error.orig if isinstance(error, DBAPIError) else None) or error
            raise StoreError(f"the store {self.name} cannot be used ({first_line(cause)})") from cause

    def _measured(self, kind: str, begin: str, action: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with self.connect(begin) as db:
                return action(db)

        with self.seconds[kind].timing():
            try:
                return self._attempts(kind, transaction)
            except StoreError:
                self.failed.add(kind)
                raise

    def _attempts(self, kind: str, transaction: Callable[[], T]) -> T:
        """Call the transaction until it succeeds. By default, there is one attempt."""
        return transaction()

    def _create(self, db: Connection) -> None:
        columns = ", ".join(f"{name} {self.point_types.get(name, self.real)}".strip() for name in COLUMNS)
        _execute(db, _SCHEMA.format(real=self.real, points=columns, options=self.table_options))
        self._set_version(db)

    def _migrate(self, db: Connection, version: int) -> None:
        """Migrate from this version to the current one, with all steps in one transaction."""
        for old in range(version, VERSION):
            _execute(db, _MIGRATIONS[old])
        self._set_version(db)

    def _refuse_newer(self, version: int) -> None:
        if version > VERSION:
            text = "was written by a newer version; update the app, or set DROPOUT_STORE"
            raise StoreError(f"the store {self.name} {text}")

    @abstractmethod
    def _set_version(self, db: Connection) -> None: ...


def new_owner() -> str:
    """Return a new identifier for a process that opens a store."""
    return uuid.uuid4().hex


def _execute(db: Connection, script: str) -> None:
    """Execute the statements of a script. None of them contains a semicolon."""
    for statement in script.split(";"):
        if statement.strip():
            db.exec_driver_sql(statement)
