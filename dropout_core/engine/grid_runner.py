"""Trains the missing cells of a grid by submitting them to the engine one by one, leaving room for other jobs.

Finished cells are kept in the store, so anyone who starts an interrupted grid again continues where it stopped.
"""

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from time import monotonic

import pandas as pd

from dropout_core.engine.engine import Engine
from dropout_core.engine.job import CANCELLED, DONE, QUEUED, EngineError, Job, QueueFull, Refused, obstacle, shortest
from dropout_core.engine.limits import sweep_limit, visitor_sweep_limit
from dropout_core.experiments.experiment import Experiment, Trial
from dropout_core.experiments.layers import weight_count
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.sweep import Cell, Sweep

Grid = Sweep | Experiment

log = logging.getLogger(__name__)

POLL = 0.1  # polling interval for the jobs, in seconds
_RETRY_SECONDS = 1.0  # delay before submitting again when the queue is full
_OVERHEAD = 40_000  # fixed cost of a training step, expressed as a number of weights
_REMEMBERED = 16  # maximum number of grids that a server keeps in memory
_CANCEL_SECONDS = 10


@dataclass(frozen=True)
class Progress:
    """Progress of a grid.

    share   completed fraction of the work, from 0 to 1, including partly trained cells
    failed  label and error message of each failed cell
    """

    done: int
    total: int
    share: float = 0.0
    seconds_left: float | None = None
    failed: tuple[tuple[str, str], ...] = ()


def run(
    sweep: Grid,
    engine: Engine,
    on_progress: Callable[[Progress], object] = lambda progress: None,
    stop: threading.Event | None = None,
) -> Progress:
    """Train the cells missing from the store until all have ended or `stop` is set. Returns the final progress.

    If `stop` is set or an exception is raised, the jobs that this grid started are cancelled, but no other jobs.
    Raises StoreError if the store cannot be read, and Refused if this host does not train.
    """
    stop, feeder = stop or threading.Event(), _Feeder(sweep, engine)
    try:
        while feeder.unfinished and not stop.is_set():
            feeder.step()
            on_progress(feeder.progress())
            stop.wait(POLL)
    finally:
        feeder.cancel()
    on_progress(feeder.progress())
    return feeder.progress()


class _Feeder:
    """Submits the cells of one grid and records which cells are waiting, submitted, trained or failed."""

    def __init__(self, sweep: Grid, engine: Engine) -> None:
        self.engine, self.cells = engine, sweep.cells()
        stored = set(engine.store.keys())
        self.waiting = deque(cell for cell in self.cells if cell.recipe.key not in stored)
        self.under_way: list[tuple[Cell | Trial, Job, bool]] = []  # the bool is True if this grid started the job
        self.failed: dict[Cell | Trial, str] = {}
        self.trained: list[Cell | Trial] = []
        self.cancelled: Counter = Counter()
        self.stored = len(self.cells) - len(self.waiting)
        self.began: float | None = None
        self.again = 0.0

    @property
    def unfinished(self) -> bool:
        return bool(self.waiting or self.under_way)

    def step(self) -> None:
        """Collect the jobs that have ended, and submit the next cell if the queue has room."""
        for entry in [entry for entry in self.under_way if entry[1].finished]:
            self.under_way.remove(entry)
            self._take(entry[0], entry[1])
        if self.began is None and any(job.first_point for _, job, _ in self.under_way):
            self.began = monotonic()
        if self.waiting and self._room() and monotonic() >= self.again:
            self._feed()

    def _take(self, cell: Cell | Trial, job: Job) -> None:
        if job.state == DONE and not job.message:
            self.trained.append(cell)
        elif job.state == CANCELLED and not self.cancelled[cell]:  # cancelled by another visitor: resubmit once
            self.cancelled[cell] += 1
            self.waiting.append(cell)
        else:
            self.failed[cell] = job.message or job.state

    def _room(self) -> bool:
        """Whether to submit the next cell. At most one cell may be queued, and only if it leaves room in the queue."""
        if any(job.state == QUEUED for _, job, _ in self.under_way):
            return False
        return self.engine.settings.queue > 1 or not self.under_way

    def _feed(self) -> None:
        cell = self.waiting[0]
        if cell.recipe.key in set(self.engine.store.keys()):  # another grid has trained this cell in the meantime
            self.stored += 1
            self.waiting.popleft()
            return
        before = self.engine.find(cell.recipe.key)
        try:
            job = self.engine.submit(cell.recipe)
        except QueueFull:
            self.again = monotonic() + _RETRY_SECONDS
            return
        except EngineError as error:  # the scheduler does not answer
            self.failed[cell] = str(error)
            self.waiting.popleft()
            return
        self.under_way.append((cell, job, job is not before))
        self.waiting.popleft()

    def cancel(self) -> None:
        """Cancel the jobs that this grid started, and wait until they have ended and can be submitted again."""
        own_jobs = [job for _, job, own in self.under_way if own and not job.finished]
        for job in own_jobs:
            self.engine.cancel(job.recipe.key)
        end = monotonic() + _CANCEL_SECONDS
        for job in own_jobs:
            job.finished_event.wait(max(0.0, end - monotonic()))

    def progress(self) -> Progress:
        ours = sum(cost(cell.recipe) for cell in self.trained)
        ours += sum(cost(cell.recipe) * job.progress() for cell, job, _ in self.under_way)
        left = sum(cost(cell.recipe) * (1 - job.progress()) for cell, job, _ in self.under_way)
        left += sum(cost(cell.recipe) for cell in self.waiting)
        total = sum(cost(cell.recipe) for cell in self.cells)
        seconds = (monotonic() - self.began) * left / ours if self.began is not None and ours else None
        failed = tuple((cell.label, message) for cell, message in self.failed.items())
        done = self.stored + len(self.trained)
        return Progress(done, len(self.cells), max(0.0, 1 - left / total), seconds, failed)


def cost(recipe: Recipe) -> float:
    """Estimate a recipe's training time, in arbitrary units, as (weights + overhead) × images × epochs × runs."""
    return (weight_count(recipe.hidden) + _OVERHEAD) * recipe.images * recipe.epochs * len(recipe.runs())


@dataclass
class Running:
    """A grid being trained on this server, shared by all visitors who choose the same settings.

    message  the reason why the grid was aborted; "" if it was not
    places   closed when the grid ends, to give back what all servers share
    """

    sweep: Grid
    visitor: str
    places: ExitStack = field(default_factory=ExitStack, repr=False)
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = Progress(0, 0)
    message: str = ""
    finished: bool = False

    def feed(self, engine: Engine) -> None:
        """Train the grid in the current thread, and store the text of any error in `message`."""
        try:
            run(self.sweep, engine, self._note, self.stop)
        except Exception as error:
            log.warning("sweep %s was aborted: %s", self.sweep.key, error, extra={"key": self.sweep.key})
            self.message = str(error)
        finally:
            self.places.close()
            self.finished = True

    def _note(self, progress: Progress) -> None:
        """Store the progress. The estimated time left never grows."""
        left = shortest(self.progress.seconds_left, progress.seconds_left)
        self.progress = replace(progress, seconds_left=left)


class Sweeps:
    """This server's running and finished grids, by key. Each running grid has its own daemon thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.known: dict[str, pd.DataFrame] = {}  # see topics.rates.findings.measured
        self._sweeps: OrderedDict[str, Running] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> Running | None:
        """Return the latest run of the grid with this key, or None if it is no longer in memory."""
        return self._sweeps.get(key)

    def start(self, sweep: Grid, visitor: str) -> Running:
        """Return the current run of this grid, or start a new one. Raises Refused if that exceeds the host's limits."""
        with self._lock:
            running = self._sweeps.get(sweep.key)
            if running is not None and not running.finished and not running.stop.is_set():
                return running
            self._check_limits(sweep, visitor)
            places = self.engine.take_places(visitor_sweep_limit(visitor), sweep_limit())
            running = Running(sweep, visitor, places, progress=Progress(0, len(sweep.cells())))
            self._sweeps[sweep.key] = running
            self._sweeps.move_to_end(sweep.key)
            self._forget_old()
        threading.Thread(target=running.feed, args=(self.engine,), name=f"sweep-{sweep.key}", daemon=True).start()
        return running

    def cancel(self, key: str) -> None:
        """Stop the grid with this key; finished cells stay in the store."""
        if (running := self._sweeps.get(key)) is not None:
            running.stop.set()

    def _check_limits(self, sweep: Grid, visitor: str) -> None:
        if (reason := obstacle(self.engine.settings)) is not None:
            raise Refused(reason)
        running = [other for other in self._sweeps.values() if not other.finished]
        if any(other.visitor == visitor for other in running):
            raise visitor_sweep_limit(visitor).error
        if len(running) >= sweep_limit().most:
            raise sweep_limit().error
        if sweep.work > self.engine.settings.max_work:
            raise Refused(
                f"images × epochs × runs × width is {sweep.work:.2g} for all cells, but this host allows at most "
                f"{self.engine.settings.max_work:.2g}; reduce one of these, or train on your own machine"
            )

    def _forget_old(self) -> None:
        finished = [key for key, running in self._sweeps.items() if running.finished]
        for key in finished[: max(0, len(self._sweeps) - _REMEMBERED)]:
            del self._sweeps[key]
