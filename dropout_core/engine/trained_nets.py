"""Trained nets for studies: the engine trains what the store lacks, and the caller waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from dropout_core.common.settings import Settings
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE
from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.inference import from_arrays
from dropout_core.numerics.network import SmallNetwork
from dropout_core.storage.store import Comparison, Store


@contextmanager
def open_engine(settings: Settings) -> Iterator[tuple[Engine, Store]]:
    """Open the store and an engine that writes to it, and close both afterwards."""
    store = Store(settings.store, settings.weights)
    engine = Engine(store, settings)
    try:
        yield engine, store
    finally:
        engine.close()
        store.close()


def trained(recipe: Recipe, engine: Engine, store: Store) -> Comparison:
    """Return the finished comparison from the store, after training it if it is missing."""
    if recipe.key not in set(store.keys()):
        engine.submit(recipe).finished_event.wait()
    comparison = store.get(recipe.key)
    if comparison is None or comparison.status != DONE:
        raise SystemExit("the nets could not be trained")
    return comparison


def nets(recipe: Recipe, store: Store) -> dict[tuple[str, int], SmallNetwork]:
    """Load the nets of a finished comparison, keyed by arm and seed."""
    return {(run.arm, run.seed): from_arrays(store.weights(recipe.key, run.arm, run.seed)) for run in recipe.runs()}
