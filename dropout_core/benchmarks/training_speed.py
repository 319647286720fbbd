"""Measures training speed relative to reference code timed in the same run on the same machine."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import altair as alt
import pandas as pd

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import VALIDATION, load, locate
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE
from dropout_core.experiments.recipe import ARMS, DATA, NO_DROPOUT, Recipe
from dropout_core.experiments.results import POINTS_PER_EPOCH
from dropout_core.storage.store import Store

Stopwatch = Callable[[Recipe], float]  # a function that trains a comparison and returns the seconds taken


def pair(images: int, epochs: int, repeats: int = 5) -> dict[str, float]:
    """Time the article's training loop and the engine on the same two networks. Both times include evaluation.

    The workers are warm, as they are when a visitor presses Start. pair_s is the median over different seeds.
    Half of the seeds run before the loop and half after it, so that a change in the machine's speed affects both times.
    """
    recipe = article_recipe(images, epochs)
    with engine_of_the_app() as engine:
        train = stopwatch(engine, recipe)
        seconds = [train(replace(recipe, seeds=(seed,))) for seed in range(repeats)]
        loop = _article_loops(recipe)
        seconds += [train(replace(recipe, seeds=(seed + repeats,))) for seed in range(repeats)]
    typical = median(seconds)
    return {"loop_s": round(loop, 3), "pair_s": round(typical, 3), "ratio": round(loop / typical, 2)}


def floor(images: int, epochs: int, repeats: int = 5) -> dict[str, float]:
    """Time a pair of training runs, and the same matrix products alone, in one single-threaded process per run.

    The products are those of all steps and evaluations of the run. They include every pixel, as in ordinary code,
    whereas the trainer skips background pixels.
    """
    recipe = article_recipe(images, epochs)
    with engine_of_the_app() as engine, ProcessPoolExecutor(2, get_context("spawn")) as processes:
        if engine.cluster.stacked:
            raise SystemExit("the products are timed on the CPU: set DROPOUT_DEVICE=cpu")
        list(processes.map(_products, [recipe] * 2))  # warm-up: both processes import torch
        train = stopwatch(engine, recipe)
        seconds, products = [], []
        for seed in range(repeats):
            seconds.append(train(replace(recipe, seeds=(seed,))))
            products.append(max(processes.map(_products, [recipe] * 2)))
    alone, typical = median(products), median(seconds)
    return {"floor_s": round(alone, 3), "pair_s": round(typical, 3), "ratio": round(typical / alone, 2)}


def scaling(repeats: int = 3) -> list[dict[str, object]]:
    """Measure the median training time for increasing numbers of images, epochs and seeds. Each seed adds two runs."""
    base = article_recipe(4000, 2)
    grids = {
        "images": {n: replace(base, images=n) for n in (1000, 2000, 4000, 8000, 16000) if n <= DATA[base.data]},
        "epochs": {n: replace(base, epochs=n) for n in (1, 2, 4, 8, 16)},
        "seeds": {n: replace(base, seeds=tuple(range(n))) for n in (1, 2, 4, 8)},
    }
    with engine_of_the_app() as engine:
        return [
            {"grows": name, "value": value} | _timed(engine, recipe, 100 * (i + 1), repeats)
            for name, recipes in grids.items()
            for i, (value, recipe) in enumerate(recipes.items())
        ]


def _timed(engine: Engine, recipe: Recipe, first_seed: int, repeats: int) -> dict[str, object]:
    train = stopwatch(engine, recipe)
    seconds = median(train(_shifted(recipe, first_seed + 10 * repeat)) for repeat in range(repeats))
    return {"seconds": seconds, "per_run": seconds / len(recipe.runs())}


def scaling_chart(rows: list[dict[str, object]]) -> alt.LayerChart:
    """Draw a log-log chart with one line per varied quantity, each with a faint reference line of slope one."""
    table = pd.DataFrame(rows)
    first = table.groupby("grows").transform("first")
    table["proportional"] = first["seconds"] * table["value"] / first["value"]
    x = alt.X("value:Q", scale=alt.Scale(type="log"), title="how many")
    base = alt.Chart(table).encode(x=x, color=alt.Color("grows:N", title=None))
    measured = base.mark_line(point=True).encode(alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds"))
    slope = base.mark_line(opacity=0.4).encode(y="proportional:Q")
    return (slope + measured).properties(width=420, height=300, title="Time of a comparison (faint: proportional)")


def article_recipe(images: int, epochs: int) -> Recipe:
    """Return the article's comparison on this many training images, or on all images if there are fewer."""
    data = locate(Settings.from_env()).data
    return Recipe(data=data, images=min(images, DATA[data]), epochs=epochs)


def _shifted(recipe: Recipe, by: int) -> Recipe:
    return replace(recipe, seeds=tuple(seed + by for seed in recipe.seeds))


@contextmanager
def engine_of_the_app() -> Iterator[Engine]:
    """Start an engine like the app's, with warm workers and a temporary store."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        engine = Engine(store, Settings.from_env())
        try:
            engine.warm().result()
            yield engine
        finally:
            engine.close()
            store.close()


def stopwatch(engine: Engine, recipe: Recipe) -> Stopwatch:
    """Return a function that trains a comparison like this one and returns the seconds taken.

    Every worker reads the images beforehand.
    """

    def train(wanted: Recipe) -> float:
        time.sleep(0.02)  # Dask delays messages sent in quick succession, which a visitor would not send
        start = time.perf_counter()
        job = engine.submit(wanted)
        job.finished_event.wait()
        if job.state != DONE:
            raise SystemExit(f"the training failed: {job.message}")
        return time.perf_counter() - start

    for i in range(engine.at_once):
        train(_shifted(recipe, 10_000 + 100 * i))
    return train


def _article_loops(recipe: Recipe) -> float:
    from dropout_core.training.article_loop import article_loop

    digits = load(recipe.data, Settings.from_env())
    return sum(article_loop(recipe, digits, 0.0 if arm == NO_DROPOUT else recipe.rate, 0)["seconds"] for arm in ARMS)


def _products(recipe: Recipe) -> float:
    """Time one run's matrix products on one thread: three per layer and step, and those of its evaluations."""
    import torch

    from dropout_core.experiments.layers import layer_shapes

    torch.set_num_threads(1)
    rand, counts = torch.randn, evaluations(recipe)
    step, most = products_of_one_step(recipe), max(max(each) for each in counts)
    layers = [(rand(most, n), rand(n, m), torch.empty(most, m)) for n, m in layer_shapes(recipe.hidden)]
    start = time.perf_counter()
    with torch.inference_mode():
        for i in range(recipe.epochs * (recipe.images // recipe.batch)):
            step(i)
        for count in chain.from_iterable(counts):
            for x, w, out in layers:
                torch.mm(x[:count], w, out=out[:count])
    return time.perf_counter() - start


def evaluations(recipe: Recipe) -> list[tuple[int, int]]:
    """List the numbers of training and of validation images on which a run is evaluated, point by point."""
    from dropout_core.training.evaluation import uses_all_images

    points = [(epoch, i == POINTS_PER_EPOCH - 1) for epoch in range(recipe.epochs) for i in range(POINTS_PER_EPOCH)]
    everything = VALIDATION[recipe.data]
    return [(recipe.sample, everything if uses_all_images(recipe, *point) else recipe.sample) for point in points]


def products_of_one_step(recipe: Recipe) -> Callable[[int], None]:
    """Return a function that computes the products of a training step: three per layer, or two for the first one."""
    import torch

    from dropout_core.experiments.layers import layer_shapes

    rand = torch.randn
    layers = [
        (rand(recipe.batch, n), rand(n, m), rand(recipe.batch, m), torch.empty(n, m), torch.empty(recipe.batch, n))
        for n, m in layer_shapes(recipe.hidden)
    ]

    def step(_: int) -> None:
        for i, (h, w, d, gradient, below) in enumerate(layers):
            torch.mm(h, w, out=d)
            torch.mm(h.T, d, out=gradient)
            if i:
                torch.mm(d, w.T, out=below)

    return step
