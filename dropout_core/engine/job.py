"""One comparison on its way: its state, its points as they come, how far it is; and why one may be refused."""

import logging
import threading
import uuid
from dataclasses import dataclass, field
from importlib.util import find_spec
from time import monotonic

import pandas as pd

from dropout_core.common.errors import UserError
from dropout_core.common.settings import Settings
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.result_tables import frame
from dropout_core.experiments.results import Point
from dropout_core.storage import store as stored

log = logging.getLogger(__name__)

QUEUED, RUNNING, DONE, CANCELLED, FAILED = "queued", stored.RUNNING, stored.DONE, stored.CANCELLED, stored.FAILED
READ_ONLY = "this host shows stored results only; run the app on your own machine to train"
NO_TORCH = "training needs PyTorch: run `pip install torch torchvision`, then start the app again"


def obstacle(settings: Settings) -> str | None:
    """Why this host trains nothing, or None if it trains. The workers of a given Dask cluster have their own PyTorch."""
    if settings.read_only:
        return READ_ONLY
    return None if settings.scheduler or find_spec("torch") else NO_TORCH


class EngineError(UserError):
    """Training cannot start or go on here; the message says why and what to do."""


class Refused(UserError):
    """This comparison may not be started now, or not at all, on this host; the message names the limit."""


class QueueFull(Refused):
    """As many comparisons are waiting as may wait; try again later."""


@dataclass
class Job:
    """One comparison on its way. Everything here is written by the engine and may be read at any time."""

    recipe: Recipe
    visitor: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = QUEUED
    message: str = ""
    started: float | None = None
    first_point: float | None = None
    submitted: float = field(default_factory=monotonic)
    ended: float | None = None
    known: float = 0.0  # the share of its steps that an earlier attempt had done
    taken: bool = False  # by whoever runs it, or ends it before it runs
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)  # once it is finished
    _points: dict[tuple[str, int, int], Point] = field(default_factory=dict)
    _reached: dict[tuple[str, int], int] = field(default_factory=dict)  # by (arm, seed): its last step

    @property
    def finished(self) -> bool:
        """True once nothing more will happen to it."""
        return self.state in (DONE, CANCELLED, FAILED)

    def add(self, point: Point) -> None:
        """Keep a point; a run that is repeated after a fault gives the same points again."""
        self.first_point = self.first_point or monotonic()
        run = point.arm, point.seed
        self._points[*run, point.step] = point
        self._reached[run] = max(point.step, self._reached.get(run, 0))

    def points(self) -> pd.DataFrame:
        """All points so far, a row each, with the columns of history.Point."""
        return frame(list(self._points.values()))

    def progress(self) -> float:
        """The share of all steps that is done, 0 to 1."""
        total = self.recipe.steps_per_epoch * self.recipe.epochs * len(self.recipe.runs())
        return sum(list(self._reached.values())) / total

    def fresh(self) -> float:
        """The share that is done of what this attempt has to do, 0 to 1."""
        return (self.progress() - self.known) / (1 - self.known) if self.known < 1 else 1.0

    def seconds_left(self) -> float | None:
        """Seconds to the end at this attempt's pace so far; None before its first point."""
        share = self.fresh()
        if self.started is None or share <= 0:
            return None
        return (monotonic() - self.started) * (1 - share) / share


def tell(job: Job, event: str, seconds: float = 0.0) -> None:
    """Log an event of the job, and nothing of who asked for it. seconds: it waited ("started"), or took (its end)."""
    key, failed = job.recipe.key, event == FAILED
    text = f"job {key} {event}" + (f" after {seconds:.1f} s" if seconds else "") + (f": {job.message}" * failed)
    more = {"event": event, "key": key, "seconds": round(seconds, 3)}
    log.log(logging.WARNING if failed else logging.INFO, "%s", text, exc_info=failed, extra=more)
