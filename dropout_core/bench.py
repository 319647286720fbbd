"""Speed, measured: every claim is a ratio against a peer timed in the same run on the same machine.

python -m dropout_core.bench pair --images 12000 --epochs 1 --json
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from .datasets import load, locate
from .jobs import DONE, Engine
from .recipe import ARMS, NO_DROPOUT, Recipe
from .settings import Settings
from .store import Store


def pair(images: int, epochs: int, repeats: int = 3) -> dict[str, float]:
    """Seconds for the article's loop and for the page's way to the same two trained nets, evaluation included.

    The workers are warm, as they are when a reader presses Start; pair_s is the median of several, each another seed.
    """
    settings = Settings.from_env()
    data = locate(settings).data
    times = _through_the_engine(Recipe(data=data, images=images, epochs=epochs), settings, repeats)
    loop = _article_loops(Recipe(data=data, images=images, epochs=epochs), settings)
    typical = sorted(times)[len(times) // 2]
    return {"loop_s": round(loop, 3), "pair_s": round(typical, 3), "ratio": round(loop / typical, 2)}


def _through_the_engine(recipe: Recipe, settings: Settings, repeats: int) -> list[float]:
    """Seconds from submit to done, for so many seeds, through the engine and a store of its own."""
    from dataclasses import replace

    times = []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        engine = Engine(store, settings)
        engine.warm().result()
        for seed in range(repeats + 1):
            start = time.perf_counter()
            job = engine.submit(replace(recipe, seeds=(seed,)))
            while not job.finished:
                time.sleep(0.001)
            if job.state != DONE:
                raise SystemExit(f"the training failed: {job.message}")
            times.append(time.perf_counter() - start)
        engine.close()
        store.close()
    return times[1:]  # the first reads the data from disk


def _article_loops(recipe: Recipe, settings: Settings) -> float:
    from .reference import article_loop

    digits = load(recipe.data, settings)
    return sum(article_loop(recipe, digits, 0.0 if arm == NO_DROPOUT else recipe.rate, 0)["seconds"] for arm in ARMS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dropout_core.bench", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    one = commands.add_parser("pair", help="the article's loop against the page's pair of runs")
    one.add_argument("--images", type=int, default=12_000)
    one.add_argument("--epochs", type=int, default=1)
    one.add_argument("--repeats", type=int, default=3)
    one.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    result = pair(args.images, args.epochs, args.repeats)
    if args.json:
        print(json.dumps(result))
    else:
        print(f"loop {result['loop_s']} s, pair {result['pair_s']} s: {result['ratio']} × as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
