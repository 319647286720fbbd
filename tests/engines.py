"""What the tests of the engine share: one with warm workers and a store of its own, and waiting for what it does."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import Job
from dropout_core.storage.store import Store
from tests.waiting import wait_until


@contextmanager
def running(folder: Path, **env: str) -> Iterator[Engine]:
    """An engine set up by these environment variables, its workers warm, its store in the folder."""
    with closing(Store(folder)) as store, closing(Engine(store, Settings.from_env(env))) as engine:
        engine.warm().result(timeout=120)
        yield engine


def wait(job: Job, seconds: float = 60) -> Job:
    """The job, once it has finished."""
    assert job.finished_event.wait(seconds), job
    return job


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until the condition holds."""
    wait_until(condition, "what the test waits for", seconds)


def numbers(points: pd.DataFrame) -> pd.DataFrame:
    """What a repetition must give again: all but the time it took."""
    return points.drop(columns="seconds")
