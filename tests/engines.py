"""Helpers for engine tests, which start an engine with warm workers and its own store, and wait for its jobs."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import Job
from dropout_core.storage.store import Store
from tests.waiting import wait_until

PATIENCE = 120  # in seconds; generous, because the machine may be busy


@contextmanager
def running(folder: Path, **env: str) -> Iterator[Engine]:
    """Run an engine with these environment variables and a store in this folder. Waits for its workers to start."""
    with closing(Store(folder)) as store, closing(Engine(store, Settings.from_env(env))) as engine:
        engine.warm().result(timeout=PATIENCE)
        yield engine


def wait(job: Job, seconds: float = PATIENCE) -> Job:
    """Wait until the job has finished, and return it."""
    assert job.finished_event.wait(seconds), job
    return job


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until the condition holds."""
    wait_until(condition, "what the test waits for", seconds)


def numbers(points: pd.DataFrame) -> pd.DataFrame:
    """Select the columns that a repeated run must reproduce: all except the time."""
    return points.drop(columns="seconds")
