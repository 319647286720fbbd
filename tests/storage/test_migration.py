"""Test that stores of earlier versions can be opened. Version 1 wrote the samples; do not rewrite them."""

import shutil
from pathlib import Path

import pytest

from dropout_core.common.settings import Settings
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage import database as module
from dropout_core.storage.postgres import PostgresDatabase
from dropout_core.storage.sqlite import SqliteDatabase
from dropout_core.storage.store import DONE, StoreError

SAMPLE = Path(__file__).parents[1] / "samples" / "store-v1"
SQL_SAMPLE = SAMPLE.with_suffix(".postgresql.sql")  # the same rows; its weights are SAMPLE's
RECIPE = Recipe(data="mnist-5k", images=100, epochs=1, hidden=(4,))
NEXT = "ALTER TABLE runs ADD COLUMN note TEXT; UPDATE runs SET note = 'old';"
VERSIONS = {"sqlite": "PRAGMA user_version", "postgresql": "SELECT version FROM store_version"}
COLUMNS = {
    "sqlite": "SELECT m.name, p.name, p.type FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' "
    "ORDER BY m.name, p.cid",
    "postgresql": "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
}


@pytest.fixture
def old(kind, new_place, postgres_server):
    """Return the place of a copy of the sample."""
    place = new_place(kind)
    if kind == "sqlite":
        shutil.copytree(SAMPLE, place.env["DROPOUT_STORE"])
    else:
        postgres_server.execute(SQL_SAMPLE.read_text(), place.env["DROPOUT_STORE"])
        shutil.copytree(SAMPLE / "weights", place.weights)
    return place


@pytest.fixture
def rows(old):
    """Return a function that queries the sample's database, which works also if the store cannot be opened."""
    where = Settings.from_env(old.env).store
    engine = (SqliteDatabase if isinstance(where, Path) else PostgresDatabase)(where).engine

    def query(sql: str) -> list[tuple]:
        with engine.connect() as db:
            return list(map(tuple, db.exec_driver_sql(sql)))

    yield query
    engine.dispose()


def test_the_samples_are_of_the_first_version_and_small(rows, kind):
    assert rows(VERSIONS[kind]) == [(1,)]
    assert sum(path.stat().st_size for path in [*SAMPLE.rglob("*"), SQL_SAMPLE]) < 100_000


def test_a_store_of_the_first_version_is_read_with_all_it_has(old):
    store = old.open()
    assert store.notices == []
    assert store.keys() == [RECIPE.key]
    result = store.get(RECIPE.key)
    assert (result.recipe, result.status, result.missing) == (RECIPE, DONE, [])
    ends = result.points.dropna(subset="full_val_loss").set_index("arm")["full_val_loss"]
    assert ends.round(4).to_dict() == {"dropout": 2.3175, "no dropout": 2.3106}
    assert result.provenance["torch"] == "2.14.1"
    for run in RECIPE.runs():
        assert store.weights(RECIPE.key, run.arm, run.seed)["layers.0.weight"].shape == (4, 784)


def test_opened_it_is_like_a_new_one(old, new_place, kind, rows):
    old.open()
    assert rows(VERSIONS[kind]) == [(module.VERSION,)]
    with new_place(kind).open().database.connect() as db:
        assert rows(COLUMNS[kind]) == list(map(tuple, db.exec_driver_sql(COLUMNS[kind]))) != []


@pytest.fixture
def two_versions_on(monkeypatch):
    monkeypatch.setattr(module, "VERSION", module.VERSION + 2)
    later = "UPDATE runs SET note = note || ', then new';"
    monkeypatch.setattr(
        module, "_MIGRATIONS", module._MIGRATIONS | {module.VERSION - 2: NEXT, module.VERSION - 1: later}
    )


@pytest.mark.usefixtures("two_versions_on")
def test_an_older_store_is_brought_up_step_by_step(old, rows, kind):
    for _ in range(2):  # the second time, no migration is needed
        store = old.open()
        assert store.get(RECIPE.key).missing == []
        store.close()
        assert rows("SELECT DISTINCT note FROM runs") == [("old, then new",)]
        assert rows(VERSIONS[kind]) == [(module.VERSION,)]


@pytest.mark.usefixtures("two_versions_on")
@pytest.mark.parametrize("fault", ["INSERT INTO nowhere VALUES (1);", "INSERT INTO runs SELECT * FROM runs;"])
def test_a_migration_that_fails_leaves_the_store_as_it_was(old, rows, kind, monkeypatch, fault):
    monkeypatch.setitem(module._MIGRATIONS, module.VERSION - 1, fault)
    with pytest.raises(StoreError, match="cannot be used"):
        old.open()
    assert rows(VERSIONS[kind]) == [(module.VERSION - 2,)]
    assert ("runs", "note") not in [(table, name) for table, name, _ in rows(COLUMNS[kind])]
    assert ("runs", "seconds") in [(table, name) for table, name, _ in rows(COLUMNS[kind])]


def test_every_version_has_its_way_to_the_next():
    assert sorted(module._MIGRATIONS) == list(range(1, module.VERSION))
