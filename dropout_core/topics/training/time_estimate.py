"""Estimates how long a comparison will take on this machine, from the speed of similar comparisons."""

import math
from collections.abc import Iterable
from dataclasses import replace

from dropout_core.experiments.recipe import DEFAULTS, FACTS, Recipe
from dropout_core.storage.store import Comparison


def speed_class(recipe: Recipe) -> Recipe:
    """Return the recipe with every setting that does not affect the time per epoch reset to its default."""
    return replace(recipe, **{name: DEFAULTS[name] for name, facts in FACTS.items() if not facts.timed})


def seconds_per_epoch(comparison: Comparison) -> float | None:
    """Compute the seconds that one run takes per epoch. Returns None if no run is finished."""
    epochs = comparison.points.groupby(["arm", "seed"])["epoch"].max()
    seconds = comparison.runs.set_index(["arm", "seed"])["seconds"]
    trained = epochs.reindex(seconds.index).sum()
    return float(seconds.sum() / trained) if trained else None


def expected(recipe: Recipe, earlier: Iterable[Comparison], workers: int) -> float | None:
    """Estimate the seconds that the comparison takes if each worker trains one run at a time.

    The estimate uses the longest similar comparison, since a short one spends much of its time starting up.
    Returns None if no earlier comparison is similar.
    """
    wanted = speed_class(recipe)
    similar = (each for each in earlier if speed_class(each.recipe) == wanted)
    longest = max(similar, key=lambda each: each.runs["seconds"].sum(), default=None)
    if longest is None or (seconds := seconds_per_epoch(longest)) is None:
        return None
    return seconds * recipe.epochs * math.ceil(len(recipe.runs()) / workers)
