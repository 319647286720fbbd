"""Measures response times with concurrent visitors, and the time to the first chart.

Each time is also given as a ratio to the time of a minimal Streamlit page. Needs the development
requirements: websockets simulates the visitors; Playwright and Chromium draw the charts.
"""

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from dropout_core.benchmarks.streamlit_client import Socket, receive, session
from dropout_core.benchmarks.training_load import training

ROOT = Path(__file__).parents[2]
PAGES = ("overview", "masks", "scaling", "ensemble", "variants", "training", "rates", "regularisers", "neurons",
         "uncertainty", "pitfalls", "today", "papers", "claims")  # fmt: skip
# The pages that show a chart or a picture drawn by a component when they open.
CHARTED = tuple(page for page in PAGES if page != "claims")
SLIDER = "import streamlit as st\nst.title('Peer')\nst.slider('Value', 0, 10)\n"
CHART = (
    "import altair as alt, pandas as pd, streamlit as st\n"
    "rows = pd.DataFrame({'x': range(20), 'y': range(20)})\n"
    "st.altair_chart(alt.Chart(rows).mark_point().encode(x='x', y='y'))\n"
)
Playwright = Any  # playwright.sync_api.Playwright; Playwright is a development requirement
Browser = Any
LONG = "images=12000&epochs=100&seeds=10"  # training this recipe takes minutes on two cores
# Whether there is a chart by Vega, the network of the masks page, or the tiles of the neurons page.
_DRAWN = """() => document.querySelector('.vega-embed :is(svg, canvas)') ||
    [...document.querySelectorAll('.st-key-masks_live *, .st-key-neurons_tiles *')].some(
        element => element.shadowRoot?.querySelector('svg circle, .tile'))"""
PAUSE = 1.0  # mean seconds between a visitor's reruns
_TURNS = 3  # number of repetitions, each without and with a training run
_KEPT = 128  # maximum number of disconnected sessions that Streamlit keeps in memory


@contextmanager
def serving(script: Path, folder: Path, store: Path | None = None) -> Iterator[str]:
    """Run this script in this folder on a local Streamlit server, and yield the server's host and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={address.split(':')[1]}"]
    env = os.environ | {"DROPOUT_STORE": str((store or folder) / "store")}
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://{address}/_stcore/health", server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait(url: str, server: subprocess.Popen, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("a server did not start")


@contextmanager
def both(peer: str) -> Iterator[tuple[str, str]]:
    """Start two servers, one for a minimal script (the peer) and one for the app, and yield their addresses."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "peer.py").write_text(peer)
        # The peer runs in a separate folder, so it gets Streamlit's defaults instead of this app's configuration.
        with serving(folder / "peer.py", folder) as other, serving(ROOT / "app.py", ROOT, folder) as app:
            yield other, app


def readers(count: int, pages: tuple[str, ...] = PAGES, reruns: int = 5) -> Iterator[dict]:
    """Measure rerun times (ms) with concurrent visitors, for each page and for a script with a title and a slider."""
    with both(SLIDER) as (peer, app):
        for page in pages:  # fill the caches
            asyncio.run(_crowd(app, page, 1, 1))
        for page in pages:
            base = asyncio.run(_crowd(peer, "", count, reruns))
            yield _row(page, asyncio.run(_crowd(app, page, count, reruns)), {"peer": base})


def beside_training(count: int, pages: tuple[str, ...] = PAGES, reruns: int = 5) -> Iterator[dict]:
    """Measure rerun times during a training run, and their ratios to those of the peer script and of the idle app.

    The workers are warm. The conditions alternate, because the number of sessions that a server keeps and the
    machine's fluctuations affect the times more than training does. Each result is the median over all repetitions.
    """
    with both(SLIDER) as (peer, app):
        for page in pages:
            asyncio.run(_crowd(app, page, 1, 1))
        for _ in range(-(-_KEPT // count)):  # fill each server with the maximum number of disconnected sessions
            asyncio.run(_crowd(peer, "", count, reruns))
            asyncio.run(_crowd(app, pages[0], count, reruns))
        with training(app, LONG, every=3600):
            time.sleep(5)
        for page in pages:
            yield _typical([_turn(peer, app, page, count, reruns) for _ in range(_TURNS)])


def _turn(peer: str, app: str, page: str, count: int, reruns: int) -> dict:
    against = {
        "peer": asyncio.run(_crowd(peer, "", count, reruns)),
        "own": asyncio.run(_crowd(app, page, count, reruns)),
    }
    with training(app, LONG, every=3600):
        time.sleep(2)  # wait until all workers are busy
        return _row(page, asyncio.run(_crowd(app, page, count, reruns)), against)


def _typical(rows: list[dict]) -> dict:
    """Return the median of each measurement, and the total numbers of lost sessions and errors."""
    medians = {name: round(median(row[name] for row in rows), 2) for name in rows[0] if name != "page"}
    return {"page": rows[0]["page"], **medians} | {name: sum(row[name] for row in rows) for name in ("lost", "errors")}


def _row(page: str, measured: dict, against: dict[str, dict]) -> dict:
    """Return a page's measurements and their ratios to the measurements of each reference."""
    row = {"page": page, **measured}
    for name, other in against.items():
        row |= {f"{name}_{which}": other[which] for which in ("median", "p95")}
        row |= {f"of_{name}_{which}": round(measured[which] / other[which], 2) for which in ("median", "p95")}
    return row


async def _crowd(address: str, page: str, count: int, reruns: int) -> dict:
    """Simulate concurrent visitors.

    Returns the median and 95th percentile of the rerun times (ms), and the numbers of lost sessions and errors shown.
    """
    visits = await asyncio.gather(*(visitor(address, page, reruns) for _ in range(count)), return_exceptions=True)
    lost = [visit for visit in visits if isinstance(visit, BaseException)]
    timed = [rerun for visit in visits if not isinstance(visit, BaseException) for rerun in visit]
    times, errors = sorted(seconds for seconds, _ in timed), sum(bad for _, bad in timed)
    p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
    return {"median": round(1e3 * median(times), 1), "p95": round(1e3 * p95, 1), "lost": len(lost), "errors": errors}


async def visitor(address: str, page: str, reruns: int) -> list[tuple[float, int]]:
    """Open the page in a new session and rerun it. Returns each rerun's seconds and number of exceptions."""
    await asyncio.sleep(random.random() * 2)
    async with session(address) as socket:
        await rerun(socket, page)
        timed = []
        for _ in range(reruns):
            await asyncio.sleep(random.random() * 2 * PAUSE)
            timed.append(await rerun(socket, page))
        return timed


async def rerun(socket: Socket, page: str) -> tuple[float, int]:
    """Rerun this page in an open session. Returns the rerun time in seconds and the number of exceptions shown."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    request, errors = BackMsg(), 0
    request.rerun_script.page_name = "" if page == "overview" else page
    start = time.perf_counter()
    await socket.send(request.SerializeToString())
    while True:
        message = await receive(socket)
        errors += message.WhichOneof("type") == "delta" and message.delta.new_element.WhichOneof("type") == "exception"
        if message.WhichOneof("type") == "script_finished":
            return time.perf_counter() - start, errors


def first_charts(pages: tuple[str, ...] = CHARTED, repeats: int = 5) -> Iterator[dict]:
    """Measure the seconds until a browser shows a page's first chart, and the ratio to a script with a small chart."""
    from playwright.sync_api import sync_playwright

    with both(CHART) as (peer, app), sync_playwright() as playwright:
        browser = launch(playwright)
        for page in pages:
            path = "" if page == "overview" else page
            seconds_until_drawn(browser, f"http://{app}/{path}")
            urls = (f"http://{peer}", f"http://{app}/{path}")
            pairs = [
                tuple(seconds_until_drawn(browser, url) for url in urls) for _ in range(repeats)
            ]  # peer and app alternate
            theirs, ours = (median(values) for values in zip(*pairs, strict=True))
            ratio = round(ours / theirs, 2)
            yield {"page": page, "seconds": round(ours, 2), "peer": round(theirs, 2), "ratio": ratio}
        browser.close()


def launch(playwright: Playwright) -> Browser:
    """Launch Chromium from the path in the environment variable CHROMIUM, by default from Debian's path."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


def seconds_until_drawn(browser: Browser, url: str) -> float:
    """Return the seconds from the request until a chart is drawn, starting with an empty browser cache."""
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(
        _DRAWN, timeout=60_000
    )  # checked in every frame; wait_for_selector checks only twice a second
    took = time.perf_counter() - start
    context.close()
    return took
