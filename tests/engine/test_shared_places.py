"""Test that servers with the same scheduler share their limits, and that a dead server's places become free again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import dask
import pytest
from distributed import Client, LocalCluster, Scheduler, Semaphore

from dropout_core.common.settings import Settings
from dropout_core.engine import engine, shared_places
from dropout_core.engine.engine import Engine
from dropout_core.engine.grid_runner import Running, Sweeps
from dropout_core.engine.job import DONE, QUEUED, RUNNING, EngineError, Job, QueueFull, Refused
from dropout_core.engine.limits import Limit
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.sweep import Sweep
from dropout_core.storage.store import Store
from tests.engines import PATIENCE, wait, wait_for
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
T = TypeVar("T")

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
from tests.engine.test_shared_places import accepted

engine = Engine(Store(Path(sys.argv[1])), Settings.from_env())
engine.warm().result(120)
visitor = sys.argv[2]
for recipe in sys.argv[3:]:
    accepted(engine, Recipe.from_json(recipe), visitor)
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


def accepted(engine: Engine, recipe: Recipe, visitor: str = "") -> Job:
    """Submit a recipe, again and again until there is a place for it, and return the job."""
    return granted(lambda: engine.submit(recipe, visitor))


def granted(start: Callable[[], T]) -> T:
    """Call this function until it isn't refused, and return its result."""

    def result() -> T | None:
        with suppress(Refused):
            return start()
        return None

    return wait_until(result, "there is a place", PATIENCE, 0.1)


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


@contextmanager
def killed_server(scheduler: str, store: Path, visitor: str, wanted: list[Recipe]) -> Iterator[None]:
    """Start a server process, submit these recipes there, and kill it when the context ends."""
    names = {f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": value for name, value in LEASES.items()}
    command = [sys.executable, "-c", OTHER_SERVER, str(store), visitor, *(recipe.to_json() for recipe in wanted)]
    env = os.environ | settings(scheduler) | names | {"PYTHONPATH": str(Path(__file__).parents[2])}
    other = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "queued\n"
        yield
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
        other.stdout.close()


def test_the_places_of_a_killed_server_are_free_again(open_server, scheduler, tmp_path):
    one = open_server()
    mine = one.submit(recipes(50, 1)[0])
    wait_for(lambda: mine.state == RUNNING)
    with (
        killed_server(scheduler, tmp_path / "other", "", recipes(60, PLACES + 1)),
        pytest.raises(QueueFull),
    ):  # one trains
        one.submit(recipes(70, 1)[0])
    for recipe in recipes(80, PLACES):
        accepted(one, recipe)


def test_a_visitor_has_as_many_comparisons_on_two_servers_as_on_one(open_server):
    one, two = open_server(), open_server()
    first, second, third, others = recipes(100, 4)
    one.submit(first, "me")
    job = two.submit(second, "me")
    wait_for(lambda: job.state == RUNNING)
    for server in (one, two):
        with pytest.raises(
            Refused, match="you already have 2 unfinished comparisons; wait for one to finish, or cancel"
        ):
            server.submit(third, "me")
    two.submit(others, "you")
    two.cancel(second.key)
    assert accepted(one, third, "me").recipe == third


def test_a_server_that_is_still_connecting_counts_the_others_comparisons(open_server, scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "_CONNECT_SECONDS", PATIENCE)
    one, (first, second, third) = open_server(), recipes(140, 3)
    for recipe in (first, second):
        one.submit(recipe, "me")
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store(tmp_path / "other")))
        two = stack.enter_context(closing(Engine(store, Settings.from_env(settings(scheduler)))))
        two.warm()
        with pytest.raises(Refused, match="you already have 2 unfinished comparisons"):
            two.submit(third, "me")


def test_a_visitor_s_comparisons_on_a_killed_server_no_longer_count(open_server, scheduler, tmp_path):
    one = open_server()
    third = recipes(120, 1)[0]
    with (
        killed_server(scheduler, tmp_path / "other", "me", recipes(110, 2)),
        pytest.raises(Refused, match="you already"),
    ):
        one.submit(third, "me")
    assert accepted(one, third, "me").recipe == third


def sweep(epochs: int) -> Sweep:
    return Sweep(rates=(0.0, 0.5), widths=(8,), data="mnist-5k", images=4000, epochs=epochs, seeds=(0,))


def stop(sweeps: Sweeps, running: Running) -> None:
    sweeps.cancel(running.sweep.key)
    wait_for(lambda: running.finished)


def test_a_sweep_on_one_server_counts_on_the_other(open_server):
    one, two = Sweeps(open_server()), Sweeps(open_server())
    mine = one.start(sweep(400), "me")
    with pytest.raises(Refused, match="you already have a sweep running; wait for it to finish, or cancel it"):
        two.start(sweep(401), "me")
    yours = two.start(sweep(402), "you")
    with pytest.raises(Refused, match="2 sweeps are already running; try again in a minute"):
        one.start(sweep(403), "they")
    stop(one, mine)
    again = granted(lambda: two.start(sweep(401), "me"))
    for running in (yours, again):
        stop(two, running)


def names_of_semaphores(dask_scheduler: Scheduler) -> str:
    extension = dask_scheduler.extensions["semaphores"]
    return " ".join({*extension.max_leases, *extension.leases, *extension.metrics["acquire_total"]})


def test_nothing_of_a_visitor_stays_in_the_scheduler(open_server):
    one = open_server()
    names = partial(one.cluster.client.run_on_scheduler, names_of_semaphores)
    job = one.submit(recipes(131, 1)[0], "passer-by")
    assert "dropout-comparisons-of-passer-by-2" in names()
    one.cancel(job.recipe.key)
    wait_for(lambda: "passer-by" not in names())


def test_a_semaphore_that_is_removed_at_the_same_moment_is_made_again(scheduler, monkeypatch):
    with Client(scheduler, set_as_default=False) as client:
        register, removals = Semaphore._register, iter([True])

        async def register_and_lose(self: Semaphore) -> None:
            await register(self)
            if next(removals, False):
                await self.scheduler.semaphore_close(name=self.name)

        monkeypatch.setattr(Semaphore, "_register", register_and_lose)
        limit = Limit("contested", 1, Refused("taken"))
        give_back = shared_places.take(client, limit)
        assert shared_places.take(client, limit) is None
        give_back().result(PATIENCE)
        assert shared_places.take(client, limit)


def test_without_an_answer_of_the_scheduler_there_is_no_place():
    """Otherwise, comparisons submitted while a scheduler starts again would be trained beyond the limits."""
    limit = Limit("queue", 1, Refused("taken"))
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        client = Client(cluster.scheduler_address, set_as_default=False)
        assert shared_places.take(client, limit)
        assert shared_places.take(client, limit) is None
        client.close()
        with pytest.raises(EngineError, match="does not answer; try again"):
            shared_places.take(client, limit)
