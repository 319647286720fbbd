"""How long a comparison may take here, from the pace of earlier ones like it."""

import math
from collections.abc import Iterable
from dataclasses import replace

from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import Comparison


def kind(recipe: Recipe) -> Recipe:
    """What an epoch's time depends on: the recipe with all else at one value. max_norm is cheap, but not free."""
    return replace(
        recipe,
        epochs=1,
        seeds=(0,),
        rate=0.5,
        input_rate=0.0,
        learning_rate=1e-3,
        weight_decay=0.0,
        momentum=0.0,
        patience=0,
        conv_rate=0.0,
    )


def per_epoch(found: Comparison) -> float | None:
    """Seconds that one run took for an epoch; None where no run was finished."""
    epochs = found.points.groupby(["arm", "seed"])["epoch"].max()
    seconds = found.runs.set_index(["arm", "seed"])["seconds"]
    done = epochs.reindex(seconds.index).sum()
    return float(seconds.sum() / done) if done else None


def expected(recipe: Recipe, earlier: Iterable[Comparison], workers: int) -> float | None:
    """Seconds for the whole comparison, a run a worker, at the pace of earlier ones like it; None where none is.

    The longest counts: in a short one, much of the time is the start.
    """
    wanted = kind(recipe)
    alike = (each for each in earlier if kind(each.recipe) == wanted)
    found = max(alike, key=lambda each: each.runs["seconds"].sum(), default=None)
    if found is None or (seconds := per_epoch(found)) is None:
        return None
    return seconds * recipe.epochs * math.ceil(len(recipe.runs()) / workers)


def in_words(seconds: float) -> str:
    """To two figures, for it is a guess: "about 7 s", "about 3 min"."""
    if seconds < 1:
        return "about a second"
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"
