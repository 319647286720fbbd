"""Objects shared by all sessions of a server, in Streamlit's caches: settings, data, engine and trained nets."""

from concurrent.futures import Future
from hashlib import sha256
from uuid import uuid4

import numpy as np
import streamlit as st
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from dropout_core.common import logs
from dropout_core.common.settings import Settings
from dropout_core.common.threads import in_background
from dropout_core.data import mnist
from dropout_core.data.mnist import FEW, Digits, Source, Validation
from dropout_core.engine.demonstrations import Demonstrations
from dropout_core.engine.engine import Engine
from dropout_core.engine.grid_runner import Sweeps
from dropout_core.engine.job import obstacle
from dropout_core.numerics import inference
from dropout_core.numerics.network import SmallNetwork
from dropout_core.storage.store import Store, StoreError

_engines: list[Engine] = []  # contains this server's engine once it has been created
_MODELS = 12  # maximum number of trained nets kept in memory; the article's net takes about 1 MB


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the server's configuration. Raises SettingError if an environment variable is invalid."""
    return Settings.from_env()


@st.cache_resource(show_spinner=False)  # a spinner would need a reader, and health checks open the store, too
def engine() -> Engine:
    """Return this server's engine. Its workers start in the background. Raises StoreError."""
    logs.set_up(settings().log)
    new = Engine(Store(settings().store, settings().weights), settings())
    _engines.append(new)
    new.warm()
    return new


def current_engine() -> Engine | None:
    """Return this server's engine, or None if it has not been created."""
    return _engines[-1] if _engines else None


def check() -> None:
    """Try to use the store and the workers, which are opened and started if necessary. Raises UserError."""
    engine().check()


def close() -> None:
    """Stop the engine and its workers, if the engine has been created."""
    while _engines:
        _engines.pop().close()


@st.cache_resource(show_spinner=False)
def sweeps() -> Sweeps:
    """Return this server's sweeps. Sessions with the same settings share a sweep."""
    return Sweeps(engine())


@st.cache_resource(show_spinner=False)
def demonstrations() -> Demonstrations:
    """Return this server's demonstrations. Sessions that start the same one share it."""
    return Demonstrations(engine())


def data_source() -> Source:
    """Return this reader's data source: the one set by `keep_source`, or else the best available."""
    return st.session_state.get("source") or best_source()[0]


def keep_source(source: Source | None = None) -> None:
    """Set the data source for this reader's comparisons. By default, keep the current one."""
    st.session_state["source"] = source or data_source()


def best_source() -> tuple[Source, bool]:
    """Return the best data source currently available, and whether a search for a better one is still running."""
    search = _search()
    best, searching = (search.result(), False) if search.done() else (mnist.locate(settings()), True)
    if best.data == FEW and _has_only_records():
        return mnist.recorded(best), False
    return best, searching


def _has_only_records() -> bool:
    """Whether pages can show nothing but the records of the package, which exist for each data source."""
    return obstacle(settings()) is not None and not engine().store.keys()


@st.cache_resource(show_spinner=False)
def _search() -> Future[Source]:
    """Locate MNIST in the background, downloading it if necessary, so that a slow server does not block a page."""
    used = settings()
    return in_background(lambda: mnist.locate(used, download=True), "dropout-data")


def digits(data: str) -> Digits:
    """Return the training and validation images of this data set."""
    return mnist.load(data, settings())


def validation(data: str) -> Validation:
    """Return the validation images of this data set."""
    return mnist.load_validation(data, settings())


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the trained nets…")
def trained(key: str, arm: str, seed: int) -> SmallNetwork:
    """Load a trained net from the store. Raises StoreError."""
    try:
        return inference.from_arrays(engine().store.weights(key, arm, seed))
    except ValueError as error:
        raise StoreError(f"the weights of {arm}, seed {seed}, cannot be used ({error}); train again") from None


@st.cache_data(max_entries=_MODELS, show_spinner="Computing the nets’ answers…")
def probabilities(key: str, arm: str, seed: int, data: str) -> np.ndarray:
    """Compute the net's softmax outputs for all n validation images, with shape [n, 10]. Raises StoreError."""
    return inference.probabilities(trained(key, arm, seed), validation(data).images)


def session() -> str:
    """Return this session's identifier. Each tab of a browser has its own session, and a reload begins another one."""
    return st.session_state.setdefault("session", uuid4().hex)


def visitor() -> str:
    """Return the identifier of the visitor whose limits apply: a browser, with all its tabs, on all servers.

    It is a hash of the random token in Streamlit's XSRF cookie. A visitor without that cookie is a session. Addresses
    are not used, since readers behind a proxy share one.
    """
    token, _ = decode_xsrf_token_string(st.context.cookies.get(XSRF_COOKIE_NAME, ""))
    return sha256(token).hexdigest()[:16] if token else session()
