"""Test that a store works on both kinds of database, and that it copes with missing files and killed servers."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from dropout_core.storage import weights as module
from dropout_core.storage.store import CANCELLED, DONE, FAILED, INTERRUPTED, RUNNING, StoreError
from tests.storage.filled import RECIPE, fill, result
from tests.waiting import wait_until


def test_what_is_written_is_read_back(store):
    fill(store)
    result = store.get(RECIPE.key)
    assert (result.recipe, result.status, result.provenance, result.missing) == (RECIPE, DONE, {"torch": "2"}, [])
    assert len(result.points) == 4
    assert result.points["full_val_loss"].isna().sum() == 2
    assert store.weights(RECIPE.key, "dropout", 0)["layers.0.bias"].tolist() == [0, 1, 2, 3]
    assert store.keys() == [RECIPE.key]


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


def test_forgetting_removes_numbers_and_weights(store, place):
    fill(store)
    store.forget(RECIPE.key)
    assert store.get(RECIPE.key) is None
    assert not list(place.weights.glob("*.safetensors"))


def test_missing_and_damaged_weights_say_so(store, place):
    fill(store)
    path = next(place.weights.glob(f"{RECIPE.key}-dropout-*"))
    path.write_bytes(b"noise")
    with pytest.raises(StoreError, match="cannot be read"):
        store.weights(RECIPE.key, "dropout", 0)
    path.unlink()
    with pytest.raises(StoreError, match="missing"):
        store.weights(RECIPE.key, "dropout", 0)


def test_a_full_disk_is_an_error_that_leaves_nothing_half_written(store, place, monkeypatch):
    fill(store)

    def full(path, data):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left"):
        store.add(RECIPE, result(RECIPE.runs()[0], loss=9.0), {})
    with pytest.raises(StoreError, match=r"weights could not be written to .* \(No space left"):
        store.check(writing=True)
    assert not list(place.weights.glob("*.tmp"))
    assert store.get(RECIPE.key).points["full_val_loss"].max() == 1.0


def test_a_check_leaves_nothing_behind(store, place):
    fill(store)
    files = sorted(place.weights.iterdir())
    store.check(writing=True)
    store.check(writing=False)
    assert sorted(place.weights.iterdir()) == files
    assert store.get(RECIPE.key).missing == []


def test_two_servers_share_one_store(place):
    one, two = place.open(), place.open()
    one.start(RECIPE)
    other = replace(RECIPE, seeds=(1,))
    fill(two, other)
    fill(two)  # writing the same comparison again must not add points
    place.open()
    assert one.get(other.key).status == DONE
    assert len(one.get(RECIPE.key).points) == 4


def test_what_a_living_server_runs_is_not_interrupted_by_another_that_starts(place):
    one = place.open()
    one.start(RECIPE)
    two = place.open()
    assert two.get(RECIPE.key).status == RUNNING
    one.close()
    two.close()
    wait_until(lambda: place.open().get(RECIPE.key).status == INTERRUPTED, "the first server has left")


KILLED = """
import os, signal, sys
from dropout_core.common.settings import Settings
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Store

settings = Settings.from_env()
Store(settings.store, settings.weights).start(Recipe.from_json(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_server_ran_is_interrupted(place):
    subprocess.run([sys.executable, "-c", KILLED, RECIPE.to_json()], env=os.environ | place.env)
    wait_until(lambda: place.open().get(RECIPE.key).status == INTERRUPTED, "the killed server is noticed")
    assert "stopped" in place.stores[-1].get(RECIPE.key).message


def test_a_table_that_is_gone_is_an_error_of_the_store(store):
    fill(store)
    with store.database.connect() as db:
        db.exec_driver_sql("DROP TABLE points")
    with pytest.raises(StoreError, match="cannot be used"):
        store.get(RECIPE.key)


def test_a_comparison_of_another_version_is_an_error_of_the_store(store):
    fill(store)
    with store.database.connect() as db:
        db.exec_driver_sql("UPDATE comparisons SET recipe = replace(recipe, 'rate', 'ratio')")
    with pytest.raises(StoreError, match="cannot be read"):
        store.get(RECIPE.key)


def test_trimming_forgets_the_oldest_and_nothing_that_runs(store, place):
    recipes = [replace(RECIPE, seeds=(seed,)) for seed in range(4)]
    store.start(recipes[0])
    for day, recipe in enumerate(recipes[1:]):
        fill(store, recipe)
        with store.database.connect() as db:
            db.exec_driver_sql(f"UPDATE comparisons SET ended = '2026-01-0{day + 1}' WHERE key = '{recipe.key}'")
    store.trim(2)
    assert [store.get(recipe.key) is not None for recipe in recipes] == [True, False, True, True]
    assert not list(place.weights.glob(f"{recipes[1].key}*"))


def test_of_comparisons_that_ended_in_the_same_second_the_first_is_the_oldest(store):
    recipes = [replace(RECIPE, seeds=(seed,)) for seed in range(3)]
    for recipe in recipes:
        fill(store, recipe)
    with store.database.connect() as db:
        db.exec_driver_sql("UPDATE comparisons SET ended = '2026-01-01', started = '2026-01-01'")
    store.trim(2)
    assert store.get(recipes[0].key) is None
    assert set(store.keys()) == {recipe.key for recipe in recipes[1:]}


def test_a_comparison_without_all_its_runs_is_never_done(store):
    store.start(RECIPE)
    store.add(RECIPE, result(RECIPE.runs()[0]), {})
    assert store.finish(RECIPE.key, DONE, "This result was not saved.") == FAILED
    assert (store.get(RECIPE.key).status, store.get(RECIPE.key).message) == (FAILED, "This result was not saved.")
    with store.database.connect() as db:  # as earlier versions wrote it
        db.exec_driver_sql("UPDATE comparisons SET status = 'done'")
    assert store.get(RECIPE.key).status == FAILED


@pytest.mark.parametrize("status", [FAILED, CANCELLED])
def test_a_server_that_fails_does_not_spoil_what_another_has_finished(store, status):
    fill(store)
    assert store.finish(RECIPE.key, status, "the scheduler was lost") == DONE
    assert (store.get(RECIPE.key).status, store.get(RECIPE.key).message) == (DONE, "")


def test_what_another_server_trains_outlives_the_server_that_began_it(store):
    store.start(RECIPE)
    store.finish(RECIPE.key, INTERRUPTED)  # as a third server does that starts
    store.trim(0)
    store.add(RECIPE, result(RECIPE.runs()[0]), {})
    assert store.get(RECIPE.key).status == RUNNING
    store.forget(RECIPE.key)
    for run in RECIPE.runs():
        store.add(RECIPE, result(run), {})
    assert store.finish(RECIPE.key, DONE) == DONE
    assert store.get(RECIPE.key).missing == []
