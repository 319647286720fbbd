"""Test the small network's forward pass against values computed by hand and against PyTorch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.network import SmallNetwork, forward, random_network, relu, softmax

HAND = SmallNetwork(
    (np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([[1.0], [3.0]])), (np.array([0.5, 0.0]), np.array([-1.0]))
)
X = np.array([1.0, 2.0])


def test_a_pass_by_hand():
    # hidden: 1 + 4 + 0.5 = 5.5 and -1 + 1 + 0 = 0; output: 5.5 - 1
    np.testing.assert_allclose(forward(HAND, X), [4.5])


def test_a_masked_pass_by_hand():
    np.testing.assert_allclose(forward(HAND, X, (np.array([True, True]),), 0.5), [10])
    np.testing.assert_allclose(forward(HAND, X, (np.array([True, True]),), 0.5, scheme="standard"), [4.5])
    np.testing.assert_allclose(forward(HAND, X, (np.array([False, True]),), 0.5), [-1])


def test_relu_cuts_and_linear_does_not():
    x = np.array([-1.0, 0.0])  # hidden: -0.5 and 1
    np.testing.assert_allclose(forward(HAND, x), [2])
    np.testing.assert_allclose(forward(HAND, x, activation="linear"), [1.5])
    with pytest.raises(ValueError, match="activation"):
        forward(HAND, x, activation="tanh")


@given(sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5), seed=st.integers(0, 2**32))
def test_networks_have_the_sizes_asked_for_and_are_seeded(sizes, seed):
    net, again = (random_network(tuple(sizes), seed) for _ in range(2))
    assert net.sizes == tuple(sizes)
    for ours, theirs in zip(net.weights + net.biases, again.weights + again.biases, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("sizes", [(3,), (3, 0, 2), ()])
def test_sizes_without_a_network_are_refused(sizes):
    with pytest.raises(ValueError, match="at least two layers"):
        random_network(sizes, 0)


def test_weights_have_the_variance_of_he():
    assert random_network((400, 400), 0).weights[0].var() == pytest.approx(2 / 400, rel=0.02)


@settings(deadline=None)
@given(seed=st.integers(0, 999), rate=st.floats(0, 0.9), scheme=st.sampled_from(["inverted", "standard"]))
def test_many_masks_at_once_are_each_mask_alone_and_torch_s(seed, rate, scheme):
    net, rng = random_network((3, 5, 4, 2), seed), np.random.default_rng(seed)
    x, masks = rng.normal(size=3), tuple(rng.random((6, n)) >= rate for n in (5, 4))
    together = forward(net, x, masks, rate, scheme=scheme)
    scale = 1 / (1 - rate) if scheme == "inverted" else 1.0
    for i in range(6):
        alone = tuple(mask[i] for mask in masks)
        np.testing.assert_allclose(forward(net, x, alone, rate, scheme=scheme), together[i], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(torch_pass(net, x, alone, scale), together[i], rtol=1e-10, atol=1e-12)


def torch_pass(net, x, masks, scale):
    """Run the forward pass in torch, with ReLU before the mask. With ReLU, the order makes no difference."""
    h = torch.from_numpy(x)
    for w, b, mask in zip(net.weights[:-1], net.biases[:-1], masks, strict=True):
        h = torch.nn.functional.linear(h, torch.from_numpy(w.T), torch.from_numpy(b)).relu() * torch.from_numpy(mask)
        h = h * scale
    return (h @ torch.from_numpy(net.weights[-1]) + torch.from_numpy(net.biases[-1])).numpy()


def test_softmax_and_relu_are_torch_s():
    z = np.random.default_rng(0).normal(0, 300, (5, 4))
    np.testing.assert_allclose(softmax(z), torch.softmax(torch.from_numpy(z), -1).numpy(), rtol=1e-12, atol=1e-300)
    np.testing.assert_array_equal(relu(z), torch.from_numpy(z).relu().numpy())
