"""Test that the nets included in the package match their recorded accuracy and provenance."""

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load as load_digits
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.inference import probabilities
from dropout_core.reference.nets import RECIPE, load


@pytest.mark.parametrize("arm", ARMS)
def test_its_accuracy_is_the_one_on_record(arm, tmp_path):
    net = load(arm)
    digits = load_digits(net.recipe.data, Settings.from_env({"DROPOUT_CACHE_DIR": str(tmp_path)}))
    right = probabilities(net.net, digits.validation_images).argmax(1) == digits.validation_labels
    # The weights are stored as float16, which can change the answer on a borderline image.
    assert 100 * right.mean() == pytest.approx(net.accuracy, abs=0.2)
    assert net.provenance["data_checksum"] == digits.checksum


@pytest.mark.parametrize(("arm", "rate"), [("no dropout", 0.0), ("dropout", 0.5)])
def test_recipe_rate_and_shape_are_on_record(arm, rate):
    net = load(arm)
    assert net.recipe == RECIPE
    assert net.rate == rate
    assert net.net.sizes == (784, *RECIPE.hidden, 10)
    assert {"torch", "commit", "hardware", "ended"} <= set(net.provenance)


def test_the_two_nets_differ():
    assert not np.array_equal(load(ARMS[0]).net.weights[0], load(ARMS[1]).net.weights[0])
