"""Test that an engine's check notices a cluster without workers, and one that is gone."""

import socket
import threading
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import pytest
from distributed import LocalCluster

from dropout_core.common.settings import Settings
from dropout_core.engine import cluster as cluster_module
from dropout_core.engine import engine as engine_module
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import EngineError
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Store
from tests.engines import PATIENCE, wait_for

pytestmark = pytest.mark.slow

RECIPE = Recipe(data="mnist-5k", images=100, epochs=1)


def test_a_cluster_without_workers_and_one_that_is_gone_are_errors_and_a_new_worker_is_enough(tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_DEVICE", "cpu")
    with LocalCluster(n_workers=0, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        settings = Settings.from_env({"DROPOUT_SCHEDULER": cluster.scheduler_address})
        with closing(Store(tmp_path)) as store, closing(Engine(store, settings)) as engine:
            assert engine.workers() == 0, "before the first connection"
            with pytest.raises(EngineError, match="no workers are connected"):
                engine.check()
            cluster.scale(1)
            cluster.wait_for_workers(1, PATIENCE)
            engine.check()
            assert engine.workers() == 1
            cluster.close()
            wait_for(lambda: engine.workers() == 0)
            with pytest.raises(EngineError, match="no Dask scheduler responds"):
                engine.check()
            with pytest.raises(EngineError, match="no Dask scheduler responds"):
                engine.submit(RECIPE, "visitor")
            assert engine.follow(RECIPE) is None
            assert engine.find(RECIPE.key) is None


def check(folder: Path, scheduler: str) -> None:
    settings = Settings.from_env({"DROPOUT_SCHEDULER": scheduler})
    with closing(Store(folder)) as store, closing(Engine(store, settings)) as engine:
        engine.check()


def test_something_else_than_a_scheduler_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "_CONNECT_SECONDS", 1)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(EngineError, match="no Dask scheduler responds"),
    ):
        check(tmp_path, f"tcp://127.0.0.1:{silent.getsockname()[1]}")


def test_encrypted_connections_need_certificates(tmp_path):
    with pytest.raises(EngineError, match="Dask's configuration has no certificates"):
        check(tmp_path, "tls://127.0.0.1:1")


def test_without_a_shared_scheduler_no_page_waits_for_workers_to_follow_others(tmp_path):
    with closing(Store(tmp_path)) as store, closing(Engine(store, Settings.from_env({}))) as engine:
        engine._warming = [Future()]  # workers that never start
        begun = threading.Thread(target=engine.follow, args=(RECIPE,), daemon=True)
        begun.start()
        begun.join(engine_module._CONNECT_SECONDS / 2)
        assert not begun.is_alive()


def test_a_host_that_only_reads_needs_no_cluster(tmp_path):
    with (
        closing(Store(tmp_path)) as store,
        closing(Engine(store, Settings.from_env({"DROPOUT_READ_ONLY": "1"}))) as engine,
    ):
        engine.check()
        assert engine._cluster is None
