"""Tests of the time estimate: it uses only similar comparisons, and depends on epochs, runs and workers."""

import pandas as pd
import pytest

from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import COLUMNS
from dropout_core.storage.store import DONE, Comparison
from dropout_core.topics.training.time_estimate import expected, seconds_per_epoch, speed_class

RECIPE = Recipe(images=1_000, epochs=4, seeds=(0, 1))


def made(recipe: Recipe, seconds: float, epochs: int | None = None) -> Comparison:
    """Build a comparison in which each run took this many seconds and epochs (by default, the recipe's epochs)."""
    runs = pd.DataFrame(
        [(r.arm, r.seed, seconds, False) for r in recipe.runs()], columns=["arm", "seed", "seconds", "s"]
    )
    rows = [{"arm": r.arm, "seed": r.seed, "epoch": epochs or recipe.epochs} for r in recipe.runs()]
    return Comparison(recipe, DONE, "", "", "", {}, pd.DataFrame(rows, columns=COLUMNS), runs)


def test_the_speed_is_that_of_the_epochs_that_were_trained():
    assert seconds_per_epoch(made(RECIPE, 8.0)) == 2.0
    assert seconds_per_epoch(made(RECIPE, 8.0, epochs=2)) == 4.0, "stopped early"


@pytest.mark.parametrize(("workers", "seconds"), [(1, 8.0), (2, 4.0), (3, 4.0), (4, 2.0), (9, 2.0)])
def test_runs_are_shared_by_the_workers(workers, seconds):
    assert expected(RECIPE, [made(RECIPE, 2.0)], workers) == seconds


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [({"epochs": 8}, 16.0), ({"rate": 0.2}, 8.0), ({"seeds": (5,)}, 4.0), ({"patience": 3}, 8.0)],
)
def test_epochs_and_seeds_count_and_rates_do_not(changes, seconds):
    wanted = Recipe(**{"images": 1_000, "epochs": 4, "seeds": (0, 1)} | changes)
    assert expected(wanted, [made(RECIPE, 2.0)], 1) == seconds


@pytest.mark.parametrize("changes", [{"images": 2_000}, {"hidden": (16, 8)}, {"batch": 32}, {"augment": True}])
def test_a_different_recipe_gives_no_estimate(changes):
    other = Recipe(**{"images": 1_000} | changes)
    assert speed_class(other) != speed_class(RECIPE)
    assert expected(other, [made(RECIPE, 2.0)], 1) is None


def test_the_longest_similar_one_counts_and_without_any_there_is_no_estimate():
    short, long = made(RECIPE, 2.0, epochs=1), made(RECIPE, 4.0)
    assert expected(RECIPE, [made(Recipe(images=500), 9.0), short, long], 1) == 16.0
    assert expected(RECIPE, [], 1) is None
