"""Test what only a store in a folder has: SQLite's log, its locks, and recovery from a damaged database."""

import os
import sqlite3
from dataclasses import replace

import pytest

from dropout_core.storage import database, sqlite
from dropout_core.storage.store import DONE, Store, StoreError
from tests.storage.filled import RECIPE, fill, result


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


def test_a_log_that_another_reads_is_not_written_back_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "_FLUSH_MS", 50)
    store = Store(tmp_path)
    fill(store)
    with store.database.connect("BEGIN") as other:
        other.exec_driver_sql("SELECT * FROM runs").all()
        fill(store, replace(RECIPE, seeds=(1,)))
        with pytest.raises(StoreError, match="in use"):
            store.flush()
    store.flush()
    assert (tmp_path / "comparisons.sqlite-wal").stat().st_size == 0
    with store.database.connect() as db:
        assert db.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000, "later transactions wait as before"
    store.close()


def test_a_database_that_cannot_be_connected_to_is_an_error_of_the_store(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise sqlite3.OperationalError("unable to open database file")

    Store(tmp_path).close()
    monkeypatch.setattr(sqlite.sqlite3, "connect", refuse)
    with pytest.raises(StoreError, match="unable to open"):
        Store(tmp_path)
    assert not list((tmp_path / "owners").iterdir())


def test_a_store_that_is_moved_away_while_it_is_open_is_an_error_until_it_is_back(tmp_path):
    store = Store(tmp_path / "store")
    fill(store)
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="unable to open"):
        store.get(RECIPE.key)
    (tmp_path / "elsewhere").rename(tmp_path / "store")
    assert store.get(RECIPE.key).missing == []
    store.close()


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


def test_a_full_database_is_an_error_and_loses_nothing(tmp_path):
    store = Store(tmp_path)
    fill(store)
    many = result(RECIPE.runs()[0])
    many.points.extend(replace(many.points[0], step=10 + i) for i in range(5000))
    with store.database.connect() as db:  # the store's next transaction uses this connection again
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        store.add(RECIPE, many, {})
    assert len(store.get(RECIPE.key).points) == 4
    store.close()


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_set(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="DROPOUT_STORE"):
        Store(tmp_path / "file" / "store")


def test_a_lock_that_a_killed_process_left_is_removed(tmp_path):
    Store(tmp_path).close()
    (tmp_path / "owners" / "killed.lock").touch()
    store = Store(tmp_path)
    assert [path.stem for path in (tmp_path / "owners").iterdir()] == [store.database.owner]
    store.close()


def test_a_folder_on_a_network_file_system_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "network_file_system", lambda folder: "nfs4")
    with pytest.raises(StoreError, match=r"network file system \(nfs4\).*set DROPOUT_STORE"):
        Store(tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_folder_that_another_process_does_not_let_go_of_is_said(tmp_path, monkeypatch):
    Store(tmp_path).close()
    monkeypatch.setattr(sqlite, "_OPEN_SECONDS", 0.1)
    with sqlite.FileLock(tmp_path / "open.lock"), pytest.raises(StoreError, match="another process"):
        Store(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    Store(tmp_path).close()

    def denied(self):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(sqlite.FileLock, "acquire", denied)
    with pytest.raises(StoreError, match=r"Read-only file system.*DROPOUT_STORE"):
        Store(tmp_path)


def test_refused_openings_leave_no_claims_behind(tmp_path, monkeypatch):
    Store(tmp_path).close()

    def newer(self, version):
        raise StoreError("newer")

    monkeypatch.setattr(database.Database, "_refuse_newer", newer)
    for _ in range(3):
        with pytest.raises(StoreError, match="newer"):
            Store(tmp_path)
    assert not list((tmp_path / "owners").iterdir())
