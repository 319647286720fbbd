"""Time the article's loop and this project's trainer with and without dropout.

`python -m dropout_core.topics.training.timing_study` takes minutes and writes reference/files/training_times.json. Run
it on a quiet machine. Runs alternate, and the order within a pair does too, so that a slow drift affects both arms.
Finished pairs are kept in the cache; the next start continues after them, on the same machine with the same versions.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

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
UNFINISHED = "times-unfinished.json"  # in the cache
Pair = dict[str, float]  # CPU time in seconds, keyed by arm


def timed(train: Callable[[], object]) -> float:
    """Return the CPU time of a call in seconds."""
    start = time.process_time()
    train()
    return time.process_time() - start


def pairs(
    loop: Callable[[str, int], object],
    count: int = PAIRS,
    earlier: Sequence[Pair] = (),
    keep: Callable[[list[Pair]], object] = lambda done: None,
) -> list[Pair]:
    """Time pairs of runs, one per seed, after one run that is not timed. The arm that goes first alternates.

    earlier  the pairs of the first seeds, timed in an earlier attempt
    keep     called with all pairs so far after each new one
    """
    done = list(earlier)
    if len(done) < count:
        loop(DROPOUT, count)
    for seed in range(len(done), count):
        order = ARMS if seed % 2 else ARMS[::-1]
        done.append({arm: timed(partial(loop, arm, seed)) for arm in order})
        keep(done)
    return done


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
    """Time both loops, continue an earlier attempt, and write the file."""
    prepare("cpu")
    settings = Settings.from_env()
    made = time_all(loops(load(RECIPE.data, settings)), settings.cache_dir / UNFINISHED)
    about = made["made_by"] | {"ended": provenance.now()}
    record = {"recipe": made["recipe"], "provenance": about, "loops": made["loops"]}
    write_whole(TIMES, json.dumps(record, indent=1) + "\n")
    (settings.cache_dir / UNFINISHED).unlink(missing_ok=True)


def time_all(loops: dict[str, Callable[[str, int], object]], unfinished: Path, count: int = PAIRS) -> dict:
    """Time all loops, keeping every finished pair in the file `unfinished`, and return the file's contents."""
    made_by = provenance.software() | {"hardware": provenance.processor()}
    fresh = {"recipe": json.loads(RECIPE.to_json()), "made_by": made_by}
    made = _earlier(unfinished, fresh)
    for name, loop in loops.items():

        def keep(done: list[Pair], name: str = name) -> None:
            made["loops"][name] = done
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            write_whole(unfinished, json.dumps(made))

        made["loops"][name] = pairs(loop, count, made["loops"].get(name, ()), keep)
    return made


def _earlier(unfinished: Path, fresh: dict) -> dict:
    """Read an earlier attempt, unless it timed something else, or on another machine, or with other versions."""
    try:
        made = json.loads(unfinished.read_text("utf-8"))
    except (OSError, ValueError):
        made = {}
    return made if {**made, "loops": {}} == {**fresh, "loops": {}} else {**fresh, "loops": {}}


if __name__ == "__main__":
    main()
