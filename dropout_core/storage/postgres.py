"""A store's PostgreSQL database, which several servers share. A lost connection is restored within a time limit."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError

from dropout_core.common.settings import DatabaseUrl
from dropout_core.storage import database
from dropout_core.storage.database import READ, Database, new_owner
from dropout_core.storage.weights import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

_NO_DRIVER = 'needs psycopg: run `pip install "psycopg[binary]"`, then restart the app'
_PREFIX = "dropout-"  # of the connections' application names, which name their owner
_LOCK = 0x64726F70  # of the advisory lock that is held while a process opens the store
_READ_SECONDS, _WRITE_SECONDS = 3.0, 120.0  # how long to try again after the connection was lost
_PAUSE_SECONDS = 0.5
_CONNECT_SECONDS = 10
_PYTHON_OPTIONS = {"autocommit", "context", "cursor_factory", "prepare_threshold", "row_factory"}
_VANISHED_MILLISECONDS = 15_000  # without an acknowledgement, after which a connection counts as lost
_LOCK_SECONDS = 60  # how long a process waits for another one that opens the store
_CONNECTIONS, _MORE_CONNECTIONS = 5, 15  # per server: kept open, and opened at busy times
# A server whose machine has vanished counts as dead after about two minutes.
_KEEPALIVES = {"tcp_keepalives_idle": 60, "tcp_keepalives_interval": 15, "tcp_keepalives_count": 4}


class PostgresDatabase(Database):
    """The database at this address. Nothing is connected before the store is opened. Raises StoreError."""

    begin_reading, begin_writing = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", ""
    newest_first = "ended DESC, started DESC, ctid DESC"
    real = "DOUBLE PRECISION"
    point_types = {"arm": "TEXT", "seed": "INTEGER", "step": "INTEGER"}  # noqa: RUF012

    def __init__(self, url: DatabaseUrl) -> None:
        owner = new_owner()
        super().__init__(str(url), _engine(url, owner), owner)
        self._is_open = False

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Open the database; see Database.opening."""
        self.write(self._make_ready)
        self._is_open = True
        yield

    def close(self) -> None:
        """Close the database; see Database.close."""
        self.engine.dispose()

    def flush(self) -> None:
        """Do nothing, because PostgreSQL's commits are on disk."""

    def living(self, owners: set[str]) -> set[str]:
        """Return those of these processes that are connected."""
        names = text("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE :pattern")
        rows = self.read(lambda db: db.execute(names, {"pattern": f"{_PREFIX}%"}).scalars().all())
        return {self.owner} | (owners & {name.removeprefix(_PREFIX) for name in rows})

    def _attempts(self, kind: str, transaction: Callable[[], T]) -> T:
        """Repeat the transaction while the server cannot be reached, within a time limit."""
        seconds = _READ_SECONDS if kind == READ else _WRITE_SECONDS
        end = monotonic() + (seconds if self._is_open else 0)  # a wrong address is reported immediately
        while True:
            try:
                return transaction()
            except StoreError as error:
                if not _is_connection_lost(error) or monotonic() >= end:
                    raise
                log.warning("trying again: %s", error)
                threading.Event().wait(_PAUSE_SECONDS)

    def _make_ready(self, db: Connection) -> None:
        db.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
        db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        if not db.exec_driver_sql("SELECT to_regclass('store_version')").scalar():
            db.exec_driver_sql("CREATE TABLE store_version (version INTEGER NOT NULL)")
            self._create(db)
            return
        version = db.exec_driver_sql("SELECT version FROM store_version").scalar_one()
        self._refuse_newer(version)
        if version < database.VERSION:
            self._migrate(db, version)

    def _set_version(self, db: Connection) -> None:
        db.exec_driver_sql("DELETE FROM store_version")
        db.execute(text("INSERT INTO store_version VALUES (:version)"), {"version": database.VERSION})


def _engine(url: DatabaseUrl, owner: str) -> Engine:
    try:
        address = make_url(url.text).set(drivername="postgresql+psycopg")
        _refuse_python_options(url, address)
        return create_engine(
            address, connect_args=_arguments(address, owner), pool_pre_ping=True,
            pool_size=_CONNECTIONS, max_overflow=_MORE_CONNECTIONS, pool_timeout=_CONNECT_SECONDS,
        )  # fmt: skip
    except ModuleNotFoundError:
        raise StoreError(f"the store {url} {_NO_DRIVER}") from None
    except (ArgumentError, ValueError):  # the message could contain the password
        raise StoreError(f"the store {url} has an address that cannot be read; correct DROPOUT_STORE") from None


def _refuse_python_options(url: DatabaseUrl, address: URL) -> None:
    """Raise StoreError for options of psycopg whose values are not text, so that an address cannot give them."""
    if refused := _PYTHON_OPTIONS & set(address.query):
        raise StoreError(f"the store {url} cannot be used with the option {min(refused)}; correct DROPOUT_STORE")


def _arguments(address: URL, owner: str) -> dict[str, object]:
    """Return libpq's parameters. Those that the address contains take precedence."""
    options = " ".join(f"-c {name}={value}" for name, value in _KEEPALIVES.items())
    own: dict[str, object] = {
        "connect_timeout": _CONNECT_SECONDS, "tcp_user_timeout": _VANISHED_MILLISECONDS, "options": options,
    }  # fmt: skip
    return {name: value for name, value in own.items() if name not in address.query} | {
        "application_name": f"{_PREFIX}{owner}"
    }


def _is_connection_lost(error: StoreError) -> bool:
    from psycopg import OperationalError

    cause = error.__cause__
    # Without a code, the connection failed; 08 and 57P stand for lost connections, shutdowns and starts.
    return isinstance(cause, OperationalError) and (cause.sqlstate or "08")[:3].startswith(("08", "57P"))
