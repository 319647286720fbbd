"""Tests of the presets: the page's controls can show each of them, with any data source."""

from dataclasses import replace

import pytest

from dropout_core.experiments.final_values import differences
from dropout_core.experiments.recipe import DATA, Recipe
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.topics.training.controls_view import controls_for
from dropout_core.topics.training.presets import BY_NAME, PRESETS, by_distance, preset_of

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


@every
@pytest.mark.parametrize("data", DATA)
def test_a_preset_has_a_record_and_is_nearest_to_itself(preset, data):
    recipe = preset.recipe(data)
    assert by_distance(recipe)[0] is preset
    recorded = records.like(recipe)
    assert recorded.recipe == replace(recipe, seeds=recorded.recipe.seeds)
    assert len(recorded.recipe.seeds) >= 5


def test_the_nearest_preset_is_the_one_with_the_most_similar_settings():
    assert by_distance(Recipe(images=1_000, epochs=50, rate=0.45))[0].name == "Few images"
    assert by_distance(Recipe(images=4_000, epochs=15, rate=0.9))[0].name == "High rate"
    assert by_distance(Recipe(epochs=50))[0].name == "Longer"


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("Few images", Verdict.HOLDS),
        ("Too little training", Verdict.DOES_NOT_HOLD),
        ("Net too small", Verdict.DOES_NOT_HOLD),
    ],
)
def test_the_presets_that_other_pages_point_to_show_both_sides(name, verdict):
    """Judge by the validation loss, the clearest measure."""
    recorded = records.like(BY_NAME[name].recipe("mnist"))
    assert improves(differences(recorded.points)["validation loss"], higher_is_better=False) is verdict
