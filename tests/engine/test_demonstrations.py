"""Tests of demonstrations on real workers: shared by readers, bounded in number, and stopped when all have left."""

from functools import partial

import pytest

from dropout_core.engine import demonstrations
from dropout_core.engine.demonstrations import Audience, Demonstration, Demonstrations
from dropout_core.engine.job import Refused
from tests import tasks
from tests.engines import PATIENCE, running, wait_for

ALL = {("a", 0, epoch, 0.5) for epoch in range(1, tasks.POINTS + 1)}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with running(tmp_path_factory.mktemp("store"), DROPOUT_WORKERS="2") as engine:
        yield engine


@pytest.fixture
def shows(engine):
    """Demonstrations, all of which have ended after the test."""
    shows, started = Demonstrations(engine), []

    def start(name, task, visitor):
        started.append(shows.start(name, task, ["a"], tasks.POINTS, visitor))
        return started[-1]

    yield start
    for each in started:
        each.audience.set()
        wait(each)


def wait(shown: Demonstration) -> Demonstration:
    wait_for(lambda: shown.finished)
    return shown


def test_points_arrive_and_are_complete(shows):
    shown = wait(shows("few", tasks.few, "me"))
    assert shown.complete
    assert not shown.message
    assert set(shown.points()) == ALL


def test_points_arrive_during_the_training_which_ends_when_the_reader_leaves(shows):
    shown = shows("endless", tasks.endless, "me")
    wait_for(shown.points)
    assert not shown.finished
    shown.audience.leave("me")
    wait(shown)
    assert not shown.message
    assert wait(shows("few", tasks.few, "me")).complete  # the workers are free again


def test_it_ends_when_the_readers_page_no_longer_asks(shows, monkeypatch):
    monkeypatch.setattr(demonstrations, "Audience", partial(Audience, 0.2))
    assert not wait(shows("endless", tasks.endless, "me")).message


def test_readers_of_the_same_share_it_until_the_last_one_leaves(shows):
    mine = shows("endless", tasks.endless, "me")
    assert shows("endless", tasks.endless, "you") is mine
    mine.audience.leave("me")
    assert not mine.audience.is_set()
    mine.audience.leave("you")
    assert mine.audience.is_set()
    assert shows("endless", tasks.endless, "me") is not mine


def test_a_reader_who_starts_another_leaves_the_first(shows):
    first = shows("endless", tasks.endless, "me")
    shows("another", tasks.endless, "me")
    assert first.audience.is_set()


def test_few_train_at_the_same_time(shows):
    for visitor in ("a", "b"):
        shows(f"of {visitor}", tasks.endless, visitor)
    with pytest.raises(Refused, match="at the moment; try again in half a minute"):
        shows("of c", tasks.endless, "c")
    assert shows("of a", tasks.endless, "c").name == "of a"
    assert shows("new", tasks.endless, "b").name == "new"  # b leaves its own


def test_a_failure_is_reported(shows):
    shown = wait(shows("failing", tasks.failing, "me"))
    assert shown.message == "FloatingPointError: a diverged"
    assert not shown.complete


def test_a_repeated_run_replaces_its_points():
    shown = Demonstration("any", 2)
    shown.add([("a", 0, 1, 0.5), ("a", 0, 2, 0.4)])
    shown.add([("a", 0, 1, 0.6)])
    assert sorted(shown.points()) == [("a", 0, 1, 0.6), ("a", 0, 2, 0.4)]


def test_an_audience_that_left_stays_away():
    audience = Audience(absent_seconds=PATIENCE)
    audience.note("me")
    assert not audience.is_set()
    audience.leave("me")
    assert audience.is_set()
    audience.note("me")
    assert audience.is_set()
