"""Writes a job's results to the store, reads those of earlier attempts, and says why a job failed."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from dropout_core.common.errors import UserError, first_line
from dropout_core.engine.job import Job
from dropout_core.experiments.recipe import Run
from dropout_core.experiments.results import Point
from dropout_core.storage.store import Store, StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")


def write(job: Job, action: Callable[[], T], failing: str = "This result was not saved") -> T | None:
    """Write to the store. If that fails (for example because the disk is full), the job continues with a message.

    failing  the beginning of that message, followed by the reason
    """
    try:
        return action()
    except StoreError as error:
        log.warning("job %s: %s: %s", job.recipe.key, failing, error, extra={"key": job.recipe.key})
        job.message = f"{failing}: {error}."
        return None


def add_earlier_runs(job: Job, store: Store) -> set[Run]:
    """Return the runs finished by an earlier, interrupted attempt, and add the points of these runs to the job."""
    earlier = store.get(job.recipe.key)
    if earlier is None:
        return set()
    for row in earlier.points.to_dict("records"):
        values: dict[str, Any] = {str(name): None if value != value else value for name, value in row.items()}
        job.add(Point(**values))
    return set(job.recipe.runs()) - set(earlier.missing)


def reason(error: BaseException) -> str:
    """Return the error message as one line, preceded by the error's type unless the message is written for users."""
    text = first_line(error)
    return text if isinstance(error, UserError) and text else f"{type(error).__name__}: {text}"
