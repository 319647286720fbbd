"""Test that servers with the same scheduler share one queue, and that a dead server's places become free again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

import dask
import pytest
from distributed import Client, LocalCluster

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE, QUEUED, RUNNING, Job, QueueFull
from dropout_core.engine.shared_queue import SharedQueue
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Store
from tests.engines import PATIENCE, wait, wait_for
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

SMALL = Recipe(data="mnist-5k", images=500, epochs=1, hidden=(8,))
LONG = replace(SMALL, images=4000, epochs=400)
PLACES = 3
LEASES = {
    "distributed.scheduler.locks.lease-timeout": "3s",
    "distributed.scheduler.locks.lease-validation-interval": "1s",
}
OTHER_SERVER = """
import sys, threading
from pathlib import Path
from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Store
from tests.engine.test_shared_queue import accepted

engine = Engine(Store(Path(sys.argv[1])), Settings.from_env())
engine.warm().result(120)
for recipe in sys.argv[2:]:
    accepted(engine, Recipe.from_json(recipe))
print("queued", flush=True)
threading.Event().wait(600)
"""


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, dask.config.set(LEASES):
        patch.setitem(os.environ, "DROPOUT_DEVICE", "cpu")
        with LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster:
            yield cluster.scheduler_address


def settings(scheduler: str) -> dict[str, str]:
    """Return the settings of a server that trains one comparison at a time."""
    return {"DROPOUT_SCHEDULER": scheduler, "DROPOUT_QUEUE": str(PLACES), "DROPOUT_WORKERS": "2"}


@pytest.fixture
def open_server(scheduler: str, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    with ExitStack() as stack:

        def new() -> Engine:
            store = stack.enter_context(closing(Store(tmp_path / "store")))
            engine = stack.enter_context(closing(Engine(store, Settings.from_env(settings(scheduler)))))
            engine.warm().result(PATIENCE)
            return engine

        yield new


def accepted(engine: Engine, recipe: Recipe) -> Job:
    """Submit a recipe, again and again until the queue has a place for it, and return the job."""

    def job() -> Job | None:
        with suppress(QueueFull):
            return engine.submit(recipe)
        return None

    return wait_until(job, "the queue has a place", PATIENCE, 0.1)


def recipes(first: int, count: int) -> list[Recipe]:
    return [replace(LONG, seeds=(seed,)) for seed in range(first, first + count)]


def test_the_queue_has_as_many_places_on_two_servers_as_on_one(open_server):
    one, two = open_server(), open_server()
    for server, recipe in zip((one, two), recipes(0, 2), strict=True):
        running = server.submit(recipe)
        wait_for(lambda job=running: job.state == RUNNING)
    waiting = [accepted(one, recipe) for recipe in recipes(10, 2)]
    last = accepted(two, recipes(20, 1)[0])
    for server in (one, two):
        with pytest.raises(QueueFull, match=f"{PLACES} comparisons are already queued"):
            server.submit(recipes(30, 1)[0])
    assert two.submit(last.recipe) is last, "joining a queued comparison needs no place"
    one.cancel(waiting[0].recipe.key)
    assert accepted(two, recipes(40, 1)[0]).state == QUEUED
    with pytest.raises(QueueFull):
        one.submit(recipes(30, 1)[0])


def test_a_job_that_starts_leaves_the_queue(open_server):
    one, two = open_server(), open_server()
    for seed in range(2 * PLACES):
        assert wait(one.submit(replace(SMALL, seeds=(seed,)))).state == DONE
    assert wait(two.submit(replace(SMALL, seeds=(100,)))).state == DONE


def test_the_places_of_a_killed_server_are_free_again(open_server, scheduler, tmp_path):
    one = open_server()
    mine = one.submit(recipes(50, 1)[0])
    wait_for(lambda: mine.state == RUNNING)
    names = {f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": value for name, value in LEASES.items()}
    wanted = [recipe.to_json() for recipe in recipes(60, PLACES + 1)]  # one of them trains
    command = [sys.executable, "-c", OTHER_SERVER, str(tmp_path / "other"), *wanted]
    env = os.environ | settings(scheduler) | names | {"PYTHONPATH": str(Path(__file__).parents[2])}
    other = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "queued\n"
        with pytest.raises(QueueFull):
            one.submit(recipes(70, 1)[0])
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
        other.stdout.close()
    for recipe in recipes(80, PLACES):
        accepted(one, recipe)


def test_without_an_answer_of_the_scheduler_no_place_is_needed(monkeypatch):
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        client = Client(cluster.scheduler_address, set_as_default=False)
        queue = SharedQueue(1)
        assert queue.enter(client)
        assert queue.enter(client) is None
        client.close()
        assert queue.enter(client) is not None
