"""The training engine: submits recipes as jobs, follows the jobs and cancels them. Training runs on Dask.

Identical requests share one job, the length of the queue is limited, and only this process writes to the store.
"""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from dropout_core.common.errors import UserError, first_line
from dropout_core.common.settings import Settings
from dropout_core.common.threads import WorkerThreads, in_background
from dropout_core.engine import worker
from dropout_core.engine.job import (
    CANCELLED,
    DONE,
    FAILED,
    QUEUED,
    RUNNING,
    EngineError,
    Job,
    QueueFull,
    Refused,
    log_event,
    obstacle,
)
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Point
from dropout_core.storage.store import Store, StoreError

if TYPE_CHECKING:
    import dropout_core.engine.cluster

log = logging.getLogger(__name__)
T = TypeVar("T")

_CLOSE_SECONDS = 10  # time limit for cancelled jobs to end
_REMEMBERED = 32  # maximum number of jobs kept in memory; the store holds the results of the others


class Engine:
    """Trains one comparison at a time per pair of workers. The cluster is started by the first job or by warm()."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.RLock()
        self._cluster: dropout_core.engine.cluster.Cluster | None = None
        self._threads = WorkerThreads(settings.at_once, "dropout-job")
        self._closed = False
        self._topic = f"dropout-{uuid.uuid4().hex}"

    @property
    def cluster(self) -> "dropout_core.engine.cluster.Cluster":
        """The connection to Dask. Dask is imported on first use; raises EngineError if Dask is misconfigured."""
        with self._lock:
            if self._cluster is None:
                self._cluster = self._new_cluster()
            return self._cluster

    def warm(self) -> Future[None]:
        """Start the cluster in the background and make every worker import torch.

        The returned future is done when all workers are ready. A host that does not train starts no cluster.
        """
        return in_background(self._warm, "dropout-warm")

    def describe(self) -> dict[str, str]:
        """Return the workers' device, hardware and data, or an empty dictionary before the first worker has started."""
        return dict(self._cluster.description) if self._cluster else {}

    def submit(self, recipe: Recipe, visitor: str = "") -> Job:
        """Return the unfinished job that trains this comparison, or submit a new job. Raises EngineError and Refused.

        visitor  the visitor whose limits apply; "" stands for the command line, which has no limits
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
        log_event(job, QUEUED)
        self._threads.put(partial(self._run, job))
        return job

    def find(self, key: str) -> Job | None:
        """Return the latest job with this recipe key, or None if it is no longer in memory."""
        return self._jobs.get(key)

    def place(self, job: Job) -> int:
        """Return the number of jobs that will start before this one, which is 0 once this job has started."""
        with self._lock:
            waiting = [other.id for other in self._jobs.values() if other.state == QUEUED]
        return waiting.index(job.id) if job.id in waiting else 0

    def cancel(self, key: str) -> None:
        """Stop the job with this key. A queued job ends immediately, a running job before its next training step."""
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.finished:
                return
            job.stop.set()
            waits, job.claimed = not job.claimed, True
        if waits:
            self._end(job, CANCELLED)
        else:
            self._cancel_runs(job)

    def close(self) -> None:
        """Cancel all jobs, disconnect from Dask, and stop a local cluster."""
        self._closed = True
        for key in list(self._jobs):
            self.cancel(key)
        self._threads.close(_CLOSE_SECONDS)
        if self._cluster is not None:
            self._cluster.close()

    def _new_cluster(self) -> "dropout_core.engine.cluster.Cluster":
        try:
            from dropout_core.engine.cluster import Cluster
        except ValueError as error:
            reason = first_line(error).removesuffix(", original error message:")
            raise EngineError(f"Dask cannot be used: {reason}; correct that file, or remove it") from error
        return Cluster(self.settings, self._topic, self._receive)

    def _check_limits(self, recipe: Recipe, visitor: str) -> None:
        limits, unfinished = self.settings, [job for job in self._jobs.values() if not job.finished]
        if (reason := obstacle(limits)) is not None:
            raise Refused(reason)
        if sum(job.state == QUEUED for job in unfinished) >= limits.queue:
            raise QueueFull(f"{limits.queue} comparisons are waiting already; try again in a minute")
        if not visitor:
            return
        if sum(job.visitor == visitor for job in unfinished) >= limits.per_visitor:
            raise Refused(f"you have {limits.per_visitor} comparisons under way; wait for one, or cancel it")
        if recipe.work > limits.max_work:
            raise Refused(
                f"images × epochs × runs × width is {recipe.work:.2g} here, and this host allows "
                f"{limits.max_work:.2g}; choose less of one of them, or run the app on your own machine"
            )

    def _run(self, job: Job) -> None:
        with self._lock:
            if job.claimed:  # the job was cancelled while it was queued
                return
            job.claimed = True
        try:
            self._train(job)
            self._end(job, CANCELLED if job.stop.is_set() else DONE)
        except Exception as error:  # the page shows the error, and later jobs must still run
            self._cancel_runs(job)
            self._end(job, CANCELLED if job.stop.is_set() else FAILED, _message(error))

    def _train(self, job: Job) -> None:
        self.cluster.connect()
        if job.stop.is_set():  # the job was cancelled while the workers were starting
            return
        job.started, job.state = monotonic(), RUNNING
        log_event(job, "started", job.started - job.submitted)
        has_earlier_runs = self._write(job, partial(self.store.start, job.recipe))
        finished: set[Run] = self._earlier_runs(job) if has_earlier_runs else set()
        job.count_known()
        self._train_runs(job, [run for run in job.recipe.runs() if run not in finished])

    def _earlier_runs(self, job: Job) -> set[Run]:
        """Return the runs finished by an earlier, interrupted attempt, and add the points of these runs to the job."""
        earlier = self.store.get(job.recipe.key)
        if earlier is None:
            return set()
        for row in earlier.points.to_dict("records"):
            values: dict[str, Any] = {str(name): None if value != value else value for name, value in row.items()}
            job.add(Point(**values))
        return set(job.recipe.runs()) - set(earlier.missing)

    def _train_runs(self, job: Job, runs: list[Run]) -> None:
        """Train these runs and store each result. On a GPU, one task trains all runs; otherwise, each run is a task."""
        if not runs:
            return
        stacks = [runs] if self.cluster.stacked else [[run] for run in runs]
        external = bool(self.settings.scheduler)
        task = partial(worker.train_runs, job.recipe, job=job.id, topic=self._topic, external_cluster=external)
        for results, provenance in self.cluster.results(task, stacks, job.id, job.stop):
            for result in results:
                for point in result.points:
                    job.add(point)
                source = provenance | {"data": job.recipe.data}
                self._write(job, partial(self.store.add, job.recipe, result, source))

    def _write(self, job: Job, write: Callable[[], T], failing: str = "This result is not kept") -> T | None:
        """Write to the store. If that fails, for instance on a full disk, the job goes on, and its message reports it.

        failing  the beginning of that message, followed by the reason
        """
        try:
            return write()
        except StoreError as error:
            log.warning("job %s: %s: %s", job.recipe.key, failing, error, extra={"key": job.recipe.key})
            job.message = f"{failing}: {error}."
            return None

    def _end(self, job: Job, state: str, message: str = "") -> None:
        job.message = message or job.message
        if job.started is not None:  # otherwise, the store holds no results of this attempt
            self._write(job, partial(self.store.finish, job.recipe.key, state, job.message))
            if self.settings.keep:
                self._write(job, partial(self.store.trim, self.settings.keep), "Older results are not removed")
        job.ended, job.state = monotonic(), state
        job.finished_event.set()
        log_event(job, state, job.ended - (job.started or job.submitted))
        if job.started is not None:
            with suppress(StoreError):  # no data are lost, and the next job flushes again
                self.store.flush()

    def _cancel_runs(self, job: Job) -> None:
        if self._cluster is not None:
            self._cluster.cancel(job.id)

    def _warm(self) -> None:
        if obstacle(self.settings) is None:
            self.cluster.connect()

    def _receive(self, event: tuple) -> None:
        _, message = event
        for job in list(self._jobs.values()):
            if job.id == message["job"]:
                for point in message["points"]:
                    job.add(Point(*point))

    def _forget_old(self) -> None:
        finished = [key for key, job in self._jobs.items() if job.finished]
        for key in finished[: max(0, len(self._jobs) - _REMEMBERED)]:
            del self._jobs[key]


def _message(error: BaseException) -> str:
    """Return the error message as one line, preceded by the error's type unless the message is written for users."""
    text = first_line(error)
    return text if isinstance(error, UserError) and text else f"{type(error).__name__}: {text}"
