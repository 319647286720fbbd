"""Tests of the presets: the page's controls can show each of them, with any data source."""

from dataclasses import replace

import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.final_values import differences
from dropout_core.experiments.recipe import DATA, Recipe
from dropout_core.experiments.result_tables import frame
from dropout_core.numerics.verdicts import COMPARISON_TEXT, Verdict, improves
from dropout_core.topics.training.controls_view import controls_for
from dropout_core.topics.training.presets import PRESETS, judge_guess, preset_of
from dropout_core.training import trainer

pytestmark = pytest.mark.slow

every = pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])


@every
@pytest.mark.parametrize("data", DATA)
def test_a_preset_is_a_recipe_that_the_controls_can_show(preset, data):
    recipe, controls = preset.recipe(data), controls_for(data)
    assert recipe.data == data
    assert recipe.images in controls["images"].choices
    assert recipe.learning_rate in controls["learning_rate"].choices
    assert "-".join(map(str, recipe.hidden)) in controls["hidden"].labels
    assert recipe.epochs <= 100
    assert round(recipe.rate / 0.05, 6) == round(recipe.rate / 0.05)


@every
def test_a_preset_is_found_by_its_recipe_and_has_several_seeds(preset):
    recipe = preset.recipe("mnist")
    assert preset_of(recipe) is preset
    assert len(recipe.seeds) >= 5, "one seed is an anecdote"


def test_the_article_s_preset_is_the_article_s_comparison():
    recipe = PRESETS[0].recipe("mnist")
    assert recipe == Recipe(seeds=recipe.seeds)


def test_another_recipe_is_no_preset():
    assert preset_of(Recipe(rate=0.15)) is None


@pytest.mark.parametrize("guess", COMPARISON_TEXT)
@pytest.mark.parametrize("verdict", COMPARISON_TEXT)
def test_a_guess_is_judged_by_the_verdict(guess, verdict):
    text = judge_guess(guess, verdict)
    assert COMPARISON_TEXT[guess] in text
    assert ("so it is" in text) == (guess == verdict)


@pytest.fixture(scope="module")
def tensors():
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as in the workers; with more threads, a busy machine would take minutes
    yield trainer.to_tensors(mnist.load("mnist-5k", Settings.from_env({})), 4000, "cpu")
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Few images, long training", Verdict.HOLDS),
        ("Too little training", Verdict.DOES_NOT_HOLD),
        ("A net too small", Verdict.DOES_NOT_HOLD),
    ],
)
def test_the_presets_that_other_pages_point_to_show_both_sides(name, verdict, tensors):
    """Judge by the validation loss, the clearest measure. For speed, use three seeds and the small data source."""
    preset = next(preset for preset in PRESETS if preset.name == name)
    recipe = replace(preset.recipe("mnist-5k"), seeds=(0, 1, 2))
    images, targets = tensors.images[: recipe.images], tensors.targets[: recipe.images]
    results = trainer.train(recipe, recipe.runs(), replace(tensors, images=images, targets=targets))
    points = frame([point for result in results for point in result.points])
    assert improves(differences(points)["validation loss"], higher_is_better=False) is verdict
