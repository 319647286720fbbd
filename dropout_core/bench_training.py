"""A browser that trains in the app again and again, while others measure how the app serves."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .background import give_way


def launch(playwright):
    """Chromium, from where CHROMIUM says or Debian puts it."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


@contextmanager
def training(address: str, recipe: str, every: float) -> Iterator[None]:
    """Every so many seconds Start is pressed for another seed of this recipe, a query of the page. Needs Chromium.

    The browser runs on what no other wants of this machine, where that can be had: a reader's has one of its own.
    """
    end = threading.Event()
    thread = threading.Thread(target=_train, args=(address, recipe, every, end), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join(60)


def _train(address: str, recipe: str, every: float, end: threading.Event) -> None:
    from playwright.sync_api import Error, sync_playwright

    give_way()  # with this thread, and with the browser that it starts
    with sync_playwright() as playwright:
        browser, seed = launch(playwright), 0
        while not end.is_set():
            page, seed = browser.new_page(), seed + 1
            try:
                page.goto(f"http://{address}/training?{recipe}&seed={seed}")
                page.get_by_role("button", name="Start training").click(timeout=60_000)
            except Error:
                pass  # a busy machine: the next one will do
            end.wait(every)
            page.close()
        browser.close()
