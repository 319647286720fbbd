"""One engine for all training: submit a recipe, follow it, cancel it. Runs on Dask, its own cluster or a given one.

Identical requests join the running job; the queue is bounded; this process alone writes the store.
"""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from time import monotonic

from distributed import Client

from dropout_core.common.errors import UserError
from dropout_core.common.settings import Settings
from dropout_core.common.threads import WorkerThreads, in_background
from dropout_core.engine import worker
from dropout_core.engine.cluster import Cluster
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
    obstacle,
    tell,
)
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Point, Result
from dropout_core.storage.store import Store, StoreError

log = logging.getLogger(__name__)

_CLOSE_SECONDS = 10  # that running jobs have to end in, once cancelled
_LOOKS = 0.002, 0.1  # seconds between two looks at the workers' tasks, when they are young and when they are not
_REMEMBERED = 32  # finished jobs kept in memory; the store has the rest


class Engine:
    """Runs a comparison at once for each pair of workers. Starts its cluster when it is first needed, or by warm()."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._threads = WorkerThreads(settings.at_once, "dropout-job")
        self._closed = False
        self._topic = f"dropout-{uuid.uuid4().hex}"
        self.cluster = Cluster(settings, self._topic, self._receive)

    def warm(self) -> Future:
        """Start the cluster in the background and have every worker import torch; the future ends when that is done.

        A host that trains nothing starts none.
        """
        return in_background(self._warm, "dropout-warm")

    def describe(self) -> dict[str, str]:
        """Device, hardware and data of the workers, once one has told: empty before."""
        return dict(self.cluster.description)

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
        tell(job, QUEUED)
        self._threads.put(partial(self._run, job))
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
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.finished:
                return
            job.stop.set()
            waits, job.taken = not job.taken, True
        if waits:
            self._end(job, CANCELLED)
        else:
            self.cluster.cancel(job.id)

    def close(self) -> None:
        """Cancel what runs and stop the cluster, if it is this engine's own."""
        self._closed = True
        for key in list(self._jobs):
            self.cancel(key)
        self._threads.close(_CLOSE_SECONDS)
        self.cluster.close()

    def _check_limits(self, recipe: Recipe, visitor: str) -> None:
        s, unfinished = self.settings, [job for job in self._jobs.values() if not job.finished]
        if (reason := obstacle(s)) is not None:
            raise Refused(reason)
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
        with self._lock:
            if job.taken:  # cancelled while it waited
                return
            job.taken = True
        try:
            self._train(job)
            self._end(job, CANCELLED if job.stop.is_set() else DONE)
        except Exception as error:  # whatever happened is said on the page, and the next job must still run
            self.cluster.cancel(job.id)  # its other runs would go on for nothing
            self._end(job, CANCELLED if job.stop.is_set() else FAILED, _message(error))

    def _train(self, job: Job) -> None:
        client = self.cluster.connect()
        if job.stop.is_set():  # while the workers were being started, who could not be told
            return
        job.started, job.state = monotonic(), RUNNING
        tell(job, "started", job.started - job.submitted)
        before = self._known(job) if self._store(job, self.store.start, job.recipe) else set()
        job.known = job.progress()
        for results, provenance in self._results(client, job, [r for r in job.recipe.runs() if r not in before]):
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
        if not runs:
            return
        stacks = [runs] if self.cluster.stacked else [[run] for run in runs]
        given = bool(self.settings.scheduler)
        train = partial(worker.train_runs, job.recipe, job=job.id, topic=self._topic, given=given)
        # All in one message: the second of two would be held back for ten milliseconds.
        futures = client.map(train, stacks, key=[f"{job.id}-{i}" for i in range(len(stacks))])
        waiting = list(futures)
        try:
            # Dask would call back instead, but not without a traceback in a server that is stopping.
            while waiting and not job.stop.is_set():
                for future in (ready := [future for future in waiting if future.done()]):
                    waiting.remove(future)
                    if future.status in ("cancelled", "lost"):
                        raise EngineError("the Dask scheduler dropped the work; start again")
                    yield future.result()
                if client.status != "running":
                    raise EngineError("the connection to the Dask scheduler was lost; start again")
                if not ready:  # else another may have ended meanwhile
                    job.stop.wait(_pause(job.started))
        finally:
            if client.status == "running":
                client.cancel(futures)

    def _store(self, job: Job, write, *what, failing: str = "This result is not kept") -> bool | None:
        """Write to the store; a store that fails (a full disk, say) costs the run nothing but its place there.

        failing  what the page says then, before the reason
        """
        try:
            return write(*what)
        except StoreError as error:
            log.warning("job %s: %s: %s", job.recipe.key, failing, error, extra={"key": job.recipe.key})
            job.message = f"{failing}: {error}."
            return None

    def _end(self, job: Job, state: str, message: str = "") -> None:
        job.message = message or job.message
        if job.started is not None:  # else the store knows nothing of it, or of an earlier attempt
            self._store(job, self.store.finish, job.recipe.key, state, job.message)
            if self.settings.keep:
                self._store(job, self.store.trim, self.settings.keep, failing="Older results are not removed")
        job.ended, job.state = monotonic(), state
        job.over.set()
        tell(job, state, job.ended - (job.started or job.submitted))
        if job.started is not None:
            with suppress(StoreError):  # nothing is lost; the next one may do it
                self.store.flush()

    def _warm(self) -> None:
        if obstacle(self.settings) is None:
            self.cluster.connect()

    def _receive(self, event: tuple) -> None:
        message = event[1]
        for job in list(self._jobs.values()):
            if job.id == message["job"]:
                for values in message["points"]:
                    job.add(Point(*values))

    def _forget_old(self) -> None:
        finished = [key for key, job in self._jobs.items() if job.finished]
        for key in finished[: max(0, len(self._jobs) - _REMEMBERED)]:
            del self._jobs[key]


def _pause(started: float) -> float:
    """Seconds to the next look: a hundredth of the time so far, as a look takes the server from its readers."""
    soonest, latest = _LOOKS
    return min(max(soonest, (monotonic() - started) / 100), latest)


def _message(error: BaseException) -> str:
    """The first line of the error's message, after the name of its type unless it is written for users."""
    text = (str(error).strip().splitlines() or [""])[0][:300]
    return text if isinstance(error, UserError) and text else f"{type(error).__name__}: {text}"
