"""Test that trained nets give the same outputs in NumPy as in PyTorch."""

import numpy as np
import pytest
import torch

from dropout_core.numerics.inference import activations, from_arrays, pixels, probabilities, random_masks
from dropout_core.training.models import flat, new_mlp, normalise
from tests.weights import to_arrays

IMAGES = np.random.default_rng(0).integers(0, 256, (1500, 28, 28), dtype=np.uint8)
HIDDEN = (16, 8)


@pytest.fixture(scope="module")
def model():
    return new_mlp(0, HIDDEN, 0.5).eval()


@pytest.fixture(scope="module")
def net(model):
    return from_arrays(to_arrays(model))


def test_pixels_are_normalised_as_in_training():
    np.testing.assert_allclose(pixels(IMAGES[:5]), normalise(flat(IMAGES[:5])).numpy(), atol=1e-6)


@pytest.mark.parametrize("hidden", [(3,), HIDDEN, (4, 3, 2, 1)])
def test_a_net_comes_from_its_arrays_whole(hidden):
    model = new_mlp(1, hidden)
    net = from_arrays(to_arrays(model))
    assert net.sizes == (784, *hidden, 10)
    for layer, w, b in zip(model.layers, net.weights, net.biases, strict=True):
        assert np.array_equal(layer.weight.detach().numpy().T, w)
        assert np.array_equal(layer.bias.detach().numpy(), b)


def test_probabilities_are_those_of_torch_in_evaluation_mode(model, net):
    expected = torch.softmax(model(normalise(flat(IMAGES))), 1).detach().numpy()
    np.testing.assert_allclose(probabilities(net, IMAGES), expected, atol=1e-5)


def test_no_images_have_no_probabilities(net):
    assert probabilities(net, IMAGES[:0]).shape == (0, 10)


def test_masks_act_as_in_the_module(model, net):
    masks = random_masks(net, 0.5, 7, 3)
    logits = activations(net, pixels(IMAGES[:7]), masks, 0.5)[-1]
    expected = model(normalise(flat(IMAGES[:7])), [torch.from_numpy(m) for m in masks]).detach().numpy()
    np.testing.assert_allclose(logits, expected, atol=1e-5)


def test_the_mean_of_many_stochastic_sums_is_the_deterministic_one(net):
    x = pixels(IMAGES[:1])[0]
    masks = random_masks(net, 0.5, 40_000, 1)
    # Before the ReLU, dropout is unbiased: the mean of the masked, scaled sums equals the sum without masks.
    sums = x @ net.weights[0] + net.biases[0]
    np.testing.assert_allclose((sums * masks[0] * 2).mean(0), sums, atol=4 * np.abs(sums).max() / 200)


def test_masks_are_seeded_and_differ_from_pass_to_pass(net):
    first, again, other = (random_masks(net, 0.5, 20, seed)[0] for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(np.unique(first, axis=0)) == 20
    assert all(masks.all() for masks in random_masks(net, 0.0, 5, 5))


def broken():
    good = to_arrays(new_mlp(1, HIDDEN))
    return {
        "a bias is missing": {name: a for name, a in good.items() if name != "layers.1.bias"},
        "one too many": good | {"extra": np.zeros(3, np.float32)},
        "two too many": good | {"layers.4.weight": np.zeros((3, 3), np.float32), "extra": np.zeros(3, np.float32)},
        "other names": {f"module.{name}": a for name, a in good.items()},
        "inputs that do not fit": good | {"layers.0.weight": np.zeros((12, 784), np.float32)},
        "no array": good | {"layers.0.bias": np.array(1.0, np.float32)},
        "text": good | {"layers.0.bias": np.array(["a"] * 16)},
        "a layer is missing": {name: a for name, a in good.items() if name != "layers.1.weight"},
        "a bias has another length": good | {"layers.0.bias": np.zeros(3, np.float32)},
        "layers that do not chain": good | {"layers.1.weight": np.zeros((8, 5), np.float32)},
        "not numbers": good | {"layers.0.bias": np.full(16, np.nan, np.float32)},
        "nothing": {},
    }


@pytest.mark.parametrize("fault", broken())
def test_weights_that_do_not_fit_are_refused(fault):
    with pytest.raises(ValueError, match="not the weights of an MLP"):
        from_arrays(broken()[fault])
