"""Test that a job's estimated time left depends on its speed, and never grows."""

from dropout_core.engine import job as jobs
from dropout_core.engine.grid_runner import Progress, Running
from dropout_core.engine.job import Job
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import COLUMNS, Point
from dropout_core.experiments.sweep import Sweep

RECIPE = Recipe(images=640, epochs=10, seeds=(0,))  # 100 steps in each of two runs


def point(arm: str, step: int) -> Point:
    return Point(**dict.fromkeys(COLUMNS, 0.0) | {"arm": arm, "seed": 0, "step": step})


def test_the_time_left_never_grows_while_no_point_arrives_or_training_slows_down(monkeypatch):
    now, job = 100.0, Job(RECIPE)
    monkeypatch.setattr(jobs, "monotonic", lambda: now)
    job.started = now
    assert job.seconds_left() is None
    left = []
    for seconds, arm, step in ((10, "no dropout", 50), (10, "dropout", 50), (30, "dropout", 60), (30, "dropout", 100)):
        now += seconds
        left.append(job.seconds_left())
        job.add(point(arm, step))
        left.append(job.seconds_left())
    assert left == [None, 30.0, 30.0, 20.0, 20.0, 20.0, 20.0, 20.0]
    now += 10
    job.add(point("no dropout", 100))
    assert job.seconds_left() == 0


def test_an_earlier_attempt_s_points_do_not_count_as_speed(monkeypatch):
    now, job = 100.0, Job(RECIPE)
    monkeypatch.setattr(jobs, "monotonic", lambda: now)
    job.started = now
    job.add(point("no dropout", 100))
    job.count_known()
    assert job.seconds_left() is None
    now += 10
    job.add(point("dropout", 25))
    assert job.seconds_left() == 30


def test_the_time_that_a_grid_has_left_never_grows():
    running, shown = Running(Sweep(), "visitor"), []
    for seconds in (None, 90.0, 60.0, 80.0, None, 10.0):
        running._note(Progress(0, 4, seconds_left=seconds))
        shown.append(running.progress.seconds_left)
    assert shown == [None, 90.0, 60.0, 60.0, None, 10.0]
