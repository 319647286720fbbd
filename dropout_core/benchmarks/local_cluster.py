"""Starts deploy/local-cluster.sh: PostgreSQL, a Dask scheduler, its workers, servers and nginx, on this machine."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from dropout_core.common.settings import DatabaseUrl

ROOT = Path(__file__).parents[2]
_SECONDS = 180  # time limit for everything to start


@dataclass(frozen=True)
class LocalCluster:
    """The running processes, with their logs in this folder.

    address  the host and port at which nginx listens
    servers  those of the servers behind it
    """

    folder: Path
    address: str
    servers: tuple[str, ...]

    @property
    def store(self) -> DatabaseUrl:
        """The address of the database."""
        return DatabaseUrl(f"postgresql://dropout@/postgres?host={self.folder / 'postgres'}")

    def cpu_seconds(self, part: str) -> float:
        """Return the processor time so far of the processes whose name begins with `part`, and of their children."""
        return sum(_cpu_seconds(int(path.read_text())) for path in self.folder.glob(f"{part}*.pid"))


def _cpu_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system for each in times)


@contextmanager
def local_cluster(replicas: int, workers: int) -> Iterator[LocalCluster]:
    """Start these numbers of servers and workers, and stop everything afterwards. Raises SystemExit."""
    with tempfile.TemporaryDirectory(prefix="dropout-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_ports(2 + replicas)
        settings = {"PORT": port, "PYTHON": sys.executable, "REPLICAS": replicas, "WORKERS": workers}
        env = os.environ | {key: str(value) for key, value in (settings | {"CONNECTIONS": 10_000}).items()}
        with (folder / "script.log").open("w") as log:
            command = [ROOT / "deploy" / "local-cluster.sh", folder]
            script = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            _wait(script, folder / "script.log")
            servers = tuple(f"127.0.0.1:{port + 2 + i}" for i in range(replicas))
            yield LocalCluster(folder, f"127.0.0.1:{port}", servers)
        finally:
            script.terminate()
            script.wait(120)


def _wait(script: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + _SECONDS
    while "ready in" not in (text := log.read_text()):
        if script.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"the cluster did not start: {text.strip()}")
        time.sleep(0.2)


def free_ports(count: int) -> int:
    """Return the first of several consecutive free ports.

    Processes begin their search at different ports, since others may look for some at the same moment.
    """
    places = range(20_000, 30_000, 10)
    start = os.getpid() % len(places)
    for first in (*places[start:], *places[:start]):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise SystemExit("no free ports")
