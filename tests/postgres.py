"""A real PostgreSQL server for tests, which listens on a socket in its own temporary folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

from tests.waiting import wait_until

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))  # Debian's
ACCESS = """
local all locked scram-sha-256
local all all trust
"""
OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")


class PostgresServer:
    """A server with its data in a temporary folder. It runs as `postgres` if the tests run as root."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(self.folder, "postgres", "postgres")
        self._process: subprocess.Popen | None = None
        self._run("initdb", "-D", self.folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        (self.folder / "data" / "pg_hba.conf").write_text(ACCESS)

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [FOLDERS[-1] / "postgres", "-D", self.folder / "data", "-k", self.folder, *OPTIONS]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._user)
        wait_until(self._answers, f"PostgreSQL starts; see {self.folder / 'log'}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server. By default, it disconnects its clients."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)

    def close(self) -> None:
        """Stop the server, and remove its files."""
        self.stop()
        shutil.rmtree(self.folder)

    def new_database(self) -> str:
        """Create an empty database, and return its address."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str = "postgres", user: str = "tester") -> str:
        """Return the address of the database with this name."""
        return f"postgresql://{user}@/{name}?host={self.folder}"

    def execute(self, sql: str, url: str = "") -> str:
        """Execute SQL in a database, by default in the one called postgres, and return what it prints."""
        return self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url or self.url())

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()
        command = [FOLDERS[-1] / "pg_isready", "-q", "-h", self.folder]
        return subprocess.run(command, cwd=self.folder, **self._user).returncode == 0

    def _run(self, name: str, *arguments: object) -> str:
        command = [FOLDERS[-1] / name, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, **self._user)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def require_postgres() -> None:
    """Skip the test if PostgreSQL is not installed. In CI, fail."""
    if not FOLDERS:
        assert not os.environ.get("CI"), "CI needs PostgreSQL: apt-get install postgresql"
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
