"""Test what GET /health answers; tests/e2e/test_operators.py causes the faults on a real server."""

import asyncio
import threading

import pytest
from starlette.responses import PlainTextResponse

from dropout_core.common.errors import UserError
from dropout_core.ui.http import health, web
from dropout_core.ui.http.health import ServeHealth
from tests import loops
from tests.asgi import answer


def served(check) -> ServeHealth:
    return ServeHealth(PlainTextResponse("the app"), check)


def raising(error: Exception):
    def check():
        raise error

    return check


def test_a_server_that_works_says_so_and_other_paths_are_left_to_the_app():
    app = served(lambda: None)
    found = answer(app, "/health")
    assert (found.status, found.body, found.headers["cache-control"]) == (200, b"ok", "no-store")
    for path in ("/", "/masks", "/_stcore/health", "/health/more"):
        assert answer(app, path).body == b"the app"
    assert answer(app, "/health", "POST").body == b"the app"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (UserError("the store is full\nwith details"), b"The store is full."),
        (RuntimeError("secret"), b"The check failed (RuntimeError)."),
    ],
)
def test_a_fault_is_one_sentence_without_details(error, text):
    found = answer(served(raising(error)), "/health")
    assert (found.status, found.body) == (503, text)


def test_a_check_that_hangs_is_a_fault_and_the_next_request_does_not_start_another(monkeypatch):
    monkeypatch.setattr(health, "_SECONDS", 0.05)
    end, started = threading.Event(), []

    def hang():
        started.append(1)
        end.wait(60)

    app = served(hang)
    assert [answer(app, "/health").status for _ in range(3)] == [503, 503, 503]
    assert answer(app, "/health").body == b"The store and the workers did not answer within 0.05 seconds."
    assert started == [1]
    end.set()
    app._running.result(60)
    assert answer(app, "/health").status == 200, "the result of the check that was late"


def test_many_requests_share_a_check_and_later_ones_check_again(monkeypatch):
    started = []
    app = served(lambda: started.append(1))

    async def ask_together() -> None:
        await asyncio.gather(*(app._problem() for _ in range(50)))

    loops.run(ask_together())
    assert started == [1]
    monkeypatch.setattr(health, "_FRESH_SECONDS", 0)
    answer(app, "/health")
    assert started == [1, 1]


def test_the_app_serves_it():
    assert ServeHealth in [each.cls for each in web.middleware()]
