"""Test the app's own metrics; tests/e2e/test_operators.py reads them from a real server."""

from contextlib import closing

import pytest

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE, RUNNING, Job
from dropout_core.numerics.answers import Sampling
from dropout_core.storage.store import Store, StoreError
from dropout_core.ui.http.metrics import EngineStats
from tests.storage.filled import RECIPE, fill


@pytest.fixture
def engine(tmp_path):
    """Open an engine that trains nothing."""
    with (
        closing(Store(tmp_path / "store")) as store,
        closing(Engine(store, Settings.from_env({"DROPOUT_READ_ONLY": "1"}))) as made,
    ):
        yield made


def values(engine: Engine, family: str) -> dict[tuple, int]:
    """Return the family's values, by their labels."""
    (stats,) = EngineStats(lambda: engine).get_stats([family]).values()
    return {tuple((stat.labels or {}).values()): stat.value for stat in stats}


def test_before_the_engine_exists_there_are_no_values():
    assert EngineStats(lambda: None).get_stats() == {}


def test_only_the_families_asked_for_are_measured(engine):
    stats = EngineStats(lambda: engine)
    assert set(stats.get_stats(["dropout_jobs", "session_events"])) == {"dropout_jobs"}
    assert tuple(stats.get_stats()) == stats.stats_families
    assert all(stat.family_name == name for name, found in stats.get_stats().items() for stat in found)


def test_jobs_are_counted_by_state(engine):
    assert values(engine, "dropout_jobs") == {("queued",): 0, ("running",): 0}
    job = Job(RECIPE)
    engine.jobs.put(job)
    assert values(engine, "dropout_jobs") == {("queued",): 1, ("running",): 0}
    job.state = RUNNING
    assert values(engine, "dropout_jobs") == {("queued",): 0, ("running",): 1}
    engine._end(job, DONE)
    assert values(engine, "dropout_jobs") == {("queued",): 0, ("running",): 0}
    assert values(engine, "dropout_jobs_ended") == {("done",): 1, ("cancelled",): 0, ("failed",): 0}
    assert values(engine, "dropout_workers") == {(): 0}


def test_lookups_of_the_store_and_of_nets_on_workers_are_counted(engine):
    assert engine.store.get(RECIPE.key) is None
    fill(engine.store)
    assert engine.store.get(RECIPE.key) is not None
    assert engine.ask([((RECIPE.key, "dropout", 0), Sampling(0.5))], "mnist-5k") is None
    expected = {("store", "hit"): 1, ("store", "miss"): 1, ("worker_nets", "hit"): 0, ("worker_nets", "miss"): 1}
    assert values(engine, "dropout_cache_lookups") == expected


def test_each_transaction_of_the_store_is_timed_also_if_it_fails(engine):
    def counts() -> dict[str, int]:
        stats = EngineStats(lambda: engine).get_stats()["dropout_store_seconds"]
        return {stat.labels["operation"]: stat.observation_count for stat in stats}

    before = counts()
    fill(engine.store)
    assert counts()["write"] == before["write"] + 4, "start, two runs, finish"
    assert counts()["read"] == before["read"]
    (engine.store.place / "comparisons.sqlite").rename(engine.store.place / "elsewhere")
    (engine.store.place / "comparisons.sqlite").mkdir()
    with pytest.raises(StoreError):
        engine.store.keys()
    assert counts()["read"] == before["read"] + 1
    assert values(engine, "dropout_store_failures") == {("read",): 1, ("write",): 0}
