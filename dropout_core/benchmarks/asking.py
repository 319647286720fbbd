"""Measures how fast a pair of trained nets classifies images, on a worker's device and with NumPy."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation, locate
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.numerics import answers
from dropout_core.numerics.answers import Answer, Sampling
from dropout_core.numerics.inference import PASSES, from_arrays
from dropout_core.storage.store import Store

Ask = Callable[[np.ndarray, list[Sampling], bool], list[Answer] | None]

_MEGABYTES = 64  # above 0, so that workers also keep nets on a CPU
_NO_LIMIT = 3600.0  # seconds


def ask(repeats: int) -> Iterator[dict[str, object]]:
    """Time 100 passes over one digit and over all validation images, on a worker's device and with NumPy.

    The speedup is relative to numpy. The last rows are measured while the workers train.
    """
    settings = replace(Settings.from_env(), cached_nets=_MEGABYTES)
    data = locate(settings).data
    recipe, images = Recipe(data=data, images=4_000, epochs=1), load_validation(data, settings).images
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store(Path(folder))) as store,
        closing(Engine(store, settings)) as engine,
    ):
        engine.warm().result()
        job = engine.submit(recipe)
        job.finished_event.wait()
        if job.state != DONE:
            raise SystemExit(f"the training failed: {job.message}")
        nets = {arm: from_arrays(store.weights(recipe.key, arm, 0)) for arm in ARMS}
        ways: dict[str, Ask] = {
            f"numpy, {os.cpu_count()} cores": partial(_of_numpy, nets),
            f"a worker on {engine.describe()['hardware']}": partial(_of_worker, engine, recipe),
        }
        yield from _rows(ways, images[:1], repeats, training=False)
        yield from _rows(ways, images, max(3, repeats // 20), training=False)
        long = engine.submit(replace(recipe, epochs=1000, seeds=(1,)))
        while long.first_point is None and not long.finished:
            time.sleep(0.1)
        yield from _rows(ways, images[:1], repeats, training=True)
        engine.cancel(long.recipe.key)


def _of_worker(
    engine: Engine, recipe: Recipe, images: np.ndarray, samplings: list[Sampling], whole: bool
) -> list[Answer] | None:
    keys = [(recipe.key, arm, recipe.seeds[0]) for arm in ARMS]
    return engine.ask(list(zip(keys, samplings, strict=True)), recipe.data if whole else images)


def _of_numpy(nets: dict, images: np.ndarray, samplings: list[Sampling], whole: bool) -> list[Answer]:
    return [answers.answer(nets[arm], images, sampling) for arm, sampling in zip(ARMS, samplings, strict=True)]


def _rows(ways: dict[str, Ask], images: np.ndarray, repeats: int, training: bool) -> Iterator[dict[str, object]]:
    baseline = 0.0
    for name, way in ways.items():
        median, slow = _times(way, images, repeats)
        baseline = baseline or median
        yield {
            "images": len(images), "passes": PASSES, "training": training, "answered_by": name,
            "median_ms": round(median, 1), "p95_ms": round(slow, 1), "speedup": round(baseline / median, 2),
        }  # fmt: skip


def _times(way: Ask, images: np.ndarray, repeats: int) -> tuple[float, float]:
    """Return the median and the 95th percentile in milliseconds, after one untimed warm-up call."""
    whole = len(images) > 1
    samplings = [Sampling(0.5 if arm == DROPOUT else 0.0, averaged=whole, seconds=_NO_LIMIT) for arm in ARMS]
    taken = []
    for _ in range(1 + repeats):
        start = time.perf_counter()
        if way(images, samplings, whole) is None:
            raise SystemExit("the worker no longer keeps the nets")
        taken.append(1000 * (time.perf_counter() - start))
    return float(np.median(taken[1:])), float(np.quantile(taken[1:], 0.95))
