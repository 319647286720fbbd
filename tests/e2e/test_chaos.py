"""After a fault, an open page explains it in one sentence, and finished results are kept."""

import os
import re
import shutil
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_training import open_training, start, wait_for_curves

pytestmark = pytest.mark.browser

QUICK, LONG = "images=500&epochs=1", "images=4000&epochs=100"
MNIST = Path(os.environ.get("DROPOUT_DATA_DIR") or "../shared/data").resolve() / "MNIST"
SETTINGS = {"DROPOUT_WORKERS": "2", "DROPOUT_DOWNLOAD": "0"}
SMALL = SETTINGS | {"DROPOUT_DATA_DIR": "", "DROPOUT_CACHE_DIR": "/nonexistent"}


def server_of(app: str) -> psutil.Process:
    port = f"--server.port={app.rsplit(':', 1)[1]}"
    return next(child for child in psutil.Process().children(recursive=True) if port in child.cmdline())


def a_worker(app: str) -> psutil.Process:
    """Return the most recently started child process, which is a worker."""
    return max(server_of(app).children(recursive=True), key=lambda child: child.create_time())


def finish_a_quick_one(page: Page, app: str) -> None:
    open_training(page, app, QUICK)
    start(page)
    expect_result(page)


def expect_result(page: Page) -> None:
    expect(page.get_by_role("heading", name="What came out")).to_be_visible()
    calm(page)


def calm(page: Page) -> None:
    assert not page.get_by_test_id("stException").count()
    assert "Traceback" not in page.inner_text("body")


def test_a_worker_and_then_the_server_are_killed_and_nothing_finished_is_lost(page: Page, own_app):
    with own_app(**SMALL) as app:
        finish_a_quick_one(page, app)
        open_training(page, app, LONG)
        start(page)
        before = wait_for_curves(page)
        a_worker(app).kill()
        wait_for_curves(page, before)
        calm(page)
        server = server_of(app)
        server.kill()
        server.wait(30)
        # Streamlit keeps trying to reconnect, so the page needs no reload.
        with own_app(port=int(app.rsplit(":", 1)[1]), **SMALL):
            expect(page.get_by_text("An earlier attempt was interrupted")).to_be_visible()
            expect(page.get_by_role("button", name="Start training")).to_be_enabled()
            calm(page)
            open_training(page, app, QUICK)
            expect_result(page)


def test_a_store_that_is_taken_away_is_said_and_is_all_there_when_it_comes_back(page: Page, own_app, tmp_path):
    with own_app(**SMALL) as app:
        finish_a_quick_one(page, app)
        (tmp_path / "store").rename(tmp_path / "elsewhere")
        page.goto(f"{app}/training?{QUICK}")
        expect(page.get_by_text("Training is not possible here: the store")).to_be_visible()
        expect(page.get_by_text(re.compile("cannot be used"))).to_be_visible()
        calm(page)
        page.goto(f"{app}/masks")
        expect(page.get_by_role("slider").first).to_be_visible()
        (tmp_path / "elsewhere").rename(tmp_path / "store")
        open_training(page, app, QUICK)
        expect_result(page)


@pytest.mark.skipif(not MNIST.exists(), reason="needs the full MNIST")
def test_images_that_are_taken_away_are_said_and_results_stay(page: Page, own_app, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "MNIST").symlink_to(MNIST)
    mine = SETTINGS | {"DROPOUT_DATA_DIR": str(data), "DROPOUT_CACHE_DIR": str(tmp_path / "cache")}
    with own_app(**mine) as app:
        finish_a_quick_one(page, app)
    shutil.rmtree(data)
    with own_app(**mine) as app:
        open_training(page, app, QUICK)
        expect(page.get_by_text(re.compile("5,000-image subset"))).to_be_visible()
        calm(page)
        finish_a_quick_one(page, app)
    data.mkdir()
    (data / "MNIST").symlink_to(MNIST)
    with own_app(**mine) as app:
        open_training(page, app, QUICK)
        expect_result(page)
