"""Compares the time to the first chart in the static edition with that in the app, in the same run."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from dropout_core.benchmarks.serving import CHARTED, ROOT, launch, seconds_until_drawn, serving


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep requests off the terminal."""


@contextmanager
def _file_server(folder: Path) -> Iterator[str]:
    """Serve this folder's files on a free port, and yield the host and port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def first_charts(pages: tuple[str, ...] = CHARTED, repeats: int = 5) -> Iterator[dict]:
    """Measure the seconds until a browser shows the first chart of a static page, and the ratio to the app's page."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "dropout_core", "export", str(folder / "site")], check=True, cwd=ROOT)
        with _file_server(folder / "site") as site, serving(ROOT / "app.py", ROOT, folder) as app:
            browser = launch(playwright)
            for page in pages:
                yield _compare(browser, page, site, app, repeats)
            browser.close()


def _compare(browser: object, page: str, site: str, app: str, repeats: int) -> dict:
    start = page == "overview"
    urls = f"http://{app}/{'' if start else page}", f"http://{site}/{'index' if start else page}.html"
    seconds_until_drawn(browser, urls[0])  # fills the server's caches
    pairs = [tuple(seconds_until_drawn(browser, url) for url in urls) for _ in range(repeats)]  # they alternate
    theirs, ours = (median(values) for values in zip(*pairs, strict=True))
    return {"page": page, "static": round(ours, 2), "app": round(theirs, 2), "ratio": round(ours / theirs, 2)}
