"""Test that the study trains a net for 14 × 14 pixels with this project's trainer, and records its measurements."""

from dataclasses import replace

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load
from dropout_core.experiments.recipe import Recipe
from dropout_core.topics.masks import digit_net, study

pytestmark = pytest.mark.slow


def test_a_short_study_learns_what_it_records():
    recipe = replace(study.RECIPE, data="mnist-5k", images=1_000, epochs=12)
    made = study.measure(recipe, load("mnist-5k", Settings.from_env({})))
    assert made["accuracy"] > 50
    assert 10 < made["masked_accuracy"] < made["accuracy"]
    assert np.shape(made["samples"]) == (10, 196)
    assert Recipe.from_dict(made["recipe"]) == recipe


def test_the_stored_recipe_is_the_one_that_the_command_repeats():
    assert digit_net.load().recipe == study.RECIPE
