"""Test clusters whose workers have a GPU each, or none. The GPUs are fake, so stacks are trained on CPUs."""

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Nanny, Scheduler, SpecCluster

from dropout_core.common.settings import Settings
from dropout_core.engine import local_cluster
from dropout_core.engine.demonstrations import Demonstrations
from dropout_core.engine.devices import visible_gpus
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE, EngineError
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Store
from tests import tasks
from tests.engines import PATIENCE, running, wait, wait_for
from tests.fake_gpus import GPUS, fake_gpus

pytestmark = pytest.mark.slow

SMALL = Recipe(data="mnist-5k", images=500, epochs=2, hidden=(32, 16))


@contextmanager
def own_cluster(folder: Path, monkeypatch: pytest.MonkeyPatch, workers: str) -> Iterator[Engine]:
    """Run an engine whose workers find the fake GPUs and believe that PyTorch can use them."""
    monkeypatch.setenv("PATH", fake_gpus(folder)["PATH"])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(local_cluster, "_PRELOAD", "tests.fake_gpus")
    with running(folder / "store", DROPOUT_WORKERS=workers) as engine:
        yield engine


def own_device(dask_worker) -> tuple[str, dict[str, float], int]:
    """Return a worker's GPU, its resources, and the number of tasks that it has run."""
    gpu = os.environ.get("CUDA_VISIBLE_DEVICES", "none")
    return gpu, dask_worker.state.total_resources, dask_worker.state.executed_count


def tasks_run(engine: Engine) -> dict[str, int]:
    """Return the number of tasks that each GPU's worker has run."""
    return {gpu: count for gpu, _, count in engine.cluster.client.run(own_device).values()}


def test_every_gpu_and_slice_has_a_worker_and_stacks_never_land_on_a_cpu(tmp_path, monkeypatch):
    with own_cluster(tmp_path, monkeypatch, "cuda:3,cpu:1") as engine:
        found = {gpu: resources for gpu, resources, _ in engine.cluster.client.run(own_device).values()}
        assert found == {gpu: {"GPU": 1} for gpu in GPUS} | {"": {"CPU": 1}}
        assert engine.cluster.stacked
        assert engine.at_once == 3
        before = tasks_run(engine)
        jobs = [engine.submit(replace(SMALL, images=4000, epochs=4, seeds=(seed,))) for seed in range(6)]
        assert {wait(job).state for job in jobs} == {DONE}
        after = tasks_run(engine)
        assert after[""] == before[""]
        assert sum(after.values()) - sum(before.values()) == len(jobs), "each comparison is one task"
        assert all(after[gpu] > before[gpu] for gpu in GPUS)
        shown = Demonstrations(engine).start("few", tasks.few, ["a", "b"], 2 * tasks.POINTS, "me")
        wait_for(lambda: shown.finished)
        assert shown.complete
        assert tasks_run(engine) == after | {"": after[""] + 2}


def gpu_and_pid() -> tuple[str, int]:
    return os.environ["CUDA_VISIBLE_DEVICES"], os.getpid()


def test_a_killed_workers_successor_has_the_same_gpu(tmp_path, monkeypatch):
    with own_cluster(tmp_path, monkeypatch, "cuda:2") as engine:
        client = engine.cluster.client
        pids = dict(client.run(gpu_and_pid).values())
        assert set(pids) == set(GPUS[:2])
        os.kill(pids[GPUS[1]], signal.SIGKILL)

        def is_back() -> bool:
            found = client.run(gpu_and_pid, on_error="ignore").values()
            return dict(found).get(GPUS[1], pids[GPUS[1]]) != pids[GPUS[1]]

        wait_for(is_back)
        assert {gpu for gpu, _ in client.run(gpu_and_pid).values()} == set(GPUS[:2])
        assert wait(engine.submit(SMALL)).state == DONE


def test_gpus_that_pytorch_cannot_use_leave_the_cpus_at_work(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", fake_gpus(tmp_path)["PATH"])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("DROPOUT_DEVICE", "auto")
    with running(tmp_path / "store", DROPOUT_WORKERS="4") as engine:
        if engine.cluster.stacked:
            pytest.skip("PyTorch finds a GPU of this machine")
        assert len(engine.cluster.client.scheduler_info()["workers"]) == 4
        assert wait(engine.submit(SMALL)).state == DONE


def test_gpus_that_are_asked_for_and_missing_are_one_sentence(tmp_path):
    if visible_gpus(Settings.from_env({})):
        pytest.skip("this machine has a GPU")
    with (
        closing(Store(tmp_path)) as store,
        closing(Engine(store, Settings.from_env({"DROPOUT_WORKERS": "cuda:1"}))) as made,
        pytest.raises(EngineError, match="no device 'cuda'; change DROPOUT_DEVICE or DROPOUT_WORKERS"),
    ):
        made.warm().result(timeout=PATIENCE)


@contextmanager
def external_cluster(declared: bool) -> Iterator[str]:
    """Start a scheduler with a worker that claims to have a GPU and one that does not, and yield its address."""

    def worker(gpu: str, resources: dict[str, float]) -> dict:
        options = {"nthreads": 1, "host": "127.0.0.1", "preload": ["tests.fake_gpus"], "silence_logs": logging.WARNING}
        env = {"CUDA_VISIBLE_DEVICES": gpu, "DROPOUT_DEVICE": "cpu"}
        return {"cls": Nanny, "options": options | {"env": env, "resources": resources if declared else {}}}

    scheduler = {"cls": Scheduler, "options": {"host": "127.0.0.1", "dashboard": False, "dashboard_address": ":0"}}
    workers = {0: worker("", {}), 1: worker(GPUS[0], {"GPU": 1})}
    with SpecCluster(scheduler=scheduler, workers=workers, silence_logs=logging.WARNING) as cluster:
        yield cluster.scheduler_address


def test_on_a_mixed_cluster_elsewhere_stacks_go_to_workers_that_declare_a_gpu(tmp_path):
    with external_cluster(declared=True) as address, running(tmp_path, DROPOUT_SCHEDULER=address) as engine:
        before = tasks_run(engine)
        jobs = [engine.submit(replace(SMALL, seeds=(seed,))) for seed in range(3)]
        assert {wait(job).state for job in jobs} == {DONE}
        assert tasks_run(engine) == before | {GPUS[0]: before[GPUS[0]] + 3}


def test_a_mixed_cluster_without_declarations_is_refused_with_what_to_do(tmp_path):
    with external_cluster(declared=False) as address, running(tmp_path, DROPOUT_SCHEDULER=address) as engine:
        job = wait(engine.submit(SMALL))
        assert job.message == "start the workers that have a GPU with `--resources GPU=1`, since others have none"
