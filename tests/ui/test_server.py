"""Test that the server's caches return the same objects on every call, and that their size is bounded."""

import numpy as np
import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from dropout_core.engine.job import NOT_INSTALLED, READ_ONLY
from dropout_core.storage.store import StoreError
from dropout_core.training.models import new_mlp
from dropout_core.ui import server
from tests.harness import own_server  # noqa: F401
from tests.weights import to_arrays

pytestmark = pytest.mark.usefixtures("own_server")


def test_trained_nets_are_held_once_and_the_oldest_goes(monkeypatch):
    monkeypatch.setattr(server.engine().store, "weights", lambda key, arm, seed: to_arrays(new_mlp(seed, (4,))))
    server.trained.clear()
    nets = [server.trained("key", "dropout", seed) for seed in range(12)]
    assert server.trained("key", "dropout", 0) is nets[0]
    server.trained("key", "dropout", 12)
    kept = [server.trained("key", "dropout", seed) is net for seed, net in enumerate(nets)]
    assert not all(kept), "the thirteenth net puts one out"


def test_weights_that_are_none_are_a_store_error(monkeypatch):
    monkeypatch.setattr(server.engine().store, "weights", lambda key, arm, seed: {"a": np.zeros(1)})
    with pytest.raises(StoreError, match="train again"):
        server.trained("damaged", "dropout", 0)


@pytest.mark.parametrize(
    ("reason", "stored", "data"),
    [(READ_ONLY, [], "mnist"), (NOT_INSTALLED, [], "mnist"), (READ_ONLY, ["a"], "mnist-5k"), (None, [], "mnist-5k")],
)
def test_a_host_with_nothing_but_records_shows_those_of_all_of_mnist(reason, stored, data, monkeypatch):
    """Its images are not there, but the records are. Stored comparisons were trained on the data that the host has."""
    monkeypatch.setattr(server, "obstacle", lambda settings: reason)
    monkeypatch.setattr(server.engine().store, "keys", lambda: stored)
    source, searching = server.best_source()
    assert source.data == server.data_source().data == data
    assert not (searching and data == "mnist")


def test_the_search_for_data_ends_and_says_what_it_found():
    source, _ = server.best_source()
    assert source.data == "mnist-5k"
    assert "no download was possible" in source.described or "not downloaded" in source.described
    assert server.digits("mnist-5k").train_images.shape == (4000, 28, 28)
    assert np.array_equal(server.validation("mnist-5k").images, server.digits("mnist-5k").validation_images)


def visitor_with(monkeypatch, session: str, **cookies: str) -> str:
    """Return the visitor of a session whose browser sent these cookies."""
    monkeypatch.setattr(ContextProxy, "cookies", cookies)
    monkeypatch.setattr(server, "session", lambda: session)
    return server.visitor()


def test_a_browser_is_the_same_visitor_in_every_tab_and_on_every_server(monkeypatch):
    token = bytes(range(16))
    values = [generate_xsrf_token_string(token), generate_xsrf_token_string(token)]
    assert values[0] != values[1], "Streamlit masks the token differently in every answer"
    one, two = (visitor_with(monkeypatch, f"tab {i}", _streamlit_xsrf=values[i]) for i in range(2))
    other = visitor_with(monkeypatch, "tab 0", _streamlit_xsrf=generate_xsrf_token_string())
    assert one == two != other
    assert token.hex() not in one


@pytest.mark.parametrize("cookies", [{}, {"_streamlit_xsrf": ""}, {"_streamlit_xsrf": "2|no|token"}])
def test_without_a_token_a_visitor_is_a_session(cookies, monkeypatch):
    assert visitor_with(monkeypatch, "tab 1", **cookies) == "tab 1"
