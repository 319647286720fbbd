"""Test what operators see of a real server: its health while the store and the workers fail, and its metrics."""

import re
import resource
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Page

from tests.e2e.test_chaos import SMALL, finish_a_quick_one, server_of
from tests.waiting import wait_until

TOKEN = "a-token-of-many-characters"


def ask(address: str, path: str, **headers: str) -> tuple[int, str]:
    """Return the status and the text with which the server answers."""
    request = urllib.request.Request(f"{address}/{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for_health(address: str, status: int, pattern: str, seconds: float = 120) -> None:
    """Wait until GET /health answers with this status and a text that the pattern matches."""

    def answers() -> bool:
        found, text = ask(address, "health")
        return found == status and re.search(pattern, text) is not None

    wait_until(answers, f"/health answers {status} and {pattern!r}", seconds, 0.5)


@contextmanager
def no_disk(server: psutil.Process) -> Iterator[None]:
    """Let all of the server's attempts to write to files fail."""
    before = server.rlimit(resource.RLIMIT_FSIZE)
    server.rlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        server.rlimit(resource.RLIMIT_FSIZE, before)


def test_health_follows_the_store_and_the_workers(own_app, tmp_path):
    with own_app(**SMALL) as app:
        wait_for_health(app, 200, "^ok$")
        (tmp_path / "store").rename(tmp_path / "elsewhere")
        wait_for_health(app, 503, r"^The store .* cannot be used \(unable to open database file\)\.$")
        assert ask(app, "_stcore/health")[0] == 200, "pages that need no store still work"
        (tmp_path / "elsewhere").rename(tmp_path / "store")
        wait_for_health(app, 200, "^ok$")
        with no_disk(server_of(app)):
            wait_for_health(app, 503, r"^Weights could not be written to .*\.$")
        wait_for_health(app, 200, "^ok$")
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log
    assert "ScriptRunContext" not in log, "no reader is needed"


def test_a_scheduler_that_is_not_there_and_settings_that_are_wrong_are_faults(own_app):
    with own_app(**SMALL, DROPOUT_SCHEDULER="tcp://127.0.0.1:1") as app:
        wait_for_health(app, 503, r"^No Dask scheduler responds at tcp://127.0.0.1:1 .*\.$")
    with own_app(**SMALL, DROPOUT_QUEUE="many") as app:
        wait_for_health(app, 503, "^DROPOUT_QUEUE must be a whole number")


def test_a_host_that_does_not_train_is_healthy_without_workers(own_app):
    with own_app(**SMALL, DROPOUT_READ_ONLY="1") as app:
        wait_for_health(app, 200, "^ok$")
        assert not server_of(app).children()


@pytest.mark.browser
def test_the_metrics_contain_the_apps_own_beside_streamlits(page: Page, own_app):
    with own_app(**SMALL, DROPOUT_METRICS_TOKEN=TOKEN) as app:
        assert ask(app, "_stcore/metrics")[0] == 404
        finish_a_quick_one(page, app)
        status, text = ask(app, "_stcore/metrics", Authorization=f"Bearer {TOKEN}")
        assert status == 200
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert values['dropout_jobs{state="queued"}'] == values['dropout_jobs{state="running"}'] == "0"
        assert values['dropout_jobs_ended_total{state="done"}'] == "1"
        assert values["dropout_workers"] == "2"
        assert int(values['dropout_cache_lookups_total{cache="store",result="miss"}']) >= 1
        assert int(values['dropout_store_seconds_count{operation="write"}']) >= 4
        assert float(values['dropout_store_seconds_sum{operation="write"}']) > 0
        assert values['dropout_store_failures_total{operation="write"}'] == "0"
        assert any(name.startswith("active_sessions") for name in values), "Streamlit's own"
        status, text = ask(app, "_stcore/metrics?families=dropout_jobs", Authorization=f"Bearer {TOKEN}")
        assert {line.split("{")[0] for line in text.splitlines() if line[0] != "#"} == {"dropout_jobs"}
