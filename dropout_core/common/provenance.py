"""Provenance of results: software versions, hardware, commit, date."""

import importlib.metadata
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from dropout_core import __version__

_LIBRARIES = ("torch", "numpy", "distributed", "streamlit", "altair")


def now() -> str:
    """The current time in UTC as ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def software() -> dict[str, str]:
    """Versions of Python, this package (with its commit, from a checkout) and the libraries that numbers depend on."""
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), "dropout_core": __version__, "commit": _commit(), **versions}


@cache
def processor() -> str:
    """The processor's name according to the operating system."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _git(folder: Path, *command: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, timeout=10)
    return done.stdout.strip()


def _commit() -> str:
    here = Path(__file__).parents[1]
    try:
        commit = _git(here, "describe", "--always", "--abbrev=12")
        # Making reference runs changes their files, but no code.
        changed = _git(here, "status", "--porcelain", "-uno", "--", ".", ":!reference/files")
        return f"{commit}-dirty" if commit and changed else commit or "unknown"
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
