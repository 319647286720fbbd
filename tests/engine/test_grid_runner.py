"""Tests of the grid runner with a fake engine: order, queueing, failures, cancellation and limits."""

import itertools
import threading
from dataclasses import replace

import pytest

from dropout_core.common.settings import Settings
from dropout_core.engine import grid_runner
from dropout_core.engine.engine import Engine
from dropout_core.engine.grid_runner import Sweeps, run
from dropout_core.engine.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, QueueFull, Refused
from dropout_core.experiments.sweep import Sweep
from dropout_core.storage.store import Store
from tests.stored import keep
from tests.waiting import wait_until

TINY = Sweep(rates=(0.0, 0.5), widths=(8, 4), data="mnist-5k", images=100, epochs=1, seeds=(0, 1))


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def without_delays(monkeypatch):
    monkeypatch.setattr(grid_runner, "POLL", 0.005)
    monkeypatch.setattr(grid_runner, "_RETRY_SECONDS", 0.01)


class LookedAt(Job):
    """A fake job that moves from queued to running to finished, one step each time `finished` is read."""

    @property
    def finished(self):
        before = self.state
        if before == RUNNING:
            self.engine.end(self)
        elif before == QUEUED and not self.engine.busy():
            self.state = RUNNING
        return before in (DONE, CANCELLED, FAILED)


class StandIn(Engine):
    """A fake engine that records all submissions and the longest queue. `fate` decides how each job ends."""

    def __init__(self, store, queue=3, fate=lambda recipe: DONE):
        self.store, self.fate = store, fate
        self.settings = replace(Settings.from_env({}), queue=queue)
        self.jobs, self.submitted, self.most_waiting = {}, [], 0

    def submit(self, recipe, visitor=""):
        job = LookedAt(recipe)
        job.engine = self
        self.jobs[recipe.key] = job
        self.submitted.append(recipe)
        waiting = sum(job.state == QUEUED for job in self.jobs.values())
        self.most_waiting = max(self.most_waiting, waiting if self.busy() else 0)
        return job

    def busy(self):
        return any(job.state == RUNNING for job in self.jobs.values())

    def end(self, job):
        fate = self.fate(job.recipe)
        if fate == DONE:
            keep(self.store, job.recipe)
        job.message = "the loss became nan" if fate == FAILED else ""
        job.state = fate

    def find(self, key):
        return self.jobs.get(key)

    def cancel(self, key):
        self.jobs[key].state = CANCELLED
        self.jobs[key].finished_event.set()


def test_a_sweep_trains_every_cell_and_the_second_time_none(store):
    engine, seen = StandIn(store), []
    last = run(TINY, engine, seen.append)
    assert (last.done, last.total, last.share, last.failed) == (4, 4, 1.0, ())
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert len(engine.submitted) == 4
    again = run(TINY, engine)
    assert (again.done, len(engine.submitted)) == (4, 4)


def test_what_is_in_the_store_already_is_not_trained_again(store):
    engine = StandIn(store)
    keep(store, TINY.cells()[1].recipe)
    assert run(TINY, engine).done == 4
    assert len(engine.submitted) == 3


def test_a_failing_cell_does_not_stop_the_others(store):
    engine = StandIn(store, fate=lambda recipe: FAILED if recipe.hidden == (8, 4) and recipe.rate == 0 else DONE)
    last = run(TINY, engine)
    assert last.done == 3
    assert last.failed == (("width 8, rate 0", "the loss became nan"),)


def test_a_cell_that_somebody_else_cancels_is_tried_once_more(store):
    fates = itertools.chain([CANCELLED], itertools.repeat(DONE))
    engine = StandIn(store, fate=lambda recipe: next(fates))
    assert run(TINY, engine).done == 4
    assert len(engine.submitted) == 5
    engine = StandIn(store, fate=lambda recipe: CANCELLED)
    other = replace(TINY, epochs=2)
    assert len(run(other, engine).failed) == 4


@pytest.mark.parametrize("queue", [1, 2, 8])
def test_a_place_in_the_queue_is_left_to_visitors(store, queue):
    engine = StandIn(store, queue)
    assert run(TINY, engine).done == 4
    assert engine.most_waiting == (queue > 1)


def test_a_full_queue_is_waited_for(store, monkeypatch):
    engine, full = StandIn(store), itertools.chain([True] * 3, itertools.repeat(False))
    submit = engine.submit

    def sometimes(recipe):
        if next(full):
            raise QueueFull("3 comparisons are already queued")
        return submit(recipe)

    monkeypatch.setattr(engine, "submit", sometimes)
    assert run(TINY, engine).done == 4


def test_stopping_cancels_its_own_jobs_and_leaves_those_of_others(store):
    engine, stop = StandIn(store, fate=lambda recipe: RUNNING), threading.Event()
    others = engine.submit(TINY.cells()[0].recipe)
    others.state = RUNNING

    def submit(recipe, joined=engine.submit):
        return engine.jobs.get(recipe.key) or joined(recipe)

    engine.submit = submit
    last = run(TINY, engine, lambda progress: len(engine.jobs) > 1 and stop.set(), stop)
    states = [job.state for job in engine.jobs.values()]
    assert others.state == RUNNING
    assert states[1:] == [CANCELLED]
    assert last.done == 0


def test_an_exception_cancels_too(store):
    engine = StandIn(store, fate=lambda recipe: RUNNING)

    def interrupt(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(TINY, engine, interrupt)
    assert [job.state for job in engine.jobs.values()] == [CANCELLED]


def wait(running):
    wait_until(lambda: running.finished, "the sweep ends")
    return running


def test_the_same_grid_joins_and_a_visitor_has_one_at_a_time(store):
    engine = StandIn(store, fate=lambda recipe: RUNNING)
    sweeps = Sweeps(engine)
    first = sweeps.start(TINY, "me")
    assert sweeps.start(TINY, "you") is first is sweeps.find(TINY.key)
    others = [replace(TINY, epochs=n) for n in (2, 3)]
    with pytest.raises(Refused, match="you already have a sweep"):
        sweeps.start(others[0], "me")
    second = sweeps.start(others[0], "you")
    with pytest.raises(Refused, match="2 sweeps are already running"):
        sweeps.start(others[1], "they")
    for one in (first, second):
        sweeps.cancel(one.sweep.key)
        assert not wait(one).message
    engine.fate = lambda recipe: DONE
    assert wait(sweeps.start(TINY, "me")).progress.done == 4


def test_too_much_work_is_refused_and_the_registry_is_bounded(store, monkeypatch):
    engine = StandIn(store)
    engine.settings = replace(engine.settings, max_work=TINY.work)
    sweeps = Sweeps(engine)
    with pytest.raises(Refused, match="this host allows"):
        sweeps.start(replace(TINY, epochs=2), "me")
    monkeypatch.setattr(grid_runner, "_REMEMBERED", 1)
    engine.settings = replace(engine.settings, max_work=1e12)
    grids = [replace(TINY, epochs=epochs, rates=(0.0,)) for epochs in (1, 2, 3)]
    for grid in grids:
        wait(sweeps.start(grid, "me"))
    assert [sweeps.find(each.key) is not None for each in grids] == [False, False, True]


def test_an_engine_that_has_closed_ends_the_sweep_in_words(store):
    engine = StandIn(store)

    def closed(recipe):
        raise RuntimeError("cannot schedule new futures after shutdown")

    engine.submit = closed
    assert "after shutdown" in wait(Sweeps(engine).start(TINY, "me")).message
