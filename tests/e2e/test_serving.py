"""Test that the server starts from any folder, blocks most internal paths, and stops together with its workers."""

import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.waiting import wait_until

ICON = re.compile(r"^data:image/svg\+xml;base64,|/media/.*\.svg$")
TOKEN = "a-token-of-many-characters"
StartApp = Callable[..., AbstractContextManager[str]]


def status(address: str, path: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{address}{path}", headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("path", ["metrics", "agent/openapi.json", "agent/interact", "agent/mcp", "anything"])
def test_internal_paths_that_no_reader_needs_are_closed(app: str, path: str):
    assert status(app, f"/_stcore/{path}", Authorization=f"Bearer {TOKEN}") == 404
    assert status(app, "/_stcore/health") == status(app, "/_stcore/host-config") == 200


def test_a_token_opens_the_metrics(own_app: StartApp):
    with own_app(DROPOUT_METRICS_TOKEN=TOKEN) as app:
        assert status(app, "/_stcore/metrics", Authorization=f"Bearer {TOKEN}") == 200
        assert status(app, "/_stcore/metrics") == 404


def test_the_scripts_that_a_page_announces_exist(app: str):
    with urllib.request.urlopen(f"{app}/scaling") as answer:
        scripts = re.findall(r'"\.(/static/js/[^"]+)"', answer.read().decode())
    assert any("ArrowVegaLiteChart" in script for script in scripts)
    assert {status(app, script) for script in scripts} == {200}


@pytest.mark.browser
def test_started_in_another_folder_a_new_server_opens_a_deep_link_with_the_icon(
    page: Page, own_app: StartApp, tmp_path: Path
):
    with own_app(cwd=tmp_path) as app:
        page.goto(f"{app}/scaling?rate=0.8")
        expect(page.get_by_role("heading", level=1)).to_have_text("Inverted scaling", timeout=60_000)
        expect(page.get_by_role("link", name="Claims", exact=True).first).to_be_visible()
        expect(page.locator("link[rel*=icon]").first).to_have_attribute("href", ICON)
        assert page.url == f"{app}/scaling?rate=0.8"


@pytest.mark.browser
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_told_to_stop_it_ends_with_its_workers_which_never_loaded_streamlit(
    page: Page, own_app: StartApp, tmp_path: Path, number: signal.Signals
):
    with own_app(DROPOUT_WORKERS="2") as app:
        server = next(p for p in psutil.Process().children() if f"--server.port={app[-5:]}" in p.cmdline())
        page.goto(f"{app}/training")
        expect(page.get_by_role("button", name="Start training")).to_be_visible(timeout=60_000)
        workers = wait_until(lambda: all_workers(server), "two workers have loaded PyTorch", 120)
        assert uses(server, "google/_upb"), "of Streamlit's own libraries"
        assert not any(uses(worker, "google/_upb") for worker in workers)
        children = server.children(recursive=True)
        server.send_signal(number)
        _, alive = psutil.wait_procs([server, *children], timeout=60)
        assert not alive
    assert "Traceback" not in (tmp_path / "log").read_text()


def all_workers(server: psutil.Process) -> list[psutil.Process]:
    """Return the processes that have loaded PyTorch, or an empty list while fewer than two workers have."""
    loaded = [child for child in server.children(recursive=True) if uses(child, "libtorch_cpu")]
    return loaded if len(loaded) >= 3 else []  # two workers and the process that they are forked from


def uses(process: psutil.Process, library: str) -> bool:
    return any(library in each.path for each in process.memory_maps())
