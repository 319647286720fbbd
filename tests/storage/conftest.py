"""Stores on both kinds of database. Tests that use `place` or `store` run on each of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dropout_core.common.settings import Settings
from dropout_core.storage.store import Store
from tests.postgres import PostgresServer, require_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server. The test is skipped if PostgreSQL is not installed, and fails in CI."""
    require_postgres()
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.close()


@dataclass
class Place:
    """Where a store is: the environment variables that name it, and the stores opened there."""

    env: dict[str, str]
    weights: Path
    stores: list[Store] = field(default_factory=list)

    def open(self) -> Store:
        """Open a store here, which is closed after the test."""
        settings = Settings.from_env(self.env)
        self.stores.append(Store(settings.store, settings.weights))
        return self.stores[-1]


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Place]]:
    """Return a function that makes an empty place on this kind of database: "sqlite" or "postgresql"."""
    places = []

    def new(kind: str) -> Place:
        folder = tmp_path / f"store {len(places)}"
        if kind == "sqlite":
            place = Place({"DROPOUT_STORE": str(folder)}, folder / "weights")
        else:
            address = request.getfixturevalue("postgres_server").new_database()
            place = Place({"DROPOUT_STORE": address, "DROPOUT_WEIGHTS": str(folder)}, folder)
        places.append(place)
        return place

    yield new
    for place in places:
        for store in place.stores:
            store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return the name of each kind of database in turn."""
    return request.param


@pytest.fixture
def place(new_place: Callable[[str], Place], kind: str) -> Place:
    """Return the place of a new store, on each kind of database in turn."""
    return new_place(kind)


@pytest.fixture
def store(place: Place) -> Store:
    """Open a new store, on each kind of database in turn."""
    return place.open()
