"""Test the grid, the parsing and the results table of sweeps with a fake engine, and once with the real engine."""

import itertools
import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from dropout_core.cli.main import main
from dropout_core.common.settings import Settings
from dropout_core.engine import grid_runner
from dropout_core.engine.engine import Engine
from dropout_core.engine.grid_runner import Sweeps, run
from dropout_core.engine.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, QueueFull, Refused
from dropout_core.experiments.recipe import RecipeError
from dropout_core.experiments.results import Point, Result
from dropout_core.experiments.sweep import Sweep, SweepError, parse_rates, parse_widths
from dropout_core.storage.store import Store
from dropout_core.topics.rates import findings as reading
from tests.waiting import wait_until

TINY = Sweep(rates=(0.0, 0.5), widths=(8, 4), data="mnist-5k", images=100, epochs=1, seeds=(0, 1))


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(grid_runner, "POLL", 0.005)


def keep(store, recipe, accuracy=lambda rate, seed: 90.0):
    """Save a finished cell in the store, as the engine would."""
    store.start(recipe)
    for one in recipe.runs():
        value = accuracy(one.rate, one.seed)
        point = Point(one.arm, one.seed, 2, 1.0, 0.9, 0.5, 0.6, value, 0.6, value, 0.9, 0.1)
        store.add(recipe, Result(one, [point], {"w": np.zeros(1, np.float32)}, 0.1), {})
    store.finish(recipe.key, DONE)


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


def test_the_grid_is_one_comparison_a_cell_with_the_nets_without_dropout_first():
    cells = TINY.cells()
    assert [(cell.width, cell.rate) for cell in cells] == [(4, 0.0), (8, 0.0), (4, 0.5), (8, 0.5)]
    assert [cell.recipe.hidden for cell in cells] == [(4, 2), (8, 4)] * 2
    assert {cell.recipe.arms for cell in cells} == {("dropout",)}
    assert len({cell.recipe.key for cell in cells}) == 4
    assert Sweep(widths=(2, 3)).cells()[0].recipe.hidden == (2, 2)


def test_the_order_of_rates_and_widths_does_not_matter_and_everything_else_does():
    assert Sweep(rates=(0.5, -0.0), widths=(4, 8), data="mnist-5k", images=100, epochs=1, seeds=(0, 1)).key == TINY.key
    changes = [{"images": 200}, {"epochs": 2}, {"seeds": (0,)}, {"learning_rate": 0.01}, {"rates": (0,)}]
    keys = {replace(TINY, **change).key for change in changes}
    assert len(keys | {TINY.key}) == len(changes) + 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rates": ()}, "rates must be 1 to 20 different"),
        ({"rates": (0.5, 0.5)}, "rates must be 1 to 20 different"),
        ({"rates": (0.99,)}, "rate must be a number from 0 to 0.95"),
        ({"widths": (1,)}, "widths must be whole numbers from 2"),
        ({"widths": (9000,)}, "hidden must be a whole number"),
        ({"widths": tuple(range(2, 11))}, "widths must be 1 to 8"),
        ({"images": 5}, "images must be"),
        ({"seeds": ()}, "seeds must be"),
    ],
)
def test_a_grid_that_cannot_be_run_is_refused_in_words(changes, said):
    with pytest.raises(RecipeError, match=said):
        Sweep(**changes)


def test_rates_and_widths_are_read_from_text():
    assert parse_rates("0:0.8:0.1") == (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    assert parse_rates("0:0.5:0.2") == (0, 0.2, 0.4)
    assert parse_rates("0.3:0.3:1") == (0.3,)
    assert parse_rates("0,0.25") == (0, 0.25)
    assert parse_widths("64,256,1024") == (64, 256, 1024)


@pytest.mark.parametrize("text", ["", "a", "0:1", "0:0.8:0", "0.8:0:0.1", "0:0.8:-1", "0:nan:1", "0:0.9:1e-9", "inf"])
def test_rates_that_cannot_be_read_are_refused(text):
    with pytest.raises(SweepError, match="rates"):
        parse_rates(text)


@pytest.mark.parametrize("text", ["", "64;256", "6.4", "64,"])
def test_widths_that_cannot_be_read_are_refused(text):
    with pytest.raises(SweepError, match="widths look like"):
        parse_widths(text)


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
            raise QueueFull("3 comparisons are waiting already")
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
    with pytest.raises(Refused, match="you have a sweep"):
        sweeps.start(others[0], "me")
    second = sweeps.start(others[0], "you")
    with pytest.raises(Refused, match="2 sweeps are under way"):
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
    for epochs in (1, 2, 3):
        wait(sweeps.start(replace(TINY, epochs=epochs, rates=(0.0,)), "me"))
    assert len(sweeps._sweeps) == 1


def test_an_engine_that_has_closed_ends_the_sweep_in_words(store):
    engine = StandIn(store)

    def closed(recipe):
        raise RuntimeError("cannot schedule new futures after shutdown")

    engine.submit = closed
    assert "after shutdown" in wait(Sweeps(engine).start(TINY, "me")).message


def test_the_table_has_the_cells_that_are_done(store):
    assert reading.summary(reading.measured(TINY, store)).empty
    cell, known = TINY.cells()[3].recipe, {}
    keep(store, cell, lambda rate, seed: 90.0 + seed)
    found = reading.summary(reading.measured(TINY, store))
    assert found[["width", "rate", "seeds", "accuracy", "loss"]].to_numpy().tolist() == [[8, 0.5, 2, 90.5, 0.6]]
    assert found["low"][0] < 90 < 91 < found["high"][0]
    assert found["sd"][0] == pytest.approx(0.5**0.5)
    first = reading.measured(TINY, store, known)
    assert list(known) == [cell.key]
    known[cell.key] = known[cell.key].assign(accuracy=1.0)
    assert set(reading.measured(TINY, store, known)["accuracy"]) == {1.0}
    assert first["accuracy"].tolist() == [90, 91]


@pytest.mark.slow
def test_the_command_trains_the_grid_and_resumes(tmp_path, monkeypatch, capsys):
    for name, value in {"STORE": tmp_path / "store", "CACHE_DIR": tmp_path, "DOWNLOAD": "0", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"DROPOUT_{name}", str(value))
    monkeypatch.delenv("DROPOUT_DATA_DIR", raising=False)
    flags = ["--rates", "0,0.5", "--widths", "4,8", "--seeds", "2", "--images", "100", "--epochs", "1"]
    assert main(["sweep", *flags]) == 0
    assert "* best of its width" in capsys.readouterr().out
    monkeypatch.setattr("dropout_core.engine.engine.Engine.submit", lambda *_: pytest.fail("trained again"))
    assert main(["sweep", *flags, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [cell["seeds"] for cell in found["cells"]] == [2] * 4
    assert {column: len(bests) for column, bests in found["best"].items()} == {"accuracy": 2, "loss": 2}
    assert set(found["verdict"]) == {"accuracy", "loss"}
    assert main(["sweep", "--rates", "many"]) == 1
    assert "rates look like" in capsys.readouterr().err
