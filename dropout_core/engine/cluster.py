"""The connection to the Dask cluster that trains: this server's own, or an external one at a given address."""

import logging
import threading
from collections.abc import Callable, Iterator
from time import monotonic

import dask
from distributed import Client

from dropout_core.common.errors import UserError, root_cause
from dropout_core.common.settings import Settings
from dropout_core.engine import worker
from dropout_core.engine.job import EngineError
from dropout_core.engine.local_cluster import OwnCluster
from dropout_core.experiments.recipe import Run
from dropout_core.experiments.results import Result

log = logging.getLogger(__name__)

RunResults = tuple[list[Result], dict[str, str]]  # of runs trained side by side, with their provenance

_START_SECONDS = 20  # until all workers must have started
_POLL_SECONDS = 0.002, 0.1  # between two looks at the workers' tasks: at first, and at most

# Dask's event loop runs in the server: each tick, fifty a second per component, delays the pages. Its profiler
# interrupts training a hundred times a second.
_QUIET = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": False,
}


class Cluster:
    """Connects on first use, and again after a lost connection.

    topic, receive  messages that workers log under the topic are passed to receive, in one of Dask's threads
    """

    def __init__(self, settings: Settings, topic: str, receive: Callable[[tuple], None]) -> None:
        self.settings, self._topic, self._receive = settings, topic, receive
        self._lock = threading.RLock()  # connect() calls close()
        self.client: Client | None = None
        self.own: OwnCluster | None = None
        self.description: dict[str, str] = {}

    def connect(self) -> Client:
        """A client of the running cluster, which is started first if necessary. Raises UserError."""
        with self._lock:
            if self.client is None or self.client.status != "running":
                self.close()
                try:
                    self._start()
                except UserError:
                    self.close()
                    raise
                except Exception as error:
                    log.warning("the Dask cluster could not be started", exc_info=True)
                    self.close()
                    raise EngineError(self._failure(error)) from error
            return self._connected()

    def describe(self) -> None:
        """Make every worker import torch, and keep the description that the last one returns: see worker.describe."""
        for description in self._connected().run(worker.describe).values():
            self.description = description

    @property
    def stacked(self) -> bool:
        """Whether all runs of a comparison are one task, trained side by side: on a GPU."""
        return self.description.get("device") in ("cuda", "mps")

    def results(
        self, task: Callable[[list[Run]], RunResults], stacks: list[list[Run]], job: str, stop: threading.Event
    ) -> Iterator[RunResults]:
        """The task's result for each stack of runs, in the order they finish, until stop is set.

        What is still running then is cancelled. Raises UserError.
        """
        client, started = self.connect(), monotonic()
        # One message for all tasks: Dask would hold back a second one for ten milliseconds.
        tasks = client.map(task, stacks, key=[f"{job}-{i}" for i in range(len(stacks))])
        waiting = list(tasks)
        try:
            # With Dask's callbacks instead, a server that is stopping would print a traceback.
            while waiting and not stop.is_set():
                for ended in (finished := [future for future in waiting if future.done()]):
                    waiting.remove(ended)
                    if ended.status in ("cancelled", "lost"):
                        raise EngineError("the Dask scheduler dropped the work; start again")
                    yield ended.result()
                if client.status != "running":
                    raise EngineError("the connection to the Dask scheduler was lost; start again")
                if not finished:  # otherwise more may have finished meanwhile
                    stop.wait(_pause(started))
        finally:
            if client.status == "running":
                client.cancel(tasks)

    def cancel(self, job: str) -> None:
        """Have the workers stop this job's runs before their next step, if the workers can be reached."""
        if (client := self.client) is None:
            return
        try:
            client.run(worker.cancel, job, on_error="ignore")
        except Exception as error:  # of many kinds if the scheduler is gone, and its workers with it
            log.warning("the workers were not told to stop job %s: %s", job, error)

    def close(self) -> None:
        """Disconnect, and stop the cluster if it is this server's own. Waits for a start that is under way."""
        with self._lock:  # Dask fails if a worker is stopped while it starts
            for part in (self.client, self.own):
                if part is not None:
                    part.close()
            self.client = self.own = None

    def _start(self) -> None:
        with dask.config.set(_QUIET):  # workers keep the configuration they start with
            self.client = self._new_client()
            self.client.subscribe_topic(self._topic, self._receive)
            self.describe()
            self._start_other_workers()

    def _new_client(self) -> Client:
        if self.settings.scheduler:
            return Client(self.settings.scheduler, timeout=10, set_as_default=False)
        self.own = OwnCluster(self.settings)
        return self.own.client

    def _start_other_workers(self) -> None:
        """After the first worker has named its device: warm up a GPU, or start one worker per run."""
        if self.own is None:  # an external cluster may be busy
            return
        if self.stacked:
            self._connected().run(worker.warm, on_error="ignore")  # a GPU may have no free memory at the moment
            return
        self.own.scale(self.settings.workers)
        try:
            self._connected().wait_for_workers(self.settings.workers, timeout=_START_SECONDS)
        except TimeoutError:
            log.warning("not all of the %d workers have started; the others train alone", self.settings.workers)
        self.own.restore_import_path()
        self.describe()

    def _connected(self) -> Client:
        if self.client is None:
            raise EngineError("there is no connection to a Dask cluster")
        return self.client

    def _failure(self, error: Exception) -> str:
        if address := self.settings.scheduler:
            return f"no Dask scheduler answers at {address} ({root_cause(error)}); check DROPOUT_SCHEDULER"
        return f"the workers could not be started ({root_cause(error)}); the server's log has the details"


def _pause(started: float) -> float:
    """Seconds until the next look: a hundredth of the time so far, since each look delays the pages."""
    shortest, longest = _POLL_SECONDS
    return min(max(shortest, (monotonic() - started) / 100), longest)
