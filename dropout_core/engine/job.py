"""A comparison submitted for training, with its state, points and progress, and the errors that prevent training."""

import logging
import threading
import uuid
from contextlib import ExitStack
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
READ_ONLY = "this host only shows stored results; run the app on your own machine to train"
_NEEDED = ("torch", "scipy", "cryptography")
NOT_INSTALLED = (
    "training needs PyTorch, SciPy and cryptography: run `pip install torch torchvision scipy cryptography`, "
    "then restart the app"
)


class EngineError(UserError):
    """Training cannot start or continue on this host. The message gives the reason and a remedy."""


class Refused(UserError):
    """This host does not accept this comparison, at least for now. The message names the limit exceeded."""


class QueueFull(Refused):
    """Too many comparisons are waiting; try again later."""


def obstacle(settings: Settings) -> str | None:
    """Return the reason why this host cannot train, or None if it can.

    With an external cluster, this host needs no further packages.
    """
    if settings.read_only:
        return READ_ONLY
    return None if settings.scheduler or all(map(find_spec, _NEEDED)) else NOT_INSTALLED


@dataclass
class Job:
    """A comparison submitted for training. The engine writes all fields; any thread may read them at any time.

    queue_place, visitor_place  closed when the job starts or ends, to give back what all servers share
    """

    recipe: Recipe
    visitor: str = ""
    queue_place: ExitStack = field(default_factory=ExitStack, repr=False)
    visitor_place: ExitStack = field(default_factory=ExitStack, repr=False)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = QUEUED
    message: str = ""
    submitted: float = field(default_factory=monotonic)
    started: float | None = None
    first_point: float | None = None
    ended: float | None = None
    known: float = 0.0  # fraction of the steps that an earlier attempt completed
    claimed: bool = False  # True once a thread has started the job, or if the job was cancelled before that
    stop: threading.Event = field(default_factory=threading.Event)
    finished_event: threading.Event = field(default_factory=threading.Event)
    _seconds_left: float | None = None
    _points: dict[tuple[str, int, int], Point] = field(default_factory=dict)
    _last_steps: dict[tuple[str, int], int] = field(default_factory=dict)  # keyed by arm and seed

    @property
    def finished(self) -> bool:
        """Whether the job is done, cancelled or failed."""
        return self.state in (DONE, CANCELLED, FAILED)

    def add(self, point: Point) -> None:
        """Add a point. If a run is repeated after a fault, new points replace earlier points at the same steps."""
        self.first_point = self.first_point or monotonic()
        run = point.arm, point.seed
        self._points[*run, point.step] = point
        self._last_steps[run] = max(point.step, self._last_steps.get(run, 0))
        self._estimate()

    def points(self) -> pd.DataFrame:
        """Return all points so far, one point per row and one column per field of Point."""
        return frame(list(self._points.values()))

    def progress(self) -> float:
        """Return the completed fraction of all steps, from 0 to 1."""
        total = self.recipe.steps_per_epoch * self.recipe.epochs * len(self.recipe.runs())
        return sum(list(self._last_steps.values())) / total

    def count_known(self) -> None:
        """Attribute all points so far to an earlier attempt."""
        self.known, self._seconds_left = self.progress(), None

    def fresh(self) -> float:
        """Return the completed fraction of this attempt's steps, from 0 to 1."""
        return (self.progress() - self.known) / (1 - self.known) if self.known < 1 else 1.0

    def seconds_left(self) -> float | None:
        """Estimate the remaining seconds from this attempt's average speed. Returns None before the first point.

        The estimate never grows, since the remaining work never grows.
        """
        return self._seconds_left

    def _estimate(self) -> None:
        share = self.fresh()
        if self.started is not None and share > 0:
            self._seconds_left = shortest(self._seconds_left, (monotonic() - self.started) * (1 - share) / share)


def shortest(earlier: float | None, now: float | None) -> float | None:
    """Return the shorter of two estimates of the time left, since the remaining work never grows.

    Returns the later estimate if either is missing.
    """
    return now if earlier is None or now is None else min(earlier, now)


def log_event(job: Job, event: str, seconds: float = 0.0) -> None:
    """Log an event in the job's life cycle, without naming the visitor.

    seconds  the job's time in the queue (if the event is "started"), or the job's duration (when it ends)
    """
    key, failed = job.recipe.key, event == FAILED
    text = f"job {key} {event}" + (f" after {seconds:.1f} s" if seconds else "") + (f": {job.message}" * failed)
    fields = {"event": event, "key": key, "seconds": round(seconds, 3)}
    log.log(logging.WARNING if failed else logging.INFO, "%s", text, exc_info=failed, extra=fields)
