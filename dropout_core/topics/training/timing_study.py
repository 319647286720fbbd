"""Time the article's loop and this project's trainer with and without dropout.

`python -m dropout_core.topics.training.timing_study` takes minutes and writes reference/files/training_times.json. Run
it on a quiet machine. Runs alternate, and the order within a pair does too, so that a slow drift affects both arms.
"""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dropout_core.common import provenance
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.topics.training.claims import ARTICLE_LOOP, TIMES, TRAINER
from dropout_core.training import trainer
from dropout_core.training.article_loop import article_loop
from dropout_core.training.models import prepare

PAIRS = 24  # fixed after a pilot of eight, whose log ratios had a standard deviation of .09
RECIPE = Recipe(epochs=1)


def timed(train: Callable[[], object]) -> float:
    """Return the CPU time of a call in seconds."""
    start = time.process_time()
    train()
    return time.process_time() - start


def pairs(loop: Callable[[str, int], object], count: int = PAIRS) -> list[dict[str, float]]:
    """Time pairs of runs, one per seed, after one run that is not timed. The arm that goes first alternates."""
    loop(DROPOUT, count)
    orders = [ARMS if seed % 2 else ARMS[::-1] for seed in range(count)]
    return [{arm: timed(partial(loop, arm, seed)) for arm in order} for seed, order in enumerate(orders)]


def loops(digits: Digits, recipe: Recipe = RECIPE) -> dict[str, Callable[[str, int], object]]:
    """Return the two loops, as functions of the arm and the seed."""
    tensors = trainer.to_tensors(digits, recipe.images, "cpu")

    def article(arm: str, seed: int) -> object:
        return article_loop(recipe, digits, recipe.rate if arm == DROPOUT else 0.0, seed)

    def bare(arm: str, seed: int) -> object:
        r = replace(recipe, seeds=(seed,), arms=(arm,))
        return trainer.train(r, r.runs(), tensors, "cpu")

    return {TRAINER: bare, ARTICLE_LOOP: article}


def main() -> None:
    """Time both loops and write the file."""
    prepare("cpu")
    digits = load(RECIPE.data, Settings.from_env())
    timings = {name: pairs(loop) for name, loop in loops(digits).items()}
    about = provenance.software() | {"hardware": provenance.processor(), "ended": provenance.now()}
    record = {"recipe": json.loads(RECIPE.to_json()), "provenance": about, "loops": timings}
    write_whole(TIMES, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
