"""Describe in words how the runs of a record are evaluated, and whether their seeds share the training images."""

from collections.abc import Sequence

from dropout_core.experiments.final_values import LONG
from dropout_core.experiments.recipe import DRAWN, Recipe

_MEAN = "means over the evaluations in the last quarter of the epochs"


def final_values(recipes: Sequence[Recipe]) -> str:
    """State which values represent a run; see final_values.last_points()."""
    long = {recipe.epochs >= LONG and not recipe.annealing for recipe in recipes if not recipe.patience}
    text = {
        frozenset({True}): _MEAN,
        frozenset({False}): "those after the last epoch",
        frozenset({True, False}): f"{_MEAN}, or those after the last epoch for runs of fewer than {LONG} epochs",
    }[frozenset(long or {False})]
    kept = "; with early stopping, those of the weights kept" if any(recipe.patience for recipe in recipes) else ""
    return f"Final values: {text}{kept}."


def training_images(recipes: Sequence[Recipe]) -> str:
    """State whether each seed has its own training images, so whether intervals apply to other training sets."""
    if all(recipe.subset == DRAWN for recipe in recipes):
        return "Each seed draws its own training images."
    return (
        "All seeds use the same training images, the first of the set, so intervals do not cover other training sets."
    )
