"""Measures how many readers one and two servers carry at the same response time, proxy and store included.

The servers, nginx, PostgreSQL, the scheduler and the simulated readers share this machine's cores.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

import altair as alt
import pandas as pd
import psutil

from dropout_core.benchmarks.local_cluster import LocalCluster, local_cluster
from dropout_core.benchmarks.serving import PAGES, PAUSE, visitor
from dropout_core.charts.theme import NEUTRAL
from dropout_core.common import provenance
from dropout_core.common.resources import available_cpus

T = TypeVar("T")

CROWD, ACTION_SECONDS = 5_000, 10.0  # the crowd to estimate cores for, each of whom acts this often
_GROWTH = 1.25  # from one number of readers to the next
_PARTS = "server", "nginx", "postgres", "scheduler"


@dataclass(frozen=True)
class Load:
    """How readers behave, and when a server is full.

    reruns      the number of each reader's reruns that are timed, after a first visit
    limit       the 95th percentile of the response times in seconds up to which a server is not full
    first       the number of readers to begin with
    most        the number of readers to end with, even if the servers are not full
    """

    pages: tuple[str, ...] = PAGES
    reruns: int = 12
    limit: float = 1.0
    first: int = 20
    most: int = 1_000


def measure(load: Load, turns: int) -> Iterator[dict]:
    """Measure increasing crowds of readers on one server and on two in turn, until the response times are too long.

    Yields a row for each crowd.
    """
    for turn in range(turns):
        for replicas in (1, 2) if turn % 2 == 0 else (2, 1):
            with local_cluster(replicas, workers=1) as cluster:
                for server in cluster.servers:
                    _run(_crowd(server, load, len(load.pages), timed=1))  # fill the caches
                for row in _grow(cluster, load):
                    yield {"turn": turn, "replicas": replicas, **row}


def _grow(cluster: LocalCluster, load: Load) -> Iterator[dict]:
    readers = min(load.first, load.most)
    while True:
        row = _step(cluster, load, readers)
        yield row
        if row["p95"] > 1e3 * load.limit or readers == load.most:
            return
        readers = min(load.most, max(readers + 1, round(readers * _GROWTH)))


def _step(cluster: LocalCluster, load: Load, readers: int) -> dict:
    before, client, start = _cpu(cluster), sum(psutil.Process().cpu_times()[:2]), time.perf_counter()
    visits = _run(_crowd(cluster.address, load, readers, load.reruns))
    seconds = time.perf_counter() - start
    timed = [rerun for visit in visits if not isinstance(visit, BaseException) for rerun in visit]
    times = sorted(1e3 * each for each, _ in timed)
    used = {part: value - before[part] for part, value in _cpu(cluster).items()}
    used["readers"] = sum(psutil.Process().cpu_times()[:2]) - client
    return {
        "readers": readers,
        "median": round(median(times), 1),
        "p95": round(times[min(len(times) - 1, int(0.95 * len(times)))], 1),
        "lost": sum(isinstance(visit, BaseException) for visit in visits),
        "errors": sum(bad for _, bad in timed),
        "reruns_per_s": round(readers * (load.reruns + 1) / seconds, 1),
        "cores": {part: round(value / seconds, 2) for part, value in used.items()},
    }


def _cpu(cluster: LocalCluster) -> dict[str, float]:
    return {part: cluster.cpu_seconds(part) for part in _PARTS}


def _run(crowd: Coroutine[None, None, T]) -> T:
    """Run simulated readers in a fast event loop, since they share the servers' cores."""
    try:
        from uvloop import new_event_loop
    except ImportError:  # Windows
        return asyncio.run(crowd)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(crowd)


async def _crowd(address: str, load: Load, readers: int, timed: int) -> list[list[tuple[float, int]] | BaseException]:
    """Simulate these readers, who are spread evenly over the pages. Returns the times and errors of each."""
    visits = (visitor(address, load.pages[i % len(load.pages)], timed) for i in range(readers))
    return await asyncio.gather(*visits, return_exceptions=True)


def capacities(rows: list[dict], limit: float) -> pd.DataFrame:
    """Return how many readers are carried, and how many reruns per second, by turn and number of replicas.

    Both are interpolated between the last crowd within the limit and the first beyond it.
    """
    found = []
    for (turn, replicas), steps in pd.DataFrame(rows).groupby(["turn", "replicas"]):
        full = steps[steps["p95"] > 1e3 * limit].head(1)
        within = steps[steps["p95"] <= 1e3 * limit].tail(1)
        between = pd.concat([within, full])
        share = 0.0
        if len(between) == 2:
            low, high = between["p95"]
            share = (1e3 * limit - low) / (high - low)
        values = {name: _between(between[name], share) for name in ("readers", "reruns_per_s")}
        found.append({"turn": turn, "replicas": replicas, **values})
    return pd.DataFrame(found)


def _between(values: pd.Series, share: float) -> float:
    return float(values.iloc[0] + share * (values.iloc[-1] - values.iloc[0]))


def cores_for_a_crowd(reruns_per_s: float, cores: int) -> float:
    """Return how many cores CROWD readers need, if `cores` cores carry this many reruns per second."""
    return cores * (CROWD / ACTION_SECONDS) / reruns_per_s


def report(rows: list[dict], limit: float, chart_name: str) -> str:
    """Describe the measurements as a Markdown document."""
    carried = capacities(rows, limit)
    by_turn = carried.pivot_table(index="turn", columns="replicas", values="readers")
    ratios, cores = by_turn[2] / by_turn[1], available_cpus()
    typical = carried.groupby("replicas")[["readers", "reruns_per_s"]].median()
    need = cores_for_a_crowd(typical["reruns_per_s"][2], cores)
    share = median(row["cores"]["readers"] / sum(row["cores"].values()) for row in rows)
    return f"""# One server and two

Measured by `python -m dropout_core.benchmarks replicas` on {provenance.now()[:10]}, on {cores} cores
({provenance.processor()}), in {len(by_turn)} alternating turns. Each reader pauses for {PAUSE:g} s on average between
two reruns. Servers, nginx, PostgreSQL and the simulated readers share the cores; the readers use {share:.0%} of the
time.

| servers | readers at a 95th percentile of {limit:g} s | reruns per second |
|---|---|---|
{_row(carried, 1)}
{_row(carried, 2)}

Two servers carry {ratios.median():.2f} times the readers of one ({ratios.min():.2f} to {ratios.max():.2f}).
{CROWD:,} readers who each act once in {ACTION_SECONDS:g} seconds need {need:.0f} such cores, at the throughput of two
servers.

![95th percentile of the response times against readers, for one server and two]({chart_name})
"""


def _row(carried: pd.DataFrame, replicas: int) -> str:
    """Return a row of the table: the median over the turns, and the range of the readers."""
    own = carried[carried["replicas"] == replicas]
    readers, reruns = own["readers"], own["reruns_per_s"]
    spread = f"{readers.median():.0f} ({readers.min():.0f} to {readers.max():.0f})"
    return f"| {replicas} | {spread} | {reruns.median():.1f} |"


def chart(rows: list[dict], limit: float) -> alt.LayerChart:
    """Draw the 95th percentiles against the number of readers, with one line per turn, and the limit."""
    table = pd.DataFrame(rows)
    table["servers"] = table["replicas"].map({1: "one server", 2: "two servers"})
    log = alt.Scale(type="log")
    lines = alt.Chart(table).mark_line(point=True).encode(
        alt.X("readers:Q", scale=log, title="readers"),
        alt.Y("p95:Q", scale=log, title="95th percentile, ms"),
        alt.Color("servers:N", title=None),
        alt.Detail("turn:N"),
    )  # fmt: skip
    full = alt.Chart(pd.DataFrame({"limit": [1e3 * limit]})).mark_rule(color=NEUTRAL).encode(y="limit:Q")
    return (lines + full).properties(width=420, height=300, title="Response times of one server and of two")


def run(load: Load, turns: int, told: Callable[[dict], None]) -> list[dict]:
    """Measure everything, and return all rows. Each row is passed to `told` as soon as it is known."""
    rows = []
    for row in measure(load, turns):
        told(row)
        rows.append(row)
    return rows
