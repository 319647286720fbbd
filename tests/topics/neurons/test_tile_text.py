"""Tests of the sentences about the tiles, with made-up neurons and with the packaged nets."""

import numpy as np

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.inference import activations, pixels
from dropout_core.reference import nets
from dropout_core.topics.neurons import tile_text
from dropout_core.topics.neurons.tiles import Tiles


def test_pixels_and_dead_neurons_are_compared():
    used = {NO_DROPOUT: np.array([90.0, 100, 110]), DROPOUT: np.array([80.0, 90])}
    text = tile_text.features(used, {NO_DROPOUT: 132.0, DROPOUT: 34.0}, 4)
    assert "use fewer pixels: a median of 85 instead of 100 in these nets, and 34 instead of 132" in text
    assert text.endswith("Of 4 neurons in this layer, 1 are dead without dropout and 2 with dropout.")
    used[DROPOUT] += 50
    assert "use no fewer pixels" in tile_text.features(used, {NO_DROPOUT: 132.0, DROPOUT: 34.0}, 4)


def test_the_neuron_that_fires_most_is_compared_with_the_most_costly_one():
    shown = Tiles(np.array([3, 8]), np.array([0.9, 0.5]), [[], []], np.array([0.1, 2.0]))
    text = tile_text.firing(shown)
    assert (
        "neuron 4 fires on 90 % of the images and costs 0.1 points. The most costly neuron, number 9, fires on 50 %."
        in text
    )
    assert tile_text.firing(Tiles(shown.neurons, shown.fires, [[], []], np.array([2.0, 0.1]))) == ""


def test_dead_neurons_are_left_out():
    net, images = nets.load(DROPOUT).net, load_validation("mnist-5k", Settings.from_env()).images[:120]
    alive = (activations(net, pixels(images))[0] > 0).any(axis=0).sum()
    assert len(tile_text.living(net, images)) == alive
