"""Browser tests of faults: an open page explains each fault in one sentence, and finished results are kept."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import live
from tests.e2e.test_training import DONE, open_training, start, wait_for_curves
from tests.e2e.test_uncertainty import clear, draw_a_stroke

pytestmark = pytest.mark.browser

QUICK, LONG = "images=500&epochs=1&show=1", "images=4000&epochs=100"
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
    expect(page.get_by_text(DONE)).to_be_visible()
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
        with restarted(page, app, own_app):
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
        expect(page.get_by_text("Data: the 5,000-image subset")).to_be_visible()
        calm(page)
        finish_a_quick_one(page, app)
    data.mkdir()
    (data / "MNIST").symlink_to(MNIST)
    with own_app(**mine) as app:
        open_training(page, app, QUICK)
        expect_result(page)


def answer(page: Page) -> Locator:
    return page.get_by_text("predictive entropy = mean entropy of the passes")


@contextmanager
def restarted(page: Page, app: str, own_app, meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Kill the server, start it again on the same port, and wait until the page has reconnected automatically."""
    server = server_of(app)
    server.kill()
    server.wait(30)
    meanwhile()
    killed = page.evaluate("performance.now()")
    with own_app(port=int(app.rsplit(":", 1)[1]), **SMALL):
        page.wait_for_function("killed => window.lastMessage > killed", arg=killed)
        live.wait_until_at_rest(page)
        yield


def test_after_restarts_the_page_answers_the_drawing_on_the_sheet(page: Page, own_app):
    """The browser keeps the drawing (a digit or an empty canvas) and sends it to each new server."""
    with own_app(**SMALL) as app:
        page.goto(f"{app}/uncertainty")
        page.locator("canvas.paper").scroll_into_view_if_needed()
        live.wait_until_at_rest(page)
        clear(page)
        draw_a_stroke(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
        expect(answer(page)).to_be_visible()
        drawn = answer(page).inner_text()
        with restarted(page, app, own_app):
            expect(answer(page)).to_have_text(drawn)
            page.get_by_role("button", name="a seven").click()
            page.wait_for_url("**sample=a+seven")
            page.get_by_role("button", name="Clear").click()
            expect(page.get_by_text("The sheet is empty")).to_be_visible()
            with restarted(page, app, own_app):
                expect(page.get_by_text("The sheet is empty")).to_be_visible()


def test_a_slider_moved_while_the_server_is_down_and_the_link_agree_afterwards(page: Page, own_app):
    with own_app(**SMALL) as app:
        page.goto(f"{app}/scaling")
        expect(page.locator(".st-key-scaling_gaps svg.marks")).to_be_visible()
        live.wait_until_at_rest(page)
        slider = page.get_by_role("slider", name="Rate p")
        live.press(page, slider, "ArrowLeft", 1)
        expect(page).to_have_url(re.compile(r"rate=0\.45$"))
        with restarted(page, app, own_app, lambda: live.press(page, slider, "ArrowLeft", 2)):
            expect(page).to_have_url(re.compile(r"rate=0\.35$"))
            assert slider.input_value() == "0.35"
            rates = page.locator(".vega-bindings input[name=rate_p]")
            assert set(rates.evaluate_all("inputs => inputs.map(input => input.value)")) == {"0.35"}
            assert "scaled by 1 / (1 - p) = 1.54" in live.texts(page.locator(".st-key-scaling_sums"))


def test_two_charts_whose_sliders_moved_while_the_server_is_down_agree_with_the_link_afterwards(page: Page, own_app):
    with own_app(**SMALL) as app:
        single, costly = (page.locator(f".st-key-neurons_{name}") for name in ("single", "costly"))
        page.goto(f"{app}/neurons?show=1")
        live.wait_until_at_rest(page)
        page.get_by_text("Remove any one neuron").click()
        for each in (single, costly):
            expect(each.locator("svg.marks")).to_be_visible()
        live.wait_until_at_rest(page)
        rank, removed = live.control(single, "rank_rank"), live.control(costly, "removed_k")
        live.press(page, rank, "ArrowRight", 1)
        live.press(page, removed, "ArrowRight", 1)
        expect(page).to_have_url(re.compile(r"rank=2&removed=\d+$"))
        live.wait_until_at_rest(page)
        before = removed.input_value()

        def move() -> None:
            live.press(page, rank, "ArrowRight", 2)
            live.press(page, removed, "ArrowRight", 1)

        with restarted(page, app, own_app, move):
            expect(page).to_have_url(re.compile(r"rank=4&removed=\d+$"))
            live.wait_until_at_rest(page)
            assert page.url.endswith(f"rank={rank.input_value()}&removed={removed.input_value()}")
            assert rank.input_value() == "4"
            assert float(removed.input_value()) > float(before)
