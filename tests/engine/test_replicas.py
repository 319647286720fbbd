"""Test several servers that share a store and a Dask scheduler: each run is trained once, and outlives its server."""

import os
import threading
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest
from distributed import LocalCluster

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import CANCELLED, DONE, RUNNING
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage import store as stored
from dropout_core.storage.store import Store
from tests.engines import numbers, wait, wait_for

pytestmark = pytest.mark.slow

SMALL = Recipe(data="mnist-5k", images=500, epochs=2, hidden=(32, 16))
LONG = replace(SMALL, images=4000, epochs=40)


@pytest.fixture(scope="module")
def scheduler():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DROPOUT_DEVICE", "cpu")
        with LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster:
            yield cluster.scheduler_address


@pytest.fixture
def open_server(scheduler, tmp_path):
    """Return a function that opens a server with its own connections to the shared store and scheduler."""
    with ExitStack() as stack:

        def new() -> Engine:
            store = stack.enter_context(closing(Store(tmp_path / "store")))
            return stack.enter_context(closing(Engine(store, Settings.from_env({"DROPOUT_SCHEDULER": scheduler}))))

        yield new


def trained(engine: Engine, recipe: Recipe) -> Counter:
    """Count how often workers sent each point of this comparison."""
    messages = [each for each in engine.cluster.recent_messages() if each.get("job") == recipe.key]
    return Counter(tuple(point[:3]) for message in messages for point in message["points"])


def test_identical_starts_on_two_servers_train_each_run_once(open_server):
    servers, recipe = [open_server(), open_server()], replace(SMALL, images=4000, seeds=(0, 1))
    jobs, together = [], threading.Barrier(100)

    def start(engine: Engine) -> None:
        together.wait()
        jobs.append(engine.submit(recipe, f"visitor {threading.get_ident()}"))

    threads = [threading.Thread(target=start, args=(servers[i % 2],)) for i in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job in jobs}) == 2, "one job on each server"
    assert {wait(job).state for job in jobs} == {DONE}
    counts = trained(servers[0], recipe)
    assert {(arm, seed) for arm, seed, _ in counts} == {(run.arm, run.seed) for run in recipe.runs()}
    assert set(counts.values()) == {1}
    first, second = (server.find(recipe.key).points() for server in servers)
    assert numbers(first).equals(numbers(second))
    assert servers[0].store.get(recipe.key).missing == []


def test_a_server_that_joins_shows_the_points_so_far_and_the_ones_that_follow(open_server):
    one, two = open_server(), open_server()
    job = one.submit(replace(LONG, seeds=(2,)))
    wait_for(lambda: len(job.points()) >= 6)
    other = two.follow(job.recipe)
    assert two.follow(job.recipe) is other
    wait_for(lambda: other.state == RUNNING and len(other.points()) >= 6)
    assert not job.finished
    before = len(other.points())
    wait_for(lambda: len(other.points()) > before)
    one.cancel(job.recipe.key)
    assert (wait(job).state, wait(other).state) == (CANCELLED, CANCELLED), "Cancel holds on both servers"
    assert one.store.get(job.recipe.key).status == stored.CANCELLED
    again = two.submit(job.recipe)
    wait_for(lambda: again.state == RUNNING)
    assert not again.stop.is_set(), "the message is not sent to later jobs"
    two.cancel(job.recipe.key)
    wait(again)
    wait_for(lambda: not any(one.cluster.connect().processing().values()))


def test_a_run_goes_on_when_one_of_the_servers_that_want_it_leaves(open_server):
    one, two = open_server(), open_server()
    recipe = replace(LONG, epochs=12, seeds=(3,))
    job = one.submit(recipe)
    other = two.submit(recipe)
    wait_for(lambda: len(job.points()) and len(other.points()))
    wait_for(lambda: two.cluster.connect().futures)  # points arrive as soon as it is connected, before it wants the run
    one.close()
    assert two.store.get(recipe.key).status == stored.RUNNING
    assert wait(other).state == DONE
    assert set(trained(two, recipe).values()) == {1}
    assert two.store.get(recipe.key).status == stored.DONE


def test_a_run_that_nobody_wants_stops_and_another_server_goes_on_with_what_is_missing(open_server):
    one, two = open_server(), open_server()
    two.cluster.connect()
    recipe = replace(LONG, epochs=12, seeds=(4, 5))
    job = one.submit(recipe)
    wait_for(lambda: len(one.store.get(recipe.key).runs) if job.started else 0)
    one.close()
    wait_for(lambda: not any(two.cluster.connect().run(threads_at_work).values()))
    before = two.store.get(recipe.key)
    assert before.status == stored.RUNNING
    assert before.missing
    assert wait(two.follow(recipe)).state == DONE
    after = two.store.get(recipe.key)
    assert (after.status, after.missing) == (stored.DONE, [])
    kept = after.runs.set_index(["arm", "seed"])["seconds"]
    assert all(kept[arm, seed] == seconds for _, arm, seed, seconds, _ in before.runs.itertuples())


def threads_at_work(dask_worker) -> int:
    return len(dask_worker.active_threads)


def test_without_a_shared_scheduler_there_is_nothing_to_follow(tmp_path):
    with closing(Store(tmp_path)) as store, closing(Engine(store, Settings.from_env({}))) as engine:
        assert engine.follow(SMALL) is None
