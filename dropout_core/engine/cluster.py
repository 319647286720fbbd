"""The connection to the Dask cluster that trains networks: a local cluster, or an external one at a given address."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import dask
from distributed import Client, Future
from distributed.scheduler import KilledWorker

from dropout_core.common.errors import UserError, root_cause
from dropout_core.common.settings import Settings
from dropout_core.common.threads import in_background
from dropout_core.engine import net_cache, shared_places, worker
from dropout_core.engine.devices import GPU
from dropout_core.engine.job import EngineError
from dropout_core.engine.limits import Limit
from dropout_core.engine.local_cluster import OwnCluster

log = logging.getLogger(__name__)
T = TypeVar("T")
Item = TypeVar("Item")

_CONNECT_SECONDS = 20  # time limit for connecting to a scheduler
_START_SECONDS = 20  # time limit for all workers to start
_POLL_SECONDS = 0.002, 0.1  # shortest and longest interval between two checks for finished tasks
_ANSWER_SECONDS = 3.0  # how long the scheduler may take to count its workers
_LOST = "the Dask scheduler or the connection to it was lost; press Start again"
_KILLED = "its worker ended several times, perhaps for lack of memory; see the workers' log, then press Start again"
_SHARED_SECONDS = 5.0  # how long stored results stay on a shared scheduler, for servers that have just read the store

# Each of Dask's components in the server ticks fifty times a second, and every tick delays the pages.
# Dask's profiler interrupts training a hundred times a second.
_QUIET = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": False,
}


class Cluster:
    """The connection to Dask, which is opened on first use and reopened if it is lost.

    receive  called with each message of the workers and of other servers, in one of Dask's threads
    """

    def __init__(self, settings: Settings, receive: Callable[[tuple], None]) -> None:
        self.settings, self._receive = settings, receive
        self._lock = threading.RLock()  # connect() calls close()
        self.client: Client | None = None
        self.own: OwnCluster | None = None
        self.description: dict[str, str] = {}
        self._all_alike = True  # whether all workers have the same device

    def connect(self) -> Client:
        """Return a client of the running cluster, after starting the cluster if necessary. Raises UserError."""
        with self._lock:
            if not self.is_connected:
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
            client = self._connected()
            # Repeated, because a scheduler that was started again has forgotten it, although Dask has reconnected.
            client.subscribe_topic(worker.TOPIC, self._receive)
            return client

    def describe(self) -> None:
        """Run worker.describe on every worker, which imports torch there. Keeps the description of one with a GPU."""
        found = self._connected().run(worker.describe).values()
        self.description = max(found, key=lambda each: each["device"] != "cpu", default=self.description)
        self._all_alike = len({each["device"] for each in found}) < 2

    @property
    def is_connected(self) -> bool:
        return self.client is not None and self.client.status == "running"

    @property
    def stacked(self) -> bool:
        """Whether one task trains all runs of a comparison side by side, as on a GPU."""
        return self.description.get("device") in ("cuda", "mps")

    def needs(self, kind: str) -> dict[str, float]:
        """Return the Dask resources that tasks need in order to run on workers with a GPU or without (GPU, CPU).

        There are none if the workers declare none and all have the same device. Raises EngineError if stacks of runs
        could start on workers without a GPU.
        """
        workers = self._connected().scheduler_info()["workers"].values()
        if any(each["resources"].get(kind) for each in workers):
            return {kind: 1}
        if kind == GPU and not self._all_alike:
            raise EngineError(f"start the workers that have a GPU with `--resources {GPU}=1`, since others have none")
        return {}

    def results(
        self,
        task: Callable[[Item], T],
        items: Sequence[Item],
        names: Sequence[str],
        stop: threading.Event,
        resources: dict[str, float],
    ) -> Iterator[T]:
        """Run the task on each item, such as a stack of runs, and yield each result as soon as it is known.

        names      one per item; servers with the same scheduler share the tasks that have the same names
        stop       if it is set, the remaining tasks are released, and end unless another server wants their results
        resources  what each task needs of its worker; see needs

        Raises UserError.
        """
        client, started = self.connect(), monotonic()
        # Send all tasks in one message, because Dask would delay a second message by ten milliseconds.
        tasks = client.map(task, items, key=list(names), resources=resources)
        waiting = list(tasks)
        try:
            # Poll instead of using Dask's callbacks, which make a stopping server print a traceback.
            while waiting and not stop.is_set():
                for ended in (finished := [future for future in waiting if future.done()]):
                    waiting.remove(ended)
                    if ended.status in ("cancelled", "lost"):
                        raise EngineError(_LOST)  # the client notices a lost connection a little later
                    yield _result(ended)
                if client.status != "running":
                    raise EngineError(_LOST)
                if not finished:  # after any results, check again immediately: more tasks may have finished
                    stop.wait(_pause(started))
        finally:
            _release(client, tasks, _SHARED_SECONDS if self.settings.scheduler and not waiting else 0)

    def take_place(self, limit: Limit) -> Callable[[], object]:
        """Take a place that all servers with this scheduler share. Returns a function that gives it back.

        Raises the limit's error, and UserError if the scheduler does not answer.
        """
        if (give_back := shared_places.take(self.connect(), limit)) is None:
            raise limit.error
        return give_back

    def send(self, message: dict[str, str]) -> None:
        """Send a message to all servers that use this scheduler, if it can be reached."""
        if (client := self.client) is None:
            return
        try:
            in_background(partial(client.log_event, worker.TOPIC, message), "dropout-message").result(_ANSWER_SECONDS)
        except Exception as error:  # if the scheduler is gone, Dask raises exceptions of many types
            log.warning("the other servers were not told %s: %s", message, error)

    def recent_messages(self) -> list[dict]:
        """Return the latest messages of the workers and servers, the oldest first; Dask keeps a thousand of them."""
        return [message for _, message in self._connected().get_events(worker.TOPIC)]

    def check(self) -> None:
        """Connect if necessary, and ask the scheduler for its workers. Raises EngineError."""
        self.connect()
        if not self.count_workers():
            raise EngineError("no workers are connected to the Dask scheduler")

    def count_workers(self) -> int:
        """Ask the scheduler how many workers are connected to it. Raises EngineError if it does not answer."""
        client = self._connected()
        try:
            return len(client.nthreads(callback_timeout=_ANSWER_SECONDS))
        except Exception as error:  # if the scheduler is gone, Dask raises exceptions of many types
            raise EngineError(_LOST) from error

    def release_nets(self) -> int:
        """Make all workers release the trained nets kept on their devices. Returns the number of bytes freed."""
        return sum(self._connected().run(net_cache.release_in_thread, on_error="ignore").values())

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
            self.describe()
            self._start_other_workers()

    def _new_client(self) -> Client:
        if self.settings.scheduler:
            _check_certificates(self.settings.scheduler)
            connect = partial(Client, self.settings.scheduler, timeout=10, set_as_default=False)
            # In a thread, because Dask's own limit does not hold if something else accepts the connection.
            return in_background(connect, "dropout-connect").result(_CONNECT_SECONDS)
        self.own = OwnCluster(self.settings)
        return self.own.client

    def _start_other_workers(self) -> None:
        """Warm up the GPUs or start one worker per run, depending on the devices that the first workers reported."""
        if self.own is None:  # an external cluster may be busy
            return
        if self.stacked:
            self._connected().run(worker.warm, on_error="ignore")  # the GPU may have no free memory at the moment
        counts = self.settings.workers
        if self.stacked and not counts.by_device:
            return
        self.own.scale(counts.total)
        try:
            self._connected().wait_for_workers(counts.total, timeout=_START_SECONDS)
        except TimeoutError:
            log.warning("not all of the %d workers have started; the others train alone", counts.total)
        self.own.restore_import_path()
        self.describe()

    def _connected(self) -> Client:
        if self.client is None:
            raise EngineError("there is no connection to a Dask cluster")
        return self.client

    def _failure(self, error: Exception) -> str:
        if address := self.settings.scheduler:
            return f"no Dask scheduler responds at {address} ({root_cause(error)}); check DROPOUT_SCHEDULER"
        return f"the workers could not be started ({root_cause(error)}); see the server's log for details"


def _result(future: Future) -> Any:
    try:
        return future.result()
    except KilledWorker:
        raise EngineError(_KILLED) from None


def _check_certificates(address: str) -> None:
    """Raise EngineError for tls:// without certificates, for which Dask prints tracebacks when the program ends."""
    if address.startswith("tls://") and not dask.config.get("distributed.comm.tls.ca-file", None):
        raise EngineError("DROPOUT_SCHEDULER begins with tls://, but Dask's configuration has no certificates")


def _release(client: Client, tasks: list[Future], seconds: float) -> None:
    """Tell the scheduler after this many seconds that this server no longer wants these tasks or their results."""

    def release() -> None:
        for task in tasks:
            task.release()

    loop = client.loop
    if client.status == "running" and loop is not None:
        loop.add_callback(loop.call_later, seconds, release)


def _pause(started: float) -> float:
    """Return the seconds until the next poll, about 1 % of the time so far, since each poll delays the pages."""
    shortest, longest = _POLL_SECONDS
    return min(max(shortest, (monotonic() - started) / 100), longest)
