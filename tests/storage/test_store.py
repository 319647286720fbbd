"""The store works, and copes with damaged, missing and locked files."""

import itertools
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import Point, Result
from dropout_core.storage import database
from dropout_core.storage import store as module
from dropout_core.storage.store import CANCELLED, DONE, INTERRUPTED, RUNNING, Store, StoreError

RECIPE = Recipe(data="mnist-5k", images=100, epochs=1, hidden=(4,))


def result(run, loss=1.0):
    common = {"arm": run.arm, "seed": run.seed, "seconds": 0.5}
    half = Point(step=1, epoch=0.5, train_loss=2.0, eval_loss=1.5, val_loss=1.6, val_accuracy=40.0,
                 full_val_loss=None, full_val_accuracy=None, epoch_loss=None, **common)  # fmt: skip
    end = replace(half, step=2, epoch=1.0, full_val_loss=loss, full_val_accuracy=50.0, epoch_loss=1.8)
    return Result(run, [half, end], {"layers.0.bias": np.arange(4, dtype=np.float32)}, 0.5)


def fill(store, recipe=RECIPE, status=DONE):
    store.start(recipe)
    for run in recipe.runs():
        store.add(recipe, result(run), {"torch": "2"})
    store.finish(recipe.key, status)


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


def test_what_is_written_is_read_back(store):
    fill(store)
    result = store.get(RECIPE.key)
    assert (result.recipe, result.status, result.provenance, result.missing) == (RECIPE, DONE, {"torch": "2"}, [])
    assert len(result.points) == 4
    assert result.points["full_val_loss"].isna().sum() == 2
    assert store.weights(RECIPE.key, "dropout", 0)["layers.0.bias"].tolist() == [0, 1, 2, 3]
    assert store.keys() == [RECIPE.key]


def test_the_log_is_written_back_when_asked_and_when_the_store_is_closed_and_not_after_every_change(tmp_path):
    log, store = tmp_path / "comparisons.sqlite-wal", Store(tmp_path)
    fill(store)
    size = log.stat().st_size
    fill(store, replace(RECIPE, seeds=(1,)))
    assert log.stat().st_size > size > 0
    store.flush()
    assert log.stat().st_size == 0
    fill(store, replace(RECIPE, seeds=(2,)))
    store.close()
    assert not log.exists()


def test_a_log_that_another_reads_is_not_written_back_and_that_is_said(store, monkeypatch):
    monkeypatch.setattr(database, "_FLUSH_MS", 50)
    fill(store)
    with store.database.connect() as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM runs").fetchall()
        fill(store, replace(RECIPE, seeds=(1,)))
        with pytest.raises(StoreError, match="in use"):
            store.flush()
    store.flush()
    assert (store.folder / "comparisons.sqlite-wal").stat().st_size == 0


def before_the_second_connection(monkeypatch, action):
    """Call the action when a store that is being opened connects again, to keep a connection to its database."""
    connect, attempts = sqlite3.connect, itertools.count(1)

    def counted(*arguments, **options):
        if next(attempts) == 2:
            action()
        return connect(*arguments, **options)

    monkeypatch.setattr(database.sqlite3, "connect", counted)


def test_a_database_that_cannot_be_connected_to_is_an_error_of_the_store(tmp_path, monkeypatch):
    def refuse():
        raise sqlite3.OperationalError("unable to open database file")

    Store(tmp_path).close()
    before_the_second_connection(monkeypatch, refuse)
    with pytest.raises(StoreError, match="unable to open"):
        Store(tmp_path)
    assert not list((tmp_path / "owners").iterdir())


def test_a_database_that_is_gone_when_it_is_to_be_held_is_an_error_of_the_store(tmp_path, monkeypatch):
    Store(tmp_path).close()
    before_the_second_connection(monkeypatch, (tmp_path / "comparisons.sqlite").unlink)
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path)
    assert not list((tmp_path / "owners").iterdir())


def test_an_unknown_key_is_none(store):
    assert store.get("0" * 16) is None


def test_a_comparison_is_running_until_it_is_finished(store):
    store.start(RECIPE)
    assert store.get(RECIPE.key).status == RUNNING
    assert store.get(RECIPE.key).missing == RECIPE.runs()
    store.finish(RECIPE.key, CANCELLED)
    assert store.get(RECIPE.key).status == CANCELLED


def test_starting_again_keeps_the_runs_that_were_finished(store):
    store.start(RECIPE)
    store.add(RECIPE, result(RECIPE.runs()[0]), {})
    store.finish(RECIPE.key, INTERRUPTED)
    store.start(RECIPE)
    assert store.get(RECIPE.key).missing == RECIPE.runs()[1:]


def test_forgetting_removes_numbers_and_weights(store):
    fill(store)
    store.forget(RECIPE.key)
    assert store.get(RECIPE.key) is None
    assert not list((store.folder / "weights").glob("*.safetensors"))


@pytest.mark.parametrize("damage", ["noise", "cut", "foreign"])
def test_a_damaged_database_is_set_aside_and_a_new_one_begun(tmp_path, damage):
    first = Store(tmp_path)
    fill(first)
    first.close()
    path = tmp_path / "comparisons.sqlite"
    ruined = {
        "noise": os.urandom(path.stat().st_size),
        "cut": path.read_bytes()[: path.stat().st_size // 2],
        "foreign": foreign_database(tmp_path),
    }[damage]
    path.write_bytes(ruined)
    again = Store(tmp_path)
    assert again.get(RECIPE.key) is None
    (notice,) = again.notices
    (kept,) = tmp_path.glob("comparisons-damaged-*.sqlite")
    assert kept.name in notice
    assert kept.read_bytes() == ruined
    fill(again)
    assert again.get(RECIPE.key).status == DONE
    again.close()


def foreign_database(folder):
    path = folder / "foreign.sqlite"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE songs (title TEXT)")
    db.commit()
    db.close()
    return path.read_bytes()


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    Store(tmp_path).close()
    db = sqlite3.connect(tmp_path / "comparisons.sqlite")
    db.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        Store(tmp_path)
    assert not list(tmp_path.glob("*damaged*"))


def test_missing_and_damaged_weights_say_so(store):
    fill(store)
    path = next((store.folder / "weights").glob(f"{RECIPE.key}-dropout-*"))
    path.write_bytes(b"noise")
    with pytest.raises(StoreError, match="cannot be read"):
        store.weights(RECIPE.key, "dropout", 0)
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        store.weights(RECIPE.key, "dropout", 0)


def test_a_full_disk_is_an_error_that_leaves_nothing_half_written(store, monkeypatch):
    fill(store)

    def full(path, data):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left"):
        store.add(RECIPE, result(RECIPE.runs()[0], loss=9.0), {})
    assert not list((store.folder / "weights").glob("*.tmp"))
    assert store.get(RECIPE.key).points["full_val_loss"].max() == 1.0


def test_a_full_database_is_an_error_and_loses_nothing(store):
    fill(store)
    with closing(sqlite3.connect(store.folder / "comparisons.sqlite")) as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    many = result(RECIPE.runs()[0])
    many.points.extend(replace(many.points[0], step=10 + i) for i in range(5000))

    class Limited(sqlite3.Connection):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            self.execute(f"PRAGMA max_page_count = {pages}")

    original = sqlite3.connect
    database.sqlite3.connect = lambda *args, **more: original(*args, **more, factory=Limited)
    try:
        with pytest.raises(StoreError, match="full"):
            store.add(RECIPE, many, {})
    finally:
        database.sqlite3.connect = original
    assert len(store.get(RECIPE.key).points) == 4


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_set(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="DROPOUT_STORE"):
        Store(tmp_path / "file" / "store")


def test_two_servers_share_one_store(tmp_path):
    one, two = Store(tmp_path), Store(tmp_path)
    one.start(RECIPE)
    other = replace(RECIPE, seeds=(1,))
    fill(two, other)
    fill(two)  # writing the same comparison again must not add points
    three = Store(tmp_path)
    assert one.get(other.key).status == DONE
    assert len(one.get(RECIPE.key).points) == 4
    for each in (one, two, three):
        each.close()


def test_what_a_living_server_runs_is_not_interrupted_by_another_that_starts(tmp_path):
    one = Store(tmp_path)
    one.start(RECIPE)
    two = Store(tmp_path)
    assert two.get(RECIPE.key).status == RUNNING
    one.close()
    two.close()
    three = Store(tmp_path)
    assert three.get(RECIPE.key).status == INTERRUPTED
    three.close()


def test_what_a_killed_server_ran_is_interrupted(tmp_path):
    program = (
        "import sys, os, signal; from pathlib import Path; from dropout_core.storage.store import Store; "
        "from dropout_core.experiments.recipe import Recipe; "
        "s = Store(Path(sys.argv[1])); s.start(Recipe.from_json(sys.argv[2])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path), RECIPE.to_json()])
    store = Store(tmp_path)
    result = store.get(RECIPE.key)
    assert result.status == INTERRUPTED
    assert "stopped" in result.message
    assert len(list((tmp_path / "owners").glob("*.lock"))) == 1
    store.close()


def test_a_folder_that_another_process_does_not_let_go_of_is_said(tmp_path, monkeypatch):
    Store(tmp_path).close()
    monkeypatch.setattr(module, "_OPEN_SECONDS", 0.1)
    with module.FileLock(tmp_path / "open.lock"), pytest.raises(StoreError, match="another process"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    Store(tmp_path).close()

    def denied(self):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module.FileLock, "acquire", denied)
    with pytest.raises(StoreError, match=r"Read-only file system.*DROPOUT_STORE"):
        Store(tmp_path)


def test_refused_openings_leave_no_claims_behind(tmp_path, monkeypatch):
    Store(tmp_path).close()

    def newer(self):
        raise StoreError("newer")

    monkeypatch.setattr(database.Database, "open", newer)
    for _ in range(3):
        with pytest.raises(StoreError, match="newer"):
            Store(tmp_path)
    assert not list((tmp_path / "owners").iterdir())


def test_a_table_that_is_gone_is_an_error_of_the_store(store):
    fill(store)
    with store.database.connect() as db:
        db.execute("DROP TABLE points")
    with pytest.raises(StoreError, match="cannot be used"):
        store.get(RECIPE.key)


def test_a_comparison_of_another_version_is_an_error_of_the_store(store):
    fill(store)
    with store.database.connect() as db:
        db.execute("UPDATE comparisons SET recipe = ?", (RECIPE.to_json().replace('"rate"', '"ratio"'),))
    with pytest.raises(StoreError, match="cannot be read"):
        store.get(RECIPE.key)


def test_trimming_forgets_the_oldest_and_nothing_that_runs(store):
    recipes = [replace(RECIPE, seeds=(seed,)) for seed in range(4)]
    store.start(recipes[0])
    for day, recipe in enumerate(recipes[1:]):
        fill(store, recipe)
        with store.database.connect() as db:
            db.execute("UPDATE comparisons SET ended = ? WHERE key = ?", (f"2026-01-0{day + 1}", recipe.key))
    store.trim(2)
    assert [store.get(recipe.key) is not None for recipe in recipes] == [True, False, True, True]
    assert not list((store.folder / "weights").glob(f"{recipes[1].key}*"))
