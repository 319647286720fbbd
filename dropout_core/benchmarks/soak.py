"""Soak test: checks for leaks while visitors use the app for a long time and a network is trained every 30 s.

Samples memory, threads, open files, rerun times, and the numbers of new visitors and of errors shown. Streamlit keeps
a session for two minutes after the visitor has left, and the event loop of each session holds three open files.
"""

import asyncio
import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import altair as alt
import pandas as pd
import psutil

from dropout_core.benchmarks.serving import PAGES, ROOT, rerun, serving
from dropout_core.benchmarks.streamlit_client import session
from dropout_core.benchmarks.training_load import training
from dropout_core.charts.theme import NEUTRAL

SAMPLE = 10.0  # seconds between two samples
TRAINING = 30.0  # seconds between the starts of two consecutive training runs
RECIPE = "images=1000&epochs=5"
Connection = Any  # a named tuple from psutil
_PAUSE = 3.0  # mean seconds between a visitor's actions
_FRESH = 0.1  # probability that a visitor leaves after an action and is replaced by a new one


def soak(minutes: float, readers: int = 10, told: Callable[[dict], None] = lambda row: None) -> list[dict]:
    """Run the app under load for this many minutes, and return one row of measurements per sample.

    told  called with each row as soon as it is measured
    """
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as folder, serving(ROOT / "app.py", ROOT, Path(folder)) as address:
        seen = _Seen()
        end = threading.Event()
        crowd = threading.Thread(target=lambda: asyncio.run(_crowd(address, readers, seen, end)), daemon=True)
        crowd.start()
        with training(address, RECIPE, TRAINING):
            start = time.monotonic()
            while time.monotonic() - start < 60 * minutes:
                time.sleep(SAMPLE)
                rows.append(_sample(address, seen) | {"minute": round((time.monotonic() - start) / 60, 2)})
                told(rows[-1])
        end.set()
        crowd.join(60)
    return rows


@dataclass
class _Seen:
    """The rerun times in seconds, and the numbers of new visitors and errors shown, since the last sample."""

    times: list[float] = field(default_factory=list)
    came: int = 0
    errors: int = 0

    def taken(self) -> "_Seen":
        """Return what was seen, and start again."""
        taken = replace(self)
        self.times, self.came, self.errors = [], 0, 0
        return taken


def _sample(address: str, seen: _Seen) -> dict:
    server = next(c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and _at(c, address))
    process = psutil.Process(server)
    every = [process, *process.children(recursive=True)]
    taken = seen.taken()
    return {
        "server_mb": round(process.memory_info().rss / 1e6),
        "all_mb": round(sum(_memory(each) for each in every) / 1e6),
        "threads": process.num_threads(),
        "files": process.num_fds(),
        "rerun_ms": round(1e3 * median(taken.times)) if taken.times else None,
        "reruns": len(taken.times),
        "came": taken.came,
        "errors": taken.errors,
    }


def _at(connection: Connection, address: str) -> bool:
    return f"{connection.laddr.ip}:{connection.laddr.port}" == address


def _memory(process: psutil.Process) -> int:
    """Return the process's memory in bytes, with shared pages divided among the processes that share them (PSS)."""
    try:
        return process.memory_full_info().pss
    except (psutil.Error, AttributeError):
        return 0


async def _crowd(address: str, readers: int, seen: _Seen, end: threading.Event) -> None:
    await asyncio.gather(*(_reader(address, seen, end) for _ in range(readers)))


async def _reader(address: str, seen: _Seen, end: threading.Event) -> None:
    """Visit random pages until the end, and occasionally open a new session as a new visitor."""
    while not end.is_set():
        async with session(address) as socket:
            seen.came += 1
            while not end.is_set() and random.random() > _FRESH:
                await asyncio.sleep(random.random() * 2 * _PAUSE)
                seconds, errors = await rerun(socket, random.choice(PAGES))
                seen.times.append(seconds)
                seen.errors += errors


def chart(rows: list[dict]) -> alt.ConcatChart:
    """Plot memory, threads, open files and rerun times against time, in one small chart each."""
    names = {
        "server_mb": "server, MB",
        "all_mb": "all processes, MB",
        "threads": "threads of the server",
        "files": "open files of the server",
        "rerun_ms": "median rerun, ms",
    }
    base = alt.Chart(pd.DataFrame(rows)).mark_line(color=NEUTRAL).encode(alt.X("minute:Q", title="minutes"))
    charts = [
        base.encode(alt.Y(f"{name}:Q", title=title, scale=alt.Scale(zero=True))).properties(width=300, height=110)
        for name, title in names.items()
    ]
    return alt.concat(*charts, columns=2)
