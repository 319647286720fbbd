"""Trains the missing cells of a grid: submits them to the engine one by one, and leaves room for other jobs.

Each finished cell is in the store, so an interrupted grid continues where it stopped, whoever starts it again.
"""

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import pandas as pd

from dropout_core.engine.engine import Engine
from dropout_core.engine.job import CANCELLED, DONE, QUEUED, Job, QueueFull, Refused, obstacle
from dropout_core.experiments.catalogue import Experiment, Trial
from dropout_core.experiments.recipe import Recipe, weight_count
from dropout_core.experiments.sweep import Cell, Sweep

Grid = Sweep | Experiment

log = logging.getLogger(__name__)

POLL = 0.1  # seconds between two looks at the jobs
_RETRY_SECONDS = 1.0  # after the queue was full
_OVERHEAD = 40_000  # fixed cost of a training step, as a number of weights
_AT_ONCE, _REMEMBERED = 2, 16  # grids per server that may run together, and that are remembered
_CANCEL_SECONDS = 10


@dataclass(frozen=True)
class Progress:
    """Progress of a grid.

    share   of the work that is done, from 0 to 1, including cells under way
    failed  label and message of each failed cell
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
    """Train the cells that the store lacks, until all are done or failed, or stop is set. Returns the last progress.

    On stop, and on any exception, cancels its own jobs, but not those that others started. Raises StoreError if the
    store cannot be read, Refused if this host trains nothing.
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
    """The cells of one grid: waiting here, under way in the engine, trained, or failed."""

    def __init__(self, sweep: Grid, engine: Engine) -> None:
        self.engine, self.cells = engine, sweep.cells()
        stored = set(engine.store.keys())
        self.waiting = deque(cell for cell in self.cells if cell.recipe.key not in stored)
        self.under_way: list[tuple[Cell | Trial, Job, bool]] = []  # last: whether this grid started the job
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
        """Collect the jobs that have ended, and submit the next cell if there is room."""
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
        elif job.state == CANCELLED and not self.cancelled[cell]:  # by somebody else: try once more
            self.cancelled[cell] += 1
            self.waiting.append(cell)
        else:
            self.failed[cell] = job.message or job.state

    def _room(self) -> bool:
        """Whether the queue has room: at most one cell waits in it, and none if that would fill it."""
        if any(job.state == QUEUED for _, job, _ in self.under_way):
            return False
        return self.engine.settings.queue > 1 or not self.under_way

    def _feed(self) -> None:
        cell = self.waiting[0]
        if cell.recipe.key in set(self.engine.store.keys()):  # another grid has trained it meanwhile
            self.stored += 1
            self.waiting.popleft()
            return
        before = self.engine.find(cell.recipe.key)
        try:
            job = self.engine.submit(cell.recipe)
        except QueueFull:
            self.again = monotonic() + _RETRY_SECONDS
            return
        self.under_way.append((cell, job, job is not before))
        self.waiting.popleft()

    def cancel(self) -> None:
        """Cancel this grid's own jobs, and wait until they have ended, so that they can be submitted again."""
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
    """Relative training time of a recipe: (weights + overhead) × images × epochs × runs."""
    return (weight_count(recipe.hidden) + _OVERHEAD) * recipe.images * recipe.epochs * len(recipe.runs())


@dataclass
class Running:
    """A grid under way on this server, shared by all visitors with the same settings.

    message  why it was aborted, or ""
    """

    sweep: Grid
    visitor: str
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = Progress(0, 0)
    message: str = ""
    finished: bool = False

    def feed(self, engine: Engine) -> None:
        """Run the grid in the current thread; an error ends up in message."""
        try:
            run(self.sweep, engine, self._note, self.stop)
        except Exception as error:
            log.warning("sweep %s was aborted: %s", self.sweep.key, error, extra={"key": self.sweep.key})
            self.message = str(error)
        finally:
            self.finished = True

    def _note(self, progress: Progress) -> None:
        self.progress = progress


class Sweeps:
    """The grids of this server by key, running or finished; each running grid has its own daemon thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.known: dict[str, pd.DataFrame] = {}  # see topics.rates.findings.measured
        self._sweeps: OrderedDict[str, Running] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: str) -> Running | None:
        """The latest run of the grid with this key, if it is still remembered."""
        return self._sweeps.get(key)

    def start(self, sweep: Grid, visitor: str) -> Running:
        """The run of this grid: the one under way, or a new one. Raises Refused if it exceeds the host's limits."""
        with self._lock:
            running = self._sweeps.get(sweep.key)
            if running is not None and not running.finished and not running.stop.is_set():
                return running
            self._check_limits(sweep, visitor)
            running = Running(sweep, visitor, progress=Progress(0, len(sweep.cells())))
            self._sweeps[sweep.key] = running
            self._sweeps.move_to_end(sweep.key)
            self._forget_old()
        threading.Thread(target=running.feed, args=(self.engine,), name=f"sweep-{sweep.key}", daemon=True).start()
        return running

    def cancel(self, key: str) -> None:
        """Stop this grid; finished cells stay in the store."""
        if (running := self._sweeps.get(key)) is not None:
            running.stop.set()

    def _check_limits(self, sweep: Grid, visitor: str) -> None:
        if (reason := obstacle(self.engine.settings)) is not None:
            raise Refused(reason)
        running = [other for other in self._sweeps.values() if not other.finished]
        if any(other.visitor == visitor for other in running):
            raise Refused("you have a sweep under way; wait for it, or cancel it")
        if len(running) >= _AT_ONCE:
            raise Refused(f"{_AT_ONCE} sweeps are under way already; try again in a minute")
        if sweep.work > self.engine.settings.max_work:
            raise Refused(
                f"images × epochs × runs × width is {sweep.work:.2g} for all cells, and this host allows "
                f"{self.engine.settings.max_work:.2g}; choose less of one of them, or use the command line at home"
            )

    def _forget_old(self) -> None:
        finished = [key for key, running in self._sweeps.items() if running.finished]
        for key in finished[: max(0, len(self._sweeps) - _REMEMBERED)]:
            del self._sweeps[key]
