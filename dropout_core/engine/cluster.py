"""The Dask cluster that trains: this server's own, on loopback and TLS, or the one at a given address."""

import logging
import multiprocessing
import sys
import threading
from collections.abc import Callable

import dask
from distributed import Client, LocalCluster
from distributed.security import Security
from distributed.utils import get_mp_context

from dropout_core.common.settings import Settings
from dropout_core.engine import worker
from dropout_core.engine.job import EngineError

log = logging.getLogger(__name__)

_START_SECONDS = 20  # that further workers may take to start

# Dask's loop lives in the server's process, where each of its ticks, fifty a second for each of its parts, takes the
# interpreter from a reader's page; its profiler takes that of a worker from the training a hundred times a second.
_QUIET = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": False,
}


class Cluster:
    """Connects when it is first asked, and again when the last connection was lost.

    topic, receive  what workers log under the topic is handed to receive, in a thread of Dask's
    """

    def __init__(self, settings: Settings, topic: str, receive: Callable[[tuple], None]) -> None:
        self.settings, self._topic, self._receive = settings, topic, receive
        self._lock = threading.RLock()  # connect closes what is left of the last one
        self.client: Client | None = None
        self.own: LocalCluster | None = None
        self.description: dict[str, str] = {}

    def connect(self) -> Client:
        """The client of a running cluster. Raises EngineError."""
        with self._lock:
            if self.client is None or self.client.status != "running":
                self.close()
                try:
                    self._start()
                except BaseException:  # half a cluster would pass for a whole one the next time
                    self.close()
                    raise
            return self.client

    def describe(self) -> None:
        """Have every worker import torch, and note what the last of them says of itself: see work.describe."""
        for description in self.client.run(worker.describe).values():
            self.description = description

    @property
    def stacked(self) -> bool:
        """Whether all runs of a comparison are one task: on a GPU, which trains them side by side."""
        return self.description.get("device") in ("cuda", "mps")

    def cancel(self, job: str) -> None:
        """Have the workers stop this job's runs before their next step, if they can be reached."""
        if (client := self.client) is None:
            return
        try:
            client.run(worker.cancel, job, on_error="ignore")
        except Exception as error:  # of many kinds, where the scheduler is gone: then so is the work
            log.warning("the workers were not told to stop job %s: %s", job, error)

    def close(self) -> None:
        """Let go of the cluster, and stop it if it is this server's own; one that is being started, once it has."""
        with self._lock:  # Dask trips over a worker that it is told to stop while it starts
            for thing in (self.client, self.own):
                if thing is not None:
                    thing.close()
            self.client = self.own = None

    def _start(self) -> None:
        with dask.config.set(_QUIET):  # workers keep what they find when they are started
            self.client = self._new()
            self.client.subscribe_topic(self._topic, self._receive)
            self.describe()
            self._get_ready()

    def _get_ready(self) -> None:
        """Once a first worker has told what trains here: warm a GPU up, or start the other workers, a run for each."""
        if self.own is None:  # others may be training there
            return
        if self.stacked:
            self.client.run(worker.warm, on_error="ignore")  # a GPU without memory now may have some when it is wanted
            return
        self.own.scale(self.settings.workers)
        try:
            self.client.wait_for_workers(self.settings.workers, timeout=_START_SECONDS)
        except TimeoutError:
            log.warning("not all of the %d workers have started; those that have train alone", self.settings.workers)
        self.describe()

    def _new(self) -> Client:
        address = self.settings.scheduler
        try:
            return Client(address, timeout=10, set_as_default=False) if address else self._local()
        except (OSError, TimeoutError, ValueError) as error:
            where = f"no Dask scheduler answers at {address}" if address else "the local workers could not be started"
            raise EngineError(f"{where} ({error})") from error

    def _local(self) -> Client:
        _fork_from_one()
        security = Security.temporary()
        self.own = LocalCluster(
            n_workers=self.settings.at_once,  # as many as a GPU has a use for: see _get_ready
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Dask insists on a port for its health check; without the dashboard any free one will do.
            dashboard_address=f"127.0.0.1:{8787 if self.settings.dashboard else 0}",
            scheduler_kwargs={"dashboard": self.settings.dashboard},
            security=security,
            memory_limit=0,
        )
        # Results come straight from the workers: by way of the scheduler, a net's megabyte would travel twice.
        return Client(self.own, security=security, set_as_default=False, direct_to_workers=True)


def _fork_from_one() -> None:
    """Have workers, those started anew too, forked from one process with torch in it: it is in memory once for all."""
    if sys.platform != "linux":  # macOS's own libraries do not take a fork well, Windows has none
        return
    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    get_mp_context()  # when first asked, Dask names what that process is to hold, pandas too; ours is to replace it
    multiprocessing.get_context("forkserver").set_forkserver_preload(["dropout_core.engine.worker_preload"])
