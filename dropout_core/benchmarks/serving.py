"""How the app serves: readers at once and first charts, each as a ratio against a minimal Streamlit page.

Needs what requirements-dev.txt has: websockets for the readers, Playwright and Chromium for the charts.
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

from dropout_core.benchmarks.streamlit_client import hear, session
from dropout_core.benchmarks.training_load import training

ROOT = Path(__file__).parents[2]
PAGES = ("overview", "masks", "scaling", "ensemble", "variants", "training", "rates", "regularisers", "neurons",
         "uncertainty", "pitfalls", "papers", "claims")  # fmt: skip
CHARTED = tuple(page for page in PAGES if page not in ("training", "pitfalls", "claims"))  # they open with one
SLIDER = "import streamlit as st\nst.title('Peer')\nst.slider('Value', 0, 10)\n"
CHART = (
    "import altair as alt, pandas as pd, streamlit as st\n"
    "rows = pd.DataFrame({'x': range(20), 'y': range(20)})\n"
    "st.altair_chart(alt.Chart(rows).mark_point().encode(x='x', y='y'))\n"
)
LONG = "images=12000&epochs=100&seeds=10"  # minutes of two cores
_DRAWN = "document.querySelector('.vega-embed :is(svg, canvas)')"
_PAUSE = 1.0  # mean seconds between two reruns of a reader
_TURNS = 3  # of readers without a training and with one
_KEPT = 128  # sessions that Streamlit keeps for a while after their readers have left


@contextmanager
def serving(script: Path, folder: Path, store: Path | None = None) -> Iterator[str]:
    """Host and port of a Streamlit server that runs this script in this folder, on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={address.split(':')[1]}"]
    env = os.environ | {"DROPOUT_STORE": str((store or folder) / "store")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=folder, env=env, **quiet)
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
    """Addresses of the peer's server and of the app's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "peer.py").write_text(peer)
        # The peer runs in its own folder: with Streamlit's defaults, not with this app's configuration.
        with serving(folder / "peer.py", folder) as other, serving(ROOT / "app.py", ROOT, folder) as app:
            yield other, app


def readers(count: int, pages: tuple[str, ...] = PAGES, reruns: int = 5) -> Iterator[dict]:
    """For the peer (a title and a slider) and each page: milliseconds of a rerun while so many readers are at it."""
    with both(SLIDER) as (peer, app):
        for page in pages:  # caches are filled once for all readers
            asyncio.run(_crowd(app, page, 1, 1))
        for page in pages:
            base = asyncio.run(_crowd(peer, "", count, reruns))
            yield _row(page, asyncio.run(_crowd(app, page, count, reruns)), {"peer": base})


def beside_training(count: int, pages: tuple[str, ...] = PAGES, reruns: int = 5) -> Iterator[dict]:
    """For each page: the same with a training under way, as a ratio to the peer's and to the app's own without one.

    They take turns, each time with the workers warm: a server grows slower with the sessions it keeps, and its machine
    has its own ups and downs, by more than a training costs. Each figure is the median of the turns.
    """
    with both(SLIDER) as (peer, app):
        for page in pages:
            asyncio.run(_crowd(app, page, 1, 1))
        for _ in range(-(-_KEPT // count)):  # from here on they keep as many as they may
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
        time.sleep(2)  # until all the workers are at it
        return _row(page, asyncio.run(_crowd(app, page, count, reruns)), against)


def _typical(rows: list[dict]) -> dict:
    """The median of each figure; of what was lost or went wrong, the sum."""
    found = {name: round(median(row[name] for row in rows), 2) for name in rows[0] if name != "page"}
    return {"page": rows[0]["page"], **found} | {name: sum(row[name] for row in rows) for name in ("lost", "errors")}


def _row(page: str, found: dict, against: dict[str, dict]) -> dict:
    """What was found on a page, and what it is of each other's."""
    row = {"page": page, **found}
    for name, other in against.items():
        row |= {f"{name}_{which}": other[which] for which in ("median", "p95")}
        row |= {f"of_{name}_{which}": round(found[which] / other[which], 2) for which in ("median", "p95")}
    return row


async def _crowd(address: str, page: str, count: int, reruns: int) -> dict:
    """So many readers at once; what their reruns took, and how many sessions were lost or showed an error."""
    found = await asyncio.gather(*(_reader(address, page, reruns) for _ in range(count)), return_exceptions=True)
    lost = [each for each in found if isinstance(each, BaseException)]
    times = sorted(seconds for each in found if not isinstance(each, BaseException) for seconds, _ in each)
    errors = sum(bad for each in found if not isinstance(each, BaseException) for _, bad in each)
    p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
    return {"median": round(1e3 * median(times), 1), "p95": round(1e3 * p95, 1), "lost": len(lost), "errors": errors}


async def _reader(address: str, page: str, reruns: int) -> list[tuple[float, int]]:
    """One session: opens the page, then reruns it now and then. Seconds and exceptions shown, a pair a rerun."""
    await asyncio.sleep(random.random() * 2)
    async with session(address) as socket:
        await rerun(socket, page)
        found = []
        for _ in range(reruns):
            await asyncio.sleep(random.random() * 2 * _PAUSE)
            found.append(await rerun(socket, page))
        return found


async def rerun(socket, page: str) -> tuple[float, int]:
    """Ask an open session for this page; seconds until its script ended, and how many exceptions it showed."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    ask, errors = BackMsg(), 0
    ask.rerun_script.page_name = "" if page == "overview" else page
    start = time.perf_counter()
    await socket.send(ask.SerializeToString())
    while True:
        told = await hear(socket)
        errors += told.WhichOneof("type") == "delta" and told.delta.new_element.WhichOneof("type") == "exception"
        if told.WhichOneof("type") == "script_finished":
            return time.perf_counter() - start, errors


def first_charts(pages: tuple[str, ...] = CHARTED, repeats: int = 5) -> Iterator[dict]:
    """For each page: seconds until a browser shows its first chart, over those of the peer's."""
    from playwright.sync_api import sync_playwright

    with both(CHART) as (peer, app), sync_playwright() as playwright:
        browser = _launch(playwright)
        for page in pages:
            path = "" if page == "overview" else page
            _seconds(browser, f"http://{app}/{path}")
            urls = (f"http://{peer}", f"http://{app}/{path}")
            pairs = [
                tuple(_seconds(browser, url) for url in urls) for _ in range(repeats)
            ]  # in turn, on a noisy machine
            theirs, ours = (median(values) for values in zip(*pairs, strict=True))
            ratio = round(ours / theirs, 2)
            yield {"page": page, "seconds": round(ours, 2), "peer": round(theirs, 2), "ratio": ratio}
        browser.close()


def _launch(playwright):
    """Chromium, from where CHROMIUM says or Debian puts it."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


def _seconds(browser, url: str) -> float:
    """From asking for the page to something drawn, in a context of its own: no cache of the browser's helps."""
    context = browser.new_context()
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(_DRAWN, timeout=60_000)  # looks at every frame; wait_for_selector up to half a second apart
    took = time.perf_counter() - start
    context.close()
    return took
