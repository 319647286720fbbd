"""Starts deploy/local-cluster.sh for tests: two servers, PostgreSQL, a Dask scheduler, workers, and nginx."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
from distributed import Client

from dropout_core.benchmarks.local_cluster import free_ports
from dropout_core.engine.worker import TOPIC
from tests.postgres import FOLDERS
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
HAS_NGINX = NGINX is not None


class LocalCluster:
    """The processes that the script started, with their logs in this folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_ports(4)
        self._again: list[subprocess.Popen] = []
        env = os.environ | settings | {"PORT": str(self.port), "PYTHON": sys.executable}
        with (folder / "script.log").open("w") as log:
            command = [ROOT / "deploy" / "local-cluster.sh", folder]
            self._script = subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def wait_until_ready(self) -> None:
        """Wait until all processes have started."""

        def ready() -> bool:
            text = (self.folder / "script.log").read_text()
            assert self._script.poll() is None, text
            return "ready" in text

        wait_until(ready, f"the cluster starts; see {self.folder}", 180)

    def server(self, number: int) -> str:
        """Return the address of the first or second server."""
        return f"http://127.0.0.1:{self.port + 1 + number}"

    @property
    def proxy(self) -> str:
        """The address of nginx, which leads to both servers."""
        return f"http://127.0.0.1:{self.port}"

    def process(self, name: str) -> psutil.Process:
        """Return the process with this name, such as server-1."""
        return psutil.Process(int((self.folder / f"{name}.pid").read_text()))

    def server_with_a_reader(self) -> int:
        """Return the number of the server to which nginx has an open connection."""

        def connected() -> int | None:
            for number in (1, 2):
                for each in self.process(f"server-{number}").net_connections("tcp"):
                    if each.laddr.port == self.port + 1 + number and each.status == psutil.CONN_ESTABLISHED:
                        return number
            return None

        return wait_until(connected, "a reader is connected")

    def kill_server(self, number: int) -> Callable[[], None]:
        """Kill a server, and return a function that starts it again."""
        server = self.process(f"server-{number}")
        command, folder, env = server.cmdline(), server.cwd(), server.environ()
        server.kill()

        def start_again() -> None:
            with (self.folder / f"server-{number}-again.log").open("w") as log:
                self._again.append(subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log))
            wait_until(lambda: _listens(self.port + 1 + number), "the server listens again", 120)

        return start_again

    def points(self, key: str) -> Counter:
        """Count how often workers sent each point of the comparison with this key."""
        with Client(f"tcp://127.0.0.1:{self.port + 1}", set_as_default=False, timeout=60) as client:
            messages = [message for _, message in client.get_events(TOPIC) if message.get("job") == key]
        return Counter(tuple(point[:3]) for message in messages for point in message["points"])

    def stop_postgres(self) -> list[str]:
        """Stop PostgreSQL, and return the command that starts it again."""
        process = self.process("postgres")
        command = process.cmdline()
        process.send_signal(signal.SIGINT)
        process.wait(60)
        return command

    def start_postgres(self, command: list[str]) -> subprocess.Popen:
        """Start PostgreSQL again. The caller has to stop it."""
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        command = [str(FOLDERS[-1] / "postgres"), *command[1:]]
        return subprocess.Popen(command, cwd=self.folder / "postgres", stderr=subprocess.DEVNULL, **user)

    def close(self) -> None:
        """Stop the servers that were started again, and the script, which stops everything that it started."""
        for process in (*self._again, self._script):
            process.terminate()
            process.wait(120)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
