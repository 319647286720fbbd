"""Speed, measured: every claim is a ratio against a peer timed in the same run on the same machine.

python -m dropout_core.benchmarks pair --images 12000 --epochs 1 --json
python -m dropout_core.benchmarks floor --images 12000 --epochs 1 --json
python -m dropout_core.benchmarks scaling --chart docs/scaling.svg
python -m dropout_core.benchmarks readers --readers 50
python -m dropout_core.benchmarks pages
python -m dropout_core.benchmarks soak --minutes 60 --chart docs/soak.svg
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from dropout_core.benchmarks import serving, soak
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load, locate
from dropout_core.engine.engine import Engine
from dropout_core.engine.job import DONE
from dropout_core.experiments.recipe import ARMS, DATA, NO_DROPOUT, Recipe
from dropout_core.storage.store import Store


def pair(images: int, epochs: int, repeats: int = 5) -> dict[str, float]:
    """Seconds for the article's loop and for the page's way to the same two trained nets, evaluation included.

    The workers are warm, as they are when a reader presses Start; pair_s is the median of several, each another seed,
    half of them before and half after the loop, so that a machine that changes its pace treats both alike.
    """
    recipe = _recipe(images, epochs)
    with _engine() as engine:
        seconds = [_train(engine, replace(recipe, seeds=(seed,))) for seed in range(repeats)]
        loop = _article_loops(recipe)
        seconds += [_train(engine, replace(recipe, seeds=(seed + repeats,))) for seed in range(repeats)]
    typical = median(seconds)
    return {"loop_s": round(loop, 3), "pair_s": round(typical, 3), "ratio": round(loop / typical, 2)}


def floor(images: int, epochs: int, repeats: int = 5) -> dict[str, float]:
    """Seconds for the pair, and for its matrix products alone: the same shapes, one process and one thread a run.

    The products are those that one would write, with every pixel: the trainer itself passes over the background.
    """
    recipe = _recipe(images, epochs)
    with _engine() as engine, ProcessPoolExecutor(2, get_context("spawn")) as processes:
        if engine.cluster.stacked:
            raise SystemExit("the products are timed on the CPU: set DROPOUT_DEVICE=cpu")
        list(processes.map(_products, [recipe] * 2))  # imports torch
        seconds, products = [], []
        for seed in range(repeats):
            seconds.append(_train(engine, replace(recipe, seeds=(seed,))))
            products.append(max(processes.map(_products, [recipe] * 2)))
    alone, typical = median(products), median(seconds)
    return {"floor_s": round(alone, 3), "pair_s": round(typical, 3), "ratio": round(typical / alone, 2)}


def scaling(repeats: int = 3) -> list[dict]:
    """Median seconds while one thing grows: images, epochs, or seeds (a stack of 2 runs a seed)."""
    base = _recipe(4000, 2)
    grids = {
        "images": [replace(base, images=n) for n in (1000, 2000, 4000, 8000, 16000) if n <= DATA[base.data]],
        "epochs": [replace(base, epochs=n) for n in (1, 2, 4, 8, 16)],
        "seeds": [replace(base, seeds=tuple(range(n))) for n in (1, 2, 4, 8)],
    }
    rows = []
    with _engine() as engine:
        for what, recipes in grids.items():
            for i, recipe in enumerate(recipes):
                shift = 100 * (i + 1)
                again = [_shifted(recipe, shift + 10 * r) for r in range(repeats)]
                seconds = median(_train(engine, each) for each in again)
                value = len(recipe.seeds) if what == "seeds" else getattr(recipe, what)
                rows.append(
                    {"grows": what, "value": value, "seconds": seconds, "per_run": seconds / len(recipe.runs())}
                )
    return rows


def scaling_chart(rows: list[dict]):
    """Log-log, one line for what grows; a thin line of slope one beneath each to compare with."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame(rows)
    first = table.groupby("grows").transform("first")
    table["proportional"] = first["seconds"] * table["value"] / first["value"]
    x = alt.X("value:Q", scale=alt.Scale(type="log"), title="how many")
    base = alt.Chart(table).encode(x=x, color=alt.Color("grows:N", title=None))
    measured = base.mark_line(point=True).encode(alt.Y("seconds:Q", scale=alt.Scale(type="log"), title="seconds"))
    slope = base.mark_line(strokeDash=[2, 3], opacity=0.6).encode(y="proportional:Q")
    return (slope + measured).properties(width=420, height=300, title="Time of a comparison (dotted: proportional)")


def _recipe(images: int, epochs: int) -> Recipe:
    """The article's comparison on so many images, or as many as there are."""
    data = locate(Settings.from_env()).data
    return Recipe(data=data, images=min(images, DATA[data]), epochs=epochs)


def _shifted(recipe: Recipe, by: int) -> Recipe:
    return replace(recipe, seeds=tuple(seed + by for seed in recipe.seeds))


@contextmanager
def _engine() -> Iterator[Engine]:
    """An engine with warm workers and a store of its own, as the page has one."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        engine = Engine(store, Settings.from_env())
        engine.warm().result()
        yield engine
        engine.close()
        store.close()


def _train(engine: Engine, recipe: Recipe) -> float:
    """Seconds from submit to done; before the first with some images, every worker gets to read them."""
    if getattr(engine, "_bench_images", None) != recipe.images:
        engine._bench_images = recipe.images
        for i in range(engine.settings.at_once):
            _train(engine, _shifted(recipe, 10_000 + 100 * i))
    time.sleep(0.02)  # else Dask would hold this back, so soon after its last message: no reader is as quick
    start = time.perf_counter()
    job = engine.submit(recipe)
    job.finished_event.wait()
    if job.state != DONE:
        raise SystemExit(f"the training failed: {job.message}")
    return time.perf_counter() - start


def _article_loops(recipe: Recipe) -> float:
    from dropout_core.training.article_loop import article_loop

    digits = load(recipe.data, Settings.from_env())
    return sum(article_loop(recipe, digits, 0.0 if arm == NO_DROPOUT else recipe.rate, 0)["seconds"] for arm in ARMS)


def _products(recipe: Recipe) -> float:
    """Seconds for the products of one run of the recipe, on one thread: three a layer and step, then evaluation."""
    import torch

    from dropout_core.training.models import layer_shapes

    torch.set_num_threads(1)
    shapes = layer_shapes(recipe.hidden)
    rand = torch.randn
    steps = [
        (rand(recipe.batch, n), rand(n, m), rand(recipe.batch, m), torch.empty(n, m), torch.empty(recipe.batch, n))
        for n, m in shapes
    ]
    tests = [(rand(10_000, n), rand(n, m), torch.empty(10_000, m)) for n, m in shapes]
    start = time.perf_counter()
    with torch.inference_mode():
        for _ in range(recipe.epochs):
            for _ in range(recipe.images // recipe.batch):
                for i, (h, w, d, gradient, below) in enumerate(steps):
                    torch.mm(h, w, out=d)
                    torch.mm(h.T, d, out=gradient)
                    if i:
                        torch.mm(d, w.T, out=below)
            for x, w, out in tests:
                torch.mm(x, w, out=out)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dropout_core.benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    for name, function in (("pair", pair), ("floor", floor)):
        one = commands.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        one.add_argument("--images", type=int, default=12_000)
        one.add_argument("--epochs", type=int, default=1)
        one.add_argument("--repeats", type=int, default=5)
        one.add_argument("--json", action="store_true", help="print one JSON object")
    grows = commands.add_parser("scaling", help=(scaling.__doc__ or "").splitlines()[0])
    grows.add_argument("--chart", type=Path, help="write the log-log chart to this .json, .svg or .png file")
    for name, function in (("readers", serving.readers), ("pages", serving.first_charts)):
        one = commands.add_parser(name, help=(function.__doc__ or "").splitlines()[0])
        one.add_argument("--only", type=lambda text: tuple(text.split(",")), metavar="PAGE,PAGE", help="default: all")
        if name == "readers":
            one.add_argument("--readers", type=int, default=50)
            one.add_argument("--training", action="store_true", help="with a training under way, against without one")
    long = commands.add_parser("soak", help=(soak.soak.__doc__ or "").splitlines()[0])
    long.add_argument("--minutes", type=float, default=60)
    long.add_argument("--readers", type=int, default=10)
    long.add_argument("--chart", type=Path, help="write the charts to this .json, .svg or .png file")
    args = parser.parse_args()
    if args.what == "soak":
        rows = soak.soak(args.minutes, args.readers, lambda row: print(json.dumps(row), flush=True))
        if args.chart:
            soak.chart(rows).save(args.chart)
        return 0
    if args.what in ("readers", "pages"):
        pages = args.only or (serving.PAGES if args.what == "readers" else serving.CHARTED)
        for row in _serving(args, pages):
            print(json.dumps(row), flush=True)
        return 0
    if args.what == "scaling":
        rows = scaling()
        for row in rows:
            print(f"{row['grows']:8}{row['value']:8}{row['seconds']:9.3f} s{row['per_run']:9.3f} s a run")
        if args.chart:
            scaling_chart(rows).save(args.chart)
        return 0
    result = {"pair": pair, "floor": floor}[args.what](args.images, args.epochs, args.repeats)
    print(json.dumps(result) if args.json else ", ".join(f"{name} {value}" for name, value in result.items()))
    return 0


def _serving(args: argparse.Namespace, pages: tuple[str, ...]) -> Iterator[dict]:
    if args.what == "pages":
        return serving.first_charts(pages)
    return (serving.beside_training if args.training else serving.readers)(args.readers, pages)


if __name__ == "__main__":
    sys.exit(main())
