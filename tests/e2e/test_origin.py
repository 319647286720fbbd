"""Test that scripts on other websites cannot use the app through a reader's browser."""

import urllib.error
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


def stream(app: str) -> str:
    return app.replace("http://", "ws://") + "/_stcore/stream"


def test_a_websocket_from_the_app_s_own_page_is_let_in(app: str):
    with connect(stream(app), origin=app, subprotocols=["streamlit"]):
        pass


def test_a_websocket_from_another_site_is_refused(app: str):
    with pytest.raises(InvalidStatus), connect(stream(app), origin="https://evil.example", subprotocols=["streamlit"]):
        pass


def test_an_upload_without_the_page_s_token_is_refused(app: str):
    request = urllib.request.Request(f"{app}/_stcore/upload_file/session/file", b"{}", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    refused.value.close()
    assert refused.value.code == 403


def test_no_other_site_may_read_what_the_server_answers(app: str):
    request = urllib.request.Request(f"{app}/_stcore/health", headers={"Origin": "https://evil.example"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers.get("Access-Control-Allow-Origin") in (None, app)
