"""Provenance of results: software versions, hardware, commit and date."""

import importlib.metadata
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from dropout_core import __version__

_LIBRARIES = ("torch", "numpy", "distributed", "streamlit", "altair")


def now() -> str:
    """Return the current UTC time in ISO 8601 format, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def software() -> dict[str, str]:
    """Return the versions of Python, this package and the libraries that affect results.

    In a checkout, the commit is included.
    """
    versions = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    return {"python": platform.python_version(), "dropout_core": __version__, "commit": _commit(), **versions}


@cache
def processor() -> str:
    """Return the processor's name as reported by the operating system."""
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
        # Ignore changes to the reference run files, since producing the runs rewrites these files.
        changed = _git(here, "status", "--porcelain", "-uno", "--", ".", ":!reference/files")
        return f"{commit}-dirty" if commit and changed else commit or "unknown"
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
