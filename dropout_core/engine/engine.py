"""The training engine: submits recipes as jobs, follows the jobs and cancels them. Training runs on Dask.

Identical requests share one job, and the length of the queue is limited. Several servers may share a scheduler and a
store: then identical requests to different servers share their Dask tasks, so each run is trained once.
"""

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack, suppress
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from dropout_core.common.errors import first_line
from dropout_core.common.settings import Settings
from dropout_core.common.threads import WorkerThreads, in_background
from dropout_core.engine import devices
from dropout_core.engine.cached_nets import CachedNets
from dropout_core.engine.job import (
    CANCELLED,
    DONE,
    FAILED,
    QUEUED,
    RUNNING,
    EngineError,
    Job,
    Refused,
    log_event,
    obstacle,
)
from dropout_core.engine.job_results import add_earlier_runs, reason, write
from dropout_core.engine.job_training import train_runs
from dropout_core.engine.jobs import Jobs
from dropout_core.engine.limits import Limit, check_limits, queue_limit, visitor_limit
from dropout_core.engine.net_cache import Images, NetKey
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.numerics.answers import Answer, Sampling
from dropout_core.storage.store import Store, StoreError

if TYPE_CHECKING:
    import dropout_core.engine.cluster


_CLOSE_SECONDS = 10  # time limit for cancelled jobs to end
_CONNECT_SECONDS = 5.0  # how long a visitor's first request waits for a server that is still connecting


class Engine:
    """Trains one comparison at a time per pair of workers or per GPU. The first job or warm() starts the cluster.

    at_once  the number of comparisons that it trains at the same time
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings, self.at_once = store, settings, devices.at_once(settings)
        self.jobs = Jobs()
        self._lock = threading.RLock()
        self._cluster: dropout_core.engine.cluster.Cluster | None = None
        self._threads = WorkerThreads(self.at_once, "dropout-job")
        self.nets = CachedNets()
        self._closed = False
        self._submissions: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._warming: list[Future[None]] = []
        self.receivers: dict[str, Callable[[Sequence[tuple]], object]] = {}  # of values from short tasks, by job id
        self.id = uuid.uuid4().hex

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
        self._warming = [in_background(self._warm, "dropout-warm")]
        return self._warming[0]

    def describe(self) -> dict[str, str]:
        """Return the workers' device, hardware and data, or an empty dictionary before the first worker has started."""
        return dict(self._cluster.description) if self._cluster else {}

    def submit(self, recipe: Recipe, visitor: str = "") -> Job:
        """Return the unfinished job that trains this comparison, or submit a new job. Raises EngineError and Refused.

        visitor  the visitor whose limits apply; "" stands for the command line, which has no limits
        """
        if self._closed:
            raise EngineError("the server is stopping")
        with self._submission(recipe.key):
            if (known := self.jobs.unfinished_job(recipe.key)) is not None:
                return known
            job = self._new_job(recipe, visitor)
        log_event(job, QUEUED)
        self._threads.put(partial(self._run, job))
        return job

    def follow(self, recipe: Recipe) -> Job | None:
        """Return a job for a comparison that another server with the same scheduler trains, or None without one.

        The jobs share their tasks. If the other server has died, this one trains what is missing. Returns None also if
        this host does not train, if its queue is full, or if the connection is lost: a page would have to wait for it.
        """
        if not self.settings.scheduler:
            return None
        wait(self._warming, _CONNECT_SECONDS)
        if self._cluster is not None and not self._cluster.is_connected:
            return None
        try:
            return self.submit(recipe)
        except (EngineError, Refused):
            return None

    def take_places(self, *limits: Limit) -> ExitStack:
        """Take a place of each limit, which all servers with the same scheduler share. Without one, take nothing.

        Closing the returned stack gives the places back. Raises a limit's error if all its places are taken, and
        UserError if the scheduler does not answer.
        """
        with ExitStack() as stack:
            if self.settings.scheduler and limits:
                wait(self._warming, _CONNECT_SECONDS)
                for limit in limits:
                    stack.callback(self.cluster.take_place(limit))
            return stack.pop_all()

    def find(self, key: str) -> Job | None:
        """Return the latest job with this recipe key, or None if it is no longer in memory."""
        return self.jobs.find(key)

    def place(self, job: Job) -> int:
        """Return the number of jobs that will start before this one, which is 0 once this job has started."""
        return self.jobs.place(job)

    def workers(self) -> int:
        """Return the number of workers that are connected, or 0 if the scheduler does not answer."""
        with suppress(EngineError):
            return self._cluster.count_workers() if self._cluster else 0
        return 0

    def ask(self, asked: list[tuple[NetKey, Sampling]], images: Images) -> list[Answer] | None:
        """Classify images with nets on workers' devices. Returns None if that is impossible; see CachedNets.ask."""
        return self.nets.ask(self._cluster.client if self._cluster else None, asked, images)

    def cancel(self, key: str) -> None:
        """Stop the job with this key, also on other servers with the same scheduler.

        A queued job ends immediately, a running job before its next training step.
        """
        self._cancel(key)
        if self.settings.scheduler and self._cluster is not None:
            self._cluster.send({"cancel": key, "sender": self.id})

    def check(self) -> None:
        """Try to use the store and the cluster, which is started if necessary. Raises UserError."""
        self.store.check(writing=not self.settings.read_only)
        if obstacle(self.settings) is None:
            self.cluster.check()

    def close(self) -> None:
        """Cancel all jobs of this server, disconnect from Dask, and stop a local cluster."""
        self._closed = True
        for job in self.jobs.all():
            self._cancel(job.recipe.key)
        self._threads.close(_CLOSE_SECONDS)
        if self._cluster is not None:
            self._cluster.close()

    def _submission(self, key: str) -> threading.Lock:
        """Return the lock of those who submit this recipe, of whom only the first needs places."""
        with self._lock:
            return self._submissions.setdefault(key, threading.Lock())

    def _new_job(self, recipe: Recipe, visitor: str) -> Job:
        with ExitStack() as stack:
            queue_place = stack.enter_context(self.take_places(queue_limit(self.settings)))
            own = [visitor_limit(self.settings, visitor)] if visitor else []
            visitor_place = stack.enter_context(self.take_places(*own))
            with self._lock:
                check_limits(self.settings, self.jobs.all(), recipe, visitor)
                job = Job(recipe, visitor, queue_place, visitor_place)
                self.jobs.put(job)
            stack.pop_all()  # the job keeps its places
            return job

    def _new_cluster(self) -> "dropout_core.engine.cluster.Cluster":
        try:
            from dropout_core.engine.cluster import Cluster
        except ValueError as error:
            reason = first_line(error).removesuffix(", original error message:")
            raise EngineError(f"Dask cannot be used: {reason}; correct or remove that file") from error
        return Cluster(self.settings, self._receive)

    def _cancel(self, key: str) -> None:
        with self._lock:
            job = self.jobs.find(key)
            if job is None or job.finished:
                return
            job.stop.set()
            waits, job.claimed = not job.claimed, True
        if waits:
            job.queue_place.close()
            self._end(job, CANCELLED)

    def _run(self, job: Job) -> None:
        with self._lock:
            if job.claimed:  # the job was cancelled while it was queued
                return
            job.claimed = True
        job.queue_place.close()
        try:
            self._train(job)
            self._end(job, CANCELLED if job.stop.is_set() else DONE)
        except Exception as error:  # the page shows the error, and later jobs must still run
            self._end(job, CANCELLED if job.stop.is_set() else FAILED, reason(error))

    def _train(self, job: Job) -> None:
        self.cluster.connect()
        if job.stop.is_set():  # the job was cancelled while the workers were starting
            return
        job.started, job.state = monotonic(), RUNNING
        log_event(job, "started", job.started - job.submitted)
        has_earlier_runs = write(job, partial(self.store.start, job.recipe))
        finished: set[Run] = add_earlier_runs(job, self.store) if has_earlier_runs else set()
        if self.settings.scheduler:  # another server may train this comparison already
            for message in self.cluster.recent_messages():
                self.jobs.add_points(message)
        job.count_known()
        missing = [run for run in job.recipe.runs() if run not in finished]
        train_runs(job, missing, self.cluster, self.store, self.nets)

    def _end(self, job: Job, state: str, message: str = "") -> None:
        job.message = message or job.message
        # The store holds nothing of an attempt that never started. What other servers may still train keeps its status.
        if job.started is not None and not (self._closed and self.settings.scheduler):
            final = write(job, partial(self.store.finish, job.recipe.key, state, job.message))
            if final == DONE != state:  # another server has trained what this one could not
                state, job.message = DONE, ""
            if self.settings.keep:
                write(job, partial(self.store.trim, self.settings.keep), "Older results were not removed")
        job.ended, job.state = monotonic(), state
        self.jobs.ended.add(state)
        job.visitor_place.close()
        job.finished_event.set()
        log_event(job, state, job.ended - (job.started or job.submitted))
        if job.started is not None:
            with suppress(StoreError):  # no data are lost, and the next job flushes again
                self.store.flush()

    def _warm(self) -> None:
        if obstacle(self.settings) is None:
            self.cluster.connect()

    def _receive(self, event: tuple) -> None:
        _, message = event
        if "cancel" in message:
            if message["sender"] != self.id:
                self._cancel(message["cancel"])
        elif (receive := self.receivers.get(message["job"])) is not None:
            receive(message["points"])
        else:
            self.jobs.add_points(message)
