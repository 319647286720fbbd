"""What all readers of one server share, held by Streamlit's caches: settings, data, engine, trained nets."""

from concurrent.futures import Future
from uuid import uuid4

import numpy as np
import streamlit as st

from dropout_core.common import logs
from dropout_core.common.settings import Settings
from dropout_core.common.threads import in_background
from dropout_core.data import mnist
from dropout_core.data.mnist import Digits, Source, Validation
from dropout_core.engine.engine import Engine
from dropout_core.engine.grid_runner import Sweeps
from dropout_core.numerics import inference
from dropout_core.numerics.network import SmallNetwork
from dropout_core.storage.store import Store, StoreError

_engines: list[Engine] = []  # the one of this server, once it has been made
_MODELS = 12  # trained nets held at once: about 1 MB each for the article's


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The server's configuration; raises SettingError naming the environment variable at fault."""
    return Settings.from_env()


@st.cache_resource(show_spinner="Opening the store…")
def engine() -> Engine:
    """The one engine of this server, its workers warming up in the background. Raises StoreError."""
    logs.set_up(settings().log)
    made = Engine(Store(settings().store), settings())
    _engines.append(made)
    made.warm()
    return made


def close() -> None:
    """Stop the engine and its workers, if there is one."""
    while _engines:
        _engines.pop().close()


@st.cache_resource(show_spinner=False)
def sweeps() -> Sweeps:
    """The sweeps of this server, found again by whoever has the same settings."""
    return Sweeps(engine())


def data_source() -> Source:
    """What this reader trains on: the best data at hand, or see keep_source."""
    return st.session_state.get("source") or best_source()[0]


def keep_source(source: Source | None = None) -> None:
    """Train this reader's comparisons on it, or on what is best now: better images would make another comparison."""
    st.session_state["source"] = source or data_source()


def best_source() -> tuple[Source, bool]:
    """The best data at hand, and whether a download that may find better is still under way."""
    search = _search()
    return (search.result(), False) if search.done() else (mnist.locate(settings()), True)


@st.cache_resource(show_spinner=False)
def _search() -> Future:
    """A download that hangs must not hold up a page: it runs once, in a thread of its own."""
    wanted = settings()
    return in_background(lambda: mnist.locate(wanted, download=True), "dropout-data")


def digits(data: str) -> Digits:
    """The images that a recipe was trained and validated on."""
    return mnist.load(data, settings())


def validation(data: str) -> Validation:
    """The images that a recipe is validated on."""
    return mnist.load_validation(data, settings())


@st.cache_resource(max_entries=_MODELS, show_spinner="Loading the trained nets…")
def trained(key: str, arm: str, seed: int) -> SmallNetwork:
    """A trained net, from the weights in the store. Raises StoreError."""
    try:
        return inference.from_arrays(engine().store.weights(key, arm, seed))
    except ValueError as error:
        raise StoreError(f"the weights of {arm}, seed {seed}, cannot be used ({error}); train again") from None


@st.cache_data(max_entries=_MODELS, show_spinner="Asking the trained nets…")
def probabilities(key: str, arm: str, seed: int, data: str) -> np.ndarray:
    """The net's softmax outputs for all validation images, [n, 10]. Raises StoreError."""
    return inference.probabilities(trained(key, arm, seed), validation(data).images)


def visitor() -> str:
    """A name for this reader's session, to which the host's limits apply. Behind a proxy all share one address."""
    return st.session_state.setdefault("visitor", uuid4().hex)
