"""Test that a server goes on with a scheduler that was killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from dropout_core.engine.job import DONE, FAILED, RUNNING, QueueFull
from dropout_core.engine.limits import queue_limit
from dropout_core.experiments.recipe import Recipe
from tests.engines import PATIENCE, running, wait, wait_for
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SMALL = Recipe(data="mnist-5k", images=500, epochs=2, hidden=(32, 16))
LONG = replace(SMALL, images=4000, epochs=400)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def cluster(port: int, env: dict[str, str]) -> Iterator[psutil.Process]:
    """Start a scheduler at this port, and a worker. Yields the scheduler."""
    dask, end = [sys.executable, "-m", "dask"], ["--host", "127.0.0.1", "--no-dashboard"]
    worker = ["worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--memory-limit", "0"]
    commands = [[*dask, "scheduler", "--port", str(port), *end], [*dask, *worker, *end]]
    processes = [subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.DEVNULL) for command in commands]
    try:
        yield psutil.Process(processes[0].pid)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(60)


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_curves_grow_and_the_queue_is_bounded_after_the_scheduler_was_started_again(tmp_path, monkeypatch):
    monkeypatch.setenv("DROPOUT_DEVICE", "cpu")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    port, env = free_port(), dict(os.environ)
    settings = {"DROPOUT_SCHEDULER": f"tcp://127.0.0.1:{port}", "DROPOUT_WORKERS": "2", "DROPOUT_QUEUE": "1"}
    with cluster(port, env) as scheduler:
        wait_until(lambda: answers(port), "the scheduler starts")
        with running(tmp_path / "store", **settings) as engine:
            assert wait(engine.submit(SMALL)).state == DONE
            client = engine.cluster.client
            client._timeout = PATIENCE  # long enough for Dask to connect again by itself
            job = engine.submit(LONG)
            wait_for(lambda: job.state == RUNNING and len(job.points()))
            scheduler.send_signal(signal.SIGKILL)
            assert wait(job).state == FAILED
            wait_for(lambda: not answers(port))
            with cluster(port, env):
                wait_for(lambda: client.status == "running")
                again = engine.submit(replace(LONG, seeds=(1,)))
                wait_for(lambda: again.progress() > 0)
                time.sleep(1)  # a finished run would be half of the job
                assert again.progress() < 0.45, "the worker sends points before the first of the two runs has ended"
                place = engine.take_places(queue_limit(engine.settings))
                with pytest.raises(QueueFull):
                    engine.take_places(queue_limit(engine.settings))
                place.close()
                engine.cancel(again.recipe.key)
                wait(again)
