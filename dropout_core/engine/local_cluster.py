"""The local Dask cluster, which uses loopback, TLS and a private folder. Its workers ignore Ctrl-C."""

import logging
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker, util
from pathlib import Path

import dask
from distributed import Client, Nanny, Scheduler, SpecCluster
from distributed.security import Security
from distributed.utils import get_mp_context

import dropout_core
from dropout_core.common.settings import Settings
from dropout_core.common.temporary import base_folder, private_folder
from dropout_core.engine.devices import Place, first_places, later_place
from dropout_core.engine.job import EngineError

log = logging.getLogger(__name__)
CLOSING = 60  # seconds
_PRELOAD = "dropout_core.engine.worker_preload"
_LOST_WORKER = {"distributed.deploy.lost-worker-timeout": "60s"}  # restarting a killed worker may be slow


class OwnCluster:
    """A Dask cluster on this machine, its client, and a folder for its files.

    Its first workers have started, each at its place (see devices.first_places). Raises EngineError if loopback is
    unavailable.
    """

    def __init__(self, settings: Settings) -> None:
        _check_loopback()
        dask.config.set(_LOST_WORKER)
        self._folder, security = private_folder(), Security.temporary()
        try:
            with dask.config.set({"temporary-directory": str(self._folder)}), _without_interrupts():
                _start_fork_server()
                self._cluster = _local_cluster(settings, security, self._folder)
        except BaseException:
            self._remove_files()
            raise
        # Fetch results directly from the workers; otherwise, a megabyte of weights would pass through the scheduler.
        self.client = Client(self._cluster, security=security, set_as_default=False, direct_to_workers=True)

    def scale(self, workers: int) -> None:
        """Start or stop workers until there are this many. Dask starts them in the background."""
        self._cluster.scale(workers)

    def restore_import_path(self) -> None:
        """Remove the folders that Dask's scheduler and nannies have added to this process's import path."""
        sys.path[:] = [path for path in sys.path if not path.startswith(str(self._folder))]

    def close(self) -> None:
        """Stop the workers and the scheduler, and remove their files."""
        try:
            self._cluster.close(timeout=CLOSING)  # without a limit, Dask waits forever if an earlier attempt failed
        except TimeoutError:
            log.warning("the cluster could not be closed within %d s; its workers end with this process", CLOSING)
        finally:
            self._remove_files()

    def _remove_files(self) -> None:
        self.restore_import_path()
        shutil.rmtree(self._folder, ignore_errors=True)


def _local_cluster(settings: Settings, security: Security, folder: Path) -> SpecCluster:
    """Start the cluster like Dask's LocalCluster, which would give all workers the same environment."""
    loopback = {"host": "127.0.0.1", "protocol": "tls://", "security": security}
    dashboard = {
        "dashboard": settings.dashboard,
        # Even without the dashboard, Dask's health check needs a port. Port 0 selects any free port.
        "dashboard_address": f"127.0.0.1:{8787 if settings.dashboard else 0}",
    }

    def worker(place: Place) -> dict:
        # The folder is also for workers that start after the configuration is reset.
        own = {"nthreads": 1, "memory_limit": 0, "preload": [_PRELOAD], "local_directory": str(folder)}
        quiet = {"silence_logs": logging.WARNING, "dashboard": False}
        return {"cls": Nanny, "options": loopback | own | quiet | {"env": place.env, "resources": place.resources}}

    return SpecCluster(
        scheduler={"cls": Scheduler, "options": loopback | dashboard},
        workers={i: worker(place) for i, place in enumerate(first_places(settings))},
        worker=worker(later_place(settings)),
        security=security,
        silence_logs=logging.WARNING,
    )


def _check_loopback() -> None:
    """Raise EngineError if processes cannot connect to each other. Dask would wait a minute and name no cause."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineError(f"workers cannot connect to 127.0.0.1 ({reason}); enable the loopback interface") from error


def _start_fork_server() -> None:
    """Start the process that loads torch and from which all workers are forked, so that they share its memory."""
    before, tempfile.tempdir = tempfile.tempdir, base_folder()
    try:
        util.get_temp_dir()  # multiprocessing creates sockets in this folder, and a socket's path must be short
    finally:
        tempfile.tempdir = before
    if sys.platform != "linux":  # system libraries on macOS break after a fork; Windows cannot fork
        return
    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    get_mp_context()  # the first call sets the list of preloaded modules to Dask's default
    multiprocessing.get_context("forkserver").set_forkserver_preload([_PRELOAD])
    _leave_out_working_directory()
    forkserver.ensure_running()


def _leave_out_working_directory() -> None:
    """Make new Python processes import from this package's folder, not from the server's working directory."""
    os.environ["PYTHONSAFEPATH"] = "1"
    root, paths = str(Path(dropout_core.__file__).parents[1]), os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if root not in (*paths, sysconfig.get_path("purelib")):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, *paths]))


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Make processes and threads started in this context ignore Ctrl-C, which a terminal sends to all its processes.

    They inherit the set of blocked signals from this thread. The main thread of this process still receives Ctrl-C.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting the resource tracker unblocks the signal, so do it first
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
