"""Tests of the neurons shown as tiles: their selection, the images that excite them, and links to removed neurons."""

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.inference import activations, pixels
from dropout_core.reference import nets
from dropout_core.topics.neurons import tiles
from dropout_core.topics.neurons.ablation import single_costs

IMAGES = 120


@pytest.fixture(scope="module", params=ARMS)
def case(request):
    digits = load_validation("mnist-5k", Settings.from_env())
    net, images = nets.load(request.param).net, digits.images[:IMAGES]
    costs = single_costs(net, pixels(images), digits.labels[:IMAGES])
    return net, images, costs, tiles.choose(net, images, costs)


def test_the_most_costly_live_neurons_and_some_dead_ones_are_shown_in_order(case):
    net, images, costs, chosen = case
    fires = activations(net, pixels(images))[0] > 0
    assert chosen.neurons.tolist() == sorted(chosen.neurons.tolist())
    assert chosen.fires == pytest.approx(fires[:, chosen.neurons].mean(axis=0))
    assert (chosen.fires == 0).sum() == tiles.DEAD
    live = np.flatnonzero(fires.any(axis=0))
    others = np.setdiff1d(live, chosen.neurons)
    assert costs.accuracy_cost[others].max() <= chosen.costs[chosen.fires > 0].min()
    assert chosen.costs[chosen.fires == 0] == pytest.approx(0)


def test_no_other_image_excites_a_neuron_more_than_those_shown(case):
    net, images, _, chosen = case
    first = activations(net, pixels(images))[0]
    for neuron, excite in zip(chosen.neurons, chosen.excite, strict=True):
        others = np.delete(first[:, neuron], excite)
        assert len(excite) == min(tiles.EXCITING, (first[:, neuron] > 0).sum())
        assert all(first[excite, neuron] >= others.max())


def test_places_of_images_are_those_in_the_sheet(case):
    *_, chosen = case
    places = {n: 1000 - n for n in range(IMAGES)}
    described = tiles.described(chosen, places)
    assert [tile["number"] - 1 for tile in described] == chosen.neurons.tolist()
    assert [[1000 - place for place in tile["images"]] for tile in described] == chosen.excite


def test_removed_neurons_in_a_link_are_put_in_order():
    allowed = {"n3", "n20", "d5"}
    assert tiles.check("d5.n20.n3.n3", allowed) == "n3.n20.d5"
    assert tiles.check("", allowed) == ""
    for wrong in ("n4", "d3", "x", "n3,n20"):
        with pytest.raises(ValueError, match="shown as tiles"):
            tiles.check(wrong, allowed)
