"""One engine for all training: submit a recipe, follow it, cancel it. Runs on Dask, its own cluster or a given one.

Identical requests join the running job; the queue is bounded; this process alone writes the store.
"""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

import pandas as pd
from distributed import Client, LocalCluster
from distributed.security import Security

from . import store as stored
from . import work
from .background import Lanes, in_background
from .history import Point, Result, frame
from .recipe import Recipe, Run
from .settings import Settings
from .store import Store, StoreError

log = logging.getLogger(__name__)

QUEUED, RUNNING, DONE, CANCELLED, FAILED = "queued", stored.RUNNING, stored.DONE, stored.CANCELLED, stored.FAILED
_CLOSE_SECONDS = 10  # that running jobs have to end in, once cancelled
_LOOK = 0.01  # seconds between two looks at the workers' tasks
_REMEMBERED = 32  # finished jobs kept in memory; the store has the rest
READ_ONLY = "this host shows stored results only; run the app on your own machine to train"


class Refused(RuntimeError):
    """This comparison may not be started now, or not at all, on this host; the message names the limit."""


class QueueFull(Refused):
    """As many comparisons are waiting as may wait; try again later."""


class EngineError(RuntimeError):
    """Training cannot start here; the message says why and what to do."""


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
    device: str = ""
    data: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    _points: dict[tuple[str, int, int], Point] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """True once nothing more will happen to it."""
        return self.state in (DONE, CANCELLED, FAILED)

    def add(self, point: Point) -> None:
        """Keep a point; a run that is repeated after a fault gives the same points again."""
        self.first_point = self.first_point or monotonic()
        self._points[point.arm, point.seed, point.step] = point

    def points(self) -> pd.DataFrame:
        """All points so far, a row each, with the columns of history.Point."""
        return frame(list(self._points.values()))

    def progress(self) -> float:
        """The share of all steps that is done, 0 to 1."""
        total = self.recipe.steps_per_epoch * self.recipe.epochs * len(self.recipe.runs())
        reached: dict[tuple[str, int], int] = {}
        for arm, seed, step in list(self._points):
            reached[arm, seed] = max(step, reached.get((arm, seed), 0))
        return sum(reached.values()) / total

    def seconds_left(self) -> float | None:
        """Seconds to the end at the pace so far; None before the first point."""
        share = self.progress()
        if self.started is None or not share:
            return None
        return (monotonic() - self.started) * (1 - share) / share


class Engine:
    """Runs comparisons one after the other on all workers. Starts its cluster when it is first needed, or by warm()."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock, self._client_lock = threading.Lock(), threading.Lock()
        self._lanes = Lanes(max(1, settings.workers // 2), "dropout-job")
        self._closed = False
        self._client: Client | None = None
        self._cluster: LocalCluster | None = None
        self._topic = f"dropout-{uuid.uuid4().hex}"
        self._description: dict[str, str] = {}

    def warm(self) -> Future:
        """Start the cluster in the background and have every worker import torch; the future ends when that is done.

        A host that only shows stored results starts none.
        """
        return in_background(self._warm, "dropout-warm")

    def describe(self) -> dict[str, str]:
        """Device, hardware and data of the workers, once one has told: empty before."""
        return dict(self._description)

    def submit(self, recipe: Recipe, visitor: str = "") -> Job:
        """The job that makes this comparison: the one already under way, or a new one.

        visitor  whose limits apply; none for "" (the command line). Raises Refused, QueueFull among them.
        """
        if self._closed:
            raise EngineError("the server is stopping")
        with self._lock:
            job = self._jobs.get(recipe.key)
            if job is not None and not job.finished and not job.stop.is_set():
                return job
            self._check_limits(recipe, visitor)
            job = Job(recipe, visitor)
            self._jobs[recipe.key] = job
            self._jobs.move_to_end(recipe.key)
            self._forget_old()
        _tell(job, QUEUED)
        self._lanes.put(partial(self._run, job))
        return job

    def find(self, key: str) -> Job | None:
        """The latest job of this recipe's key, if it is still remembered."""
        return self._jobs.get(key)

    def place(self, job: Job) -> int:
        """How many jobs will start before this queued one; 0 if it is next or has started."""
        with self._lock:
            waiting = [other.id for other in self._jobs.values() if other.state == QUEUED]
        return waiting.index(job.id) if job.id in waiting else 0

    def cancel(self, key: str) -> None:
        """Stop the job of this key: at once if it waits, before its workers' next step if it runs."""
        job = self._jobs.get(key)
        if job is None or job.finished:
            return
        job.stop.set()
        if self._client is not None:
            self._client.run(work.cancel, job.id, on_error="ignore")

    def close(self) -> None:
        """Cancel what runs and stop the cluster, if it is this engine's own."""
        self._closed = True
        for key in list(self._jobs):
            self.cancel(key)
        self._lanes.close(_CLOSE_SECONDS)
        self._disconnect()

    def _check_limits(self, recipe: Recipe, visitor: str) -> None:
        s, unfinished = self.settings, [job for job in self._jobs.values() if not job.finished]
        if s.read_only:
            raise Refused(READ_ONLY)
        if sum(job.state == QUEUED for job in unfinished) >= s.queue:
            raise QueueFull(f"{s.queue} comparisons are waiting already; try again in a minute")
        if not visitor:
            return
        if sum(job.visitor == visitor for job in unfinished) >= s.per_visitor:
            raise Refused(f"you have {s.per_visitor} comparisons under way; wait for one, or cancel it")
        if recipe.work > s.max_work:
            raise Refused(
                f"images × epochs × runs × width is {recipe.work:.2g} here, and this host allows {s.max_work:.2g}; "
                "choose less of one of them, or run the app on your own machine"
            )

    def _run(self, job: Job) -> None:
        try:
            if not job.stop.is_set():
                self._train(job)
            self._end(job, CANCELLED if job.stop.is_set() else DONE)
        except Exception as error:  # whatever happened is said on the page, and the next job must still run
            self._end(job, CANCELLED if job.stop.is_set() else FAILED, _sentence(error))

    def _train(self, job: Job) -> None:
        client = self._connect()
        job.started, job.state = monotonic(), RUNNING
        _tell(job, "started", job.started - job.submitted)
        before = self._known(job) if self._store(job, self.store.start, job.recipe) else set()
        for results, provenance in self._results(client, job, [r for r in job.recipe.runs() if r not in before]):
            job.device = provenance.get("device", job.device)
            for result in results:
                for point in result.points:
                    job.add(point)
                self._store(job, self.store.add, job.recipe, result, provenance | {"data": job.recipe.data})

    def _known(self, job: Job) -> set[Run]:
        """Runs of this comparison that an earlier, interrupted attempt finished; their points are shown again."""
        found = self.store.get(job.recipe.key)
        if found is None:
            return set()
        for values in found.points.to_dict("records"):
            job.add(Point(**{name: None if value != value else value for name, value in values.items()}))
        return set(job.recipe.runs()) - set(found.missing)

    def _results(self, client: Client, job: Job, runs: list[Run]) -> Iterator[tuple[list[Result], dict[str, str]]]:
        """What the workers return, in the order they finish. On a GPU one task trains all runs, else one each."""
        stacks = [runs] if self._description.get("device") in ("cuda", "mps") else [[run] for run in runs]
        futures = [
            client.submit(work.train_runs, job.recipe, stack, job.id, self._topic, pure=False, key=f"{job.id}-{i}")
            for i, stack in enumerate(stacks)
            if stack
        ]
        waiting = list(futures)
        try:
            # Dask would call back instead, but not without a traceback in a server that is stopping.
            while waiting and not job.stop.wait(_LOOK):
                for future in [future for future in waiting if future.done()]:
                    waiting.remove(future)
                    if future.status in ("cancelled", "lost"):
                        raise EngineError("the Dask scheduler dropped the work; start again")
                    yield future.result()
                if client.status != "running":
                    raise EngineError("the connection to the Dask scheduler was lost; start again")
        finally:
            if client.status == "running":
                client.cancel(futures)

    def _store(self, job: Job, write, *what) -> bool | None:
        """Write to the store; a store that fails (a full disk, say) costs the run nothing but its place there."""
        try:
            return write(*what)
        except StoreError as error:
            log.warning("job %s is not stored: %s", job.recipe.key, error, extra={"key": job.recipe.key})
            job.message = f"This result is not kept: {error}."
            return None

    def _end(self, job: Job, state: str, message: str = "") -> None:
        job.message = message or job.message
        self._store(job, self.store.finish, job.recipe.key, state, job.message)
        job.ended, job.state = monotonic(), state
        _tell(job, state, job.ended - (job.started or job.submitted))

    def _warm(self) -> None:
        if self.settings.read_only:  # nothing will be trained: no workers
            return
        client = self._connect()
        for description in client.run(work.describe).values():
            self._description = description

    def _connect(self) -> Client:
        """The client of a running cluster; a new one if there was none, or if the last was lost."""
        with self._client_lock:
            if self._client is None or self._client.status != "running":
                self._disconnect()
                self._client = self._new_client()
                self._client.subscribe_topic(self._topic, self._receive)
                self._description = next(iter(self._client.run(work.describe).values()))
            return self._client

    def _new_client(self) -> Client:
        address = self.settings.scheduler
        try:
            if address:
                return Client(address, timeout=10, set_as_default=False)
            security = Security.temporary()
            self._cluster = LocalCluster(
                n_workers=self.settings.workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                # Dask insists on a port for its health check; without the dashboard any free one will do.
                dashboard_address=f"127.0.0.1:{8787 if self.settings.dashboard else 0}",
                scheduler_kwargs={"dashboard": self.settings.dashboard},
                security=security,
                memory_limit=0,
            )
            return Client(self._cluster, security=security, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            where = f"no Dask scheduler answers at {address}" if address else "the local workers could not be started"
            raise EngineError(f"{where} ({error})") from error

    def _disconnect(self) -> None:
        for thing in (self._client, self._cluster):
            if thing is not None:
                thing.close()
        self._client = self._cluster = None

    def _receive(self, event: tuple) -> None:
        message = event[1]
        for job in list(self._jobs.values()):
            if job.id == message["job"]:
                job.add(Point(*message["point"]))

    def _forget_old(self) -> None:
        finished = [key for key, job in self._jobs.items() if job.finished]
        for key in finished[: max(0, len(self._jobs) - _REMEMBERED)]:
            del self._jobs[key]


def _tell(job: Job, event: str, seconds: float = 0.0) -> None:
    """Log an event of the job, and nothing of who asked for it. seconds: it waited ("started"), or took (its end)."""
    key, failed = job.recipe.key, event == FAILED
    text = f"job {key} {event}" + (f" after {seconds:.1f} s" if seconds else "") + (f": {job.message}" * failed)
    more = {"event": event, "key": key, "seconds": round(seconds, 3)}
    log.log(logging.WARNING if failed else logging.INFO, "%s", text, exc_info=failed, extra=more)


def _sentence(error: BaseException) -> str:
    """What went wrong, for the reader: our own errors speak for themselves, others bring their type along."""
    text = str(error).strip().splitlines()[0][:300] if str(error).strip() else ""
    known = isinstance(error, (EngineError, StoreError, FloatingPointError)) or type(error).__name__ == "DataError"
    return text if known else f"{type(error).__name__}: {text}"
