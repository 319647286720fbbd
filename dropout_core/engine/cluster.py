"""The connection to the Dask cluster that trains networks: a local cluster, or an external one at a given address."""

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

RunResults = tuple[list[Result], dict[str, str]]  # the results and the provenance of runs trained side by side

_START_SECONDS = 20  # time limit for all workers to start
_POLL_SECONDS = 0.002, 0.1  # shortest and longest interval between two checks for finished tasks

# Each of Dask's components in the server ticks fifty times a second, and every tick delays the pages.
# Dask's profiler interrupts training a hundred times a second.
_QUIET = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": False,
}


class Cluster:
    """The connection to Dask, which is opened on first use and reopened if it is lost.

    topic    name under which the workers log messages
    receive  called with each of these messages, in one of Dask's threads
    """

    def __init__(self, settings: Settings, topic: str, receive: Callable[[tuple], None]) -> None:
        self.settings, self._topic, self._receive = settings, topic, receive
        self._lock = threading.RLock()  # connect() calls close()
        self.client: Client | None = None
        self.own: OwnCluster | None = None
        self.description: dict[str, str] = {}

    def connect(self) -> Client:
        """Return a client of the running cluster, after starting the cluster if necessary. Raises UserError."""
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
        """Run worker.describe on every worker, which imports torch there, and keep the last description returned."""
        for description in self._connected().run(worker.describe).values():
            self.description = description

    @property
    def stacked(self) -> bool:
        """Whether one task trains all runs of a comparison side by side, as on a GPU."""
        return self.description.get("device") in ("cuda", "mps")

    def results(
        self, task: Callable[[list[Run]], RunResults], stacks: list[list[Run]], job: str, stop: threading.Event
    ) -> Iterator[RunResults]:
        """Run the task on each stack of runs, and yield each stack's results as soon as it finishes.

        If `stop` is set, the remaining stacks are cancelled. Raises UserError.
        """
        client, started = self.connect(), monotonic()
        # Send all tasks in one message, because Dask would delay a second message by ten milliseconds.
        tasks = client.map(task, stacks, key=[f"{job}-{i}" for i in range(len(stacks))])
        waiting = list(tasks)
        try:
            # Poll instead of using Dask's callbacks, which make a stopping server print a traceback.
            while waiting and not stop.is_set():
                for ended in (finished := [future for future in waiting if future.done()]):
                    waiting.remove(ended)
                    if ended.status in ("cancelled", "lost"):
                        raise EngineError("the Dask scheduler dropped the work; start again")
                    yield ended.result()
                if client.status != "running":
                    raise EngineError("the connection to the Dask scheduler was lost; start again")
                if not finished:  # after any results, check again immediately: more tasks may have finished
                    stop.wait(_pause(started))
        finally:
            if client.status == "running":
                client.cancel(tasks)

    def cancel(self, job: str) -> None:
        """Tell the workers, if they can be reached, to stop this job's runs before the next training step."""
        if (client := self.client) is None:
            return
        try:
            client.run(worker.cancel, job, on_error="ignore")
        except Exception as error:  # if the scheduler and its workers are gone, Dask raises exceptions of many types
            log.warning("the workers were not told to stop job %s: %s", job, error)

    def close(self) -> None:
        """Disconnect, and stop a local cluster. If the cluster is still starting, wait for that first."""
        with self._lock:  # Dask fails if a worker is stopped while starting
            for part in (self.client, self.own):
                if part is not None:
                    part.close()
            self.client = self.own = None

    def _start(self) -> None:
        with dask.config.set(_QUIET):  # workers keep the configuration in effect when they start
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
        """Warm up the GPU or start one worker per run, depending on the device that the first worker reported."""
        if self.own is None:  # an external cluster may be busy
            return
        if self.stacked:
            self._connected().run(worker.warm, on_error="ignore")  # the GPU may have no free memory at the moment
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
    """Return the seconds until the next poll, about 1 % of the time so far, since each poll delays the pages."""
    shortest, longest = _POLL_SECONDS
    return min(max(shortest, (monotonic() - started) / 100), longest)
