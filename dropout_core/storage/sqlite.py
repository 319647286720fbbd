"""A store's SQLite database in a local folder: the embedded default. It recovers from damage."""

import sqlite3
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from dropout_core.common.provenance import now
from dropout_core.experiments.results import COLUMNS
from dropout_core.storage import database
from dropout_core.storage.database import Database, new_owner
from dropout_core.storage.mounts import network_file_system
from dropout_core.storage.weights import StoreError

_SECONDS, _FLUSH_MS = 30, 500  # timeouts when waiting for other connections
_OPEN_SECONDS = 60  # maximum time to wait while another process opens the store
_CONNECTIONS = 4  # kept open, since opening one takes as long as a short transaction


class SqliteDatabase(Database):
    """The database in a folder, which is created if necessary. Raises StoreError."""

    begin_reading, begin_writing = "BEGIN", "BEGIN IMMEDIATE"  # a transaction that reads first could not wait to write
    newest_first = "ended DESC, rowid DESC"
    real, point_types, table_options = "REAL", dict.fromkeys(COLUMNS, ""), "WITHOUT ROWID"

    def __init__(self, folder: Path) -> None:
        self.path, self._owners = folder / "comparisons.sqlite", folder / "owners"
        super().__init__(str(folder), _engine(self.path), new_owner())
        if (kind := network_file_system(folder)) is not None:
            why = f"is on a network file system ({kind}), where SQLite can lose data"
            raise StoreError(f"the store {folder} {why}; set DROPOUT_STORE to a local folder or to postgresql://…")
        try:
            self._owners.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._other_folder(f"cannot be created ({error.strerror})") from None
        # Hold a lock for the lifetime of this process, so that other processes can recognise abandoned comparisons.
        self._lock = FileLock(self._owners / f"{self.owner}.lock")

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Open the database; see Database.opening. A damaged database is renamed, and a new one is created."""
        try:
            with FileLock(self.path.with_name("open.lock"), timeout=_OPEN_SECONDS):
                self._lock.acquire()
                self._make_ready()
                yield
        except Timeout:
            raise StoreError(f"the store {self.name} is being opened by another process; try again") from None
        except OSError as error:
            raise self._other_folder(f"cannot be written ({error.strerror})") from None

    def close(self) -> None:
        """Close the database; see Database.close. After the last connection, SQLite checkpoints the write-ahead log."""
        self.engine.dispose()
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)

    def flush(self) -> None:
        """Checkpoint the write-ahead log to disk. Raises StoreError, for example if the database is in use."""
        with self.connect() as db:
            db.exec_driver_sql(f"PRAGMA busy_timeout = {_FLUSH_MS}")  # other connections cannot write during this wait
            busy, *_ = db.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            db.exec_driver_sql(f"PRAGMA busy_timeout = {1000 * _SECONDS}")
        if busy:
            raise StoreError(f"the store {self.name} is in use, so its write-ahead log was not checkpointed")

    def living(self, owners: set[str]) -> set[str]:
        """Return those of these processes that still hold their lock. Lock files of dead processes are removed."""
        known = owners | {path.stem for path in self._owners.glob("*.lock")}
        return {owner for owner in known if owner == self.owner or self._is_held(owner)}

    def _is_held(self, owner: str) -> bool:
        path = self._owners / f"{owner}.lock"
        if not path.exists():
            return False
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
                return False
        except Timeout:
            return True

    def _make_ready(self) -> None:
        version = self._version()
        if version is None:
            self._set_aside()
            version = self._version()
        if version == 0:
            with self.connect() as db:
                db.exec_driver_sql("PRAGMA journal_mode = WAL")
            self.write(self._create)
        elif version is not None:
            self._refuse_newer(version)
            if version < database.VERSION:
                self.write(lambda db: self._migrate(db, version))

    def _version(self) -> int | None:
        """Return the database's version, 0 for a new one, or None for one that is damaged or not a store's."""
        try:
            with self.connect() as db:
                version = int(db.exec_driver_sql("PRAGMA user_version").scalar_one())
                healthy = db.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"
                is_foreign = version == 0 and bool(db.exec_driver_sql("SELECT 1 FROM sqlite_master").first())
        except StoreError as error:
            cause = error.__cause__
            if not isinstance(cause, sqlite3.DatabaseError) or isinstance(cause, sqlite3.OperationalError):
                raise
            return None
        return version if healthy and not is_foreign else None

    def _set_version(self, db: Connection) -> None:
        db.exec_driver_sql(f"PRAGMA user_version = {database.VERSION}")

    def _set_aside(self) -> None:
        self.engine.pool.dispose()
        name = f"{self.path.stem}-damaged-{now().replace(':', '')}-{uuid.uuid4().hex[:6]}.sqlite"
        for ending in ("", "-wal", "-shm"):
            path = Path(f"{self.path}{ending}")
            if path.exists():
                path.rename(path.with_name(f"{name}{ending}"))
        self.notices.append(f"The store was damaged. It was renamed {name}, and a new store was created.")

    def _other_folder(self, reason: str) -> StoreError:
        return StoreError(f"the store {self.name} {reason}; set DROPOUT_STORE to another folder")


def _engine(path: Path) -> Engine:
    """Return an engine that keeps connections open, and closes those to a file that was moved or replaced."""

    def connect() -> sqlite3.Connection:
        # Transactions begin explicitly, and a pool hands a connection to one thread after another.
        db = sqlite3.connect(path, timeout=_SECONDS, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous = NORMAL")  # safe with WAL, and commits do not wait for the disk
        return db

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=_CONNECTIONS, max_overflow=-1)
    weakref.finalize(engine, engine.pool.dispose)  # needed at exit, since the server never closes its store

    @event.listens_for(engine, "connect")
    def note_file(_db: object, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _file_number(path)

    @event.listens_for(engine, "checkout")
    def check_file(_db: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info["file"] != _file_number(path):
            raise DisconnectionError

    return engine


def _file_number(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
