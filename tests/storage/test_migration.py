"""Stores from earlier versions can be opened. tests/samples/store-v1 was written by version 1; do not rewrite it."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from dropout_core.experiments.recipe import Recipe
from dropout_core.storage import database as module
from dropout_core.storage.store import DONE, Store, StoreError

SAMPLE = Path(__file__).parents[1] / "samples" / "store-v1"
RECIPE = Recipe(data="mnist-5k", images=100, epochs=1, hidden=(4,))
NEXT = "ALTER TABLE runs ADD COLUMN note TEXT; UPDATE runs SET note = 'old';"


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "store"))


def rows(folder: Path, query: str) -> list[tuple]:
    db = sqlite3.connect(folder / "comparisons.sqlite")
    table = db.execute(query).fetchall()
    db.close()
    return table


def columns(folder: Path) -> dict[str, list[tuple]]:
    """Return the names and types of each table's columns, in order, keyed by table."""
    tables = [name for (name,) in rows(folder, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {table: [row[1:3] for row in rows(folder, f"PRAGMA table_info({table})")] for table in tables}


def test_the_sample_is_of_the_first_version_and_small(folder):
    assert rows(folder, "PRAGMA user_version") == [(1,)]
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*")) < 100_000


def test_a_store_of_the_first_version_is_read_with_all_it_has(folder):
    store = Store(folder)
    assert store.notices == []
    assert store.keys() == [RECIPE.key]
    result = store.get(RECIPE.key)
    assert (result.recipe, result.status, result.missing) == (RECIPE, DONE, [])
    ends = result.points.dropna(subset="full_val_loss").set_index("arm")["full_val_loss"]
    assert ends.round(4).to_dict() == {"dropout": 2.3175, "no dropout": 2.3106}
    assert result.provenance["torch"] == "2.14.1"
    for run in RECIPE.runs():
        assert store.weights(RECIPE.key, run.arm, run.seed)["layers.0.weight"].shape == (4, 784)
    store.close()


def test_opened_it_is_like_a_new_one(folder, tmp_path):
    for path in (folder, tmp_path / "new"):
        Store(path).close()
    assert rows(folder, "PRAGMA user_version") == [(module.VERSION,)]
    assert columns(folder) == columns(tmp_path / "new")


@pytest.fixture
def two_versions_on(monkeypatch):
    monkeypatch.setattr(module, "VERSION", module.VERSION + 2)
    later = "UPDATE runs SET note = note || ', then new';"
    monkeypatch.setattr(
        module, "_MIGRATIONS", module._MIGRATIONS | {module.VERSION - 2: NEXT, module.VERSION - 1: later}
    )


@pytest.mark.usefixtures("two_versions_on")
def test_an_older_store_is_brought_up_step_by_step(folder):
    for _ in range(2):  # the second time, no migration is needed
        store = Store(folder)
        assert store.get(RECIPE.key).missing == []
        store.close()
        assert rows(folder, "SELECT DISTINCT note FROM runs") == [("old, then new",)]
        assert rows(folder, "PRAGMA user_version") == [(module.VERSION,)]


@pytest.mark.usefixtures("two_versions_on")
@pytest.mark.parametrize("fault", ["INSERT INTO nowhere VALUES (1);", "INSERT INTO runs SELECT * FROM runs;"])
def test_a_migration_that_fails_leaves_the_store_as_it_was(folder, monkeypatch, fault):
    monkeypatch.setitem(module._MIGRATIONS, module.VERSION - 1, fault)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(folder)
    assert rows(folder, "PRAGMA user_version") == [(module.VERSION - 2,)]
    assert "note" not in [name for name, _ in columns(folder)["runs"]]
    assert not list(folder.glob("*damaged*"))


def test_every_version_has_its_way_to_the_next():
    assert sorted(module._MIGRATIONS) == list(range(1, module.VERSION))
