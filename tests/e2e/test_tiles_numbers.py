"""Compare the browser's results after removing neurons with NumPy's."""

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.inference import pixels
from dropout_core.reference import nets
from dropout_core.topics.neurons import tiles
from dropout_core.topics.neurons.ablation import single_costs, without
from tests.e2e import network

pytestmark = pytest.mark.browser
CHANGED = 2  # maximum number of images whose answer may change because sums and activations are rounded


@pytest.mark.parametrize("arm", ARMS)
def test_images_that_are_right_without_some_tiles_equal_numpy_s(page, arm):
    digits = load_validation("mnist-5k", Settings.from_env())
    net, images, labels = nets.load(arm).net, digits.images, digits.labels
    x = pixels(images)
    chosen = tiles.choose(net, images, single_costs(net, x, labels))
    rng, count = np.random.default_rng(3), len(chosen.neurons)
    removed = [[], [int(chosen.costs.argmax())], list(range(count))]
    removed += [rng.permutation(count)[:n].tolist() for n in (2, 5, 12, 30)]
    masks = [~np.isin(np.arange(sum(net.sizes[1:-1])), chosen.neurons[gone]) for gone in removed]
    expected = [np.bincount(labels[logits.argmax(axis=1) == labels], minlength=10) for logits in without(net, x, masks)]
    page.goto("about:blank")
    made = page.evaluate(
        """async ([address, net, labels, removed]) => {
            const { decodeNet, rightByDigit } = await import(address)
            return removed.map((tiles) => rightByDigit(decodeNet(net), labels, tiles))
        }""",
        [network.module("tiles_numbers.js"), tiles.for_browser(net, images, chosen), labels.tolist(), removed],
    )
    assert np.abs(np.array(made) - expected).sum(axis=1).max() <= CHANGED
    assert made[0] == expected[0].tolist()
    assert sum(made[2]) < sum(made[0]) - 40
