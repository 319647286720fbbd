"""Train a tiny network with NumPy, small enough that all its subnetworks can be run.

Its inputs are MNIST's 3s, 5s and 8s, downsampled to 14 × 14 pixels. It has twelve hidden units in one to three layers.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from dropout_core.data.mnist import Digits
from dropout_core.numerics.masks import check_rate, training_scale
from dropout_core.numerics.network import SmallNetwork, random_network, relu, softmax

CLASSES = (3, 5, 8)  # digits that are easily confused
SIDE, COARSE = 14, 7  # pixels; at 7, people cannot tell the digits apart
SHAPES = {1: (12,), 2: (6, 6), 3: (4, 4, 4)}  # units in each hidden layer, keyed by the number of hidden layers
STEPS = 600
BATCH = 100
LEARNING_RATE = 0.005
_FIRST_BIAS = 0.5  # initial bias of the hidden units, chosen so that no unit is dead from the start
_DECAYS = 0.9, 0.999  # decay rates of Adam's two moment estimates


@dataclass(frozen=True)
class SmallDigits:
    """Training and validation images in [0, 1]; labels are indices into CLASSES."""

    train_images: Float[np.ndarray, "n pixels"]
    train_labels: Int[np.ndarray, "n"]
    images: Float[np.ndarray, "m pixels"]
    labels: Int[np.ndarray, "m"]


def small_digits(digits: Digits, side: int = SIDE) -> SmallDigits:
    """Select the images of the three classes, and downsample them to side × side pixels."""
    return SmallDigits(
        *_of_classes(digits.train_images, digits.train_labels, side),
        *_of_classes(digits.validation_images, digits.validation_labels, side),
    )


def _of_classes(images: np.ndarray, labels: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    wanted = np.isin(labels, CLASSES)
    return shrink(images[wanted], side), np.searchsorted(CLASSES, labels[wanted])


def shrink(images: UInt8[np.ndarray, "n 28 28"], side: int = SIDE) -> Float[np.ndarray, "n pixels"]:
    """Downsample the images by averaging square blocks of pixels. The means range from 0 (background) to 1."""
    blocks = images.reshape(-1, side, 28 // side, side, 28 // side) / 255
    return blocks.mean(axis=(2, 4)).reshape(-1, side**2)


def train(
    x: Float[np.ndarray, "n inputs"], labels: Int[np.ndarray, "n"], hidden: tuple[int, ...], rate: float, seed: int
) -> SmallNetwork:
    """Train a network with STEPS Adam steps on the cross-entropy, with a new mask for each example and hidden layer."""
    rng = np.random.default_rng(seed)
    net = random_network((x.shape[1], *hidden, len(CLASSES)), seed)
    for bias in net.biases[:-1]:
        bias += _FIRST_BIAS
    means, squares = [[np.zeros_like(p) for p in _parameters(net)] for _ in _DECAYS]
    for step in range(1, STEPS + 1):
        batch = rng.integers(0, len(x), BATCH)
        masks = tuple(rng.random((BATCH, units)) >= check_rate(rate) for units in hidden)
        derivatives = _parameters(gradients(net, x[batch], labels[batch], masks, rate)[1])
        _adam(_parameters(net), derivatives, means, squares, step)
    return net


def gradients(
    net: SmallNetwork,
    x: Float[np.ndarray, "n inputs"],
    labels: Int[np.ndarray, "n"],
    masks: tuple[Bool[np.ndarray, "n _"], ...],
    rate: float,
) -> tuple[float, SmallNetwork]:
    """Compute the mean cross-entropy under these masks, and its gradient with respect to the weights and biases.

    The gradient is returned as a network of the same shape.
    """
    scale, activations = training_scale(rate, "inverted"), [x]
    for w, b, mask in zip(net.weights, net.biases, masks, strict=False):
        activations.append(relu((activations[-1] @ w + b) * mask * scale))
    p = softmax(activations[-1] @ net.weights[-1] + net.biases[-1])
    rows = np.arange(len(x))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return float(loss), _backward(net, activations, p / len(x), scale)


def _backward(net: SmallNetwork, activations: list[np.ndarray], delta: np.ndarray, scale: float) -> SmallNetwork:
    """Backpropagate delta, the gradient with respect to the logits. activations holds the inputs of each layer."""
    by_weight: list[np.ndarray] = []
    by_bias: list[np.ndarray] = []
    for layer in reversed(range(len(activations))):
        by_weight.insert(0, activations[layer].T @ delta)
        by_bias.insert(0, delta.sum(axis=0))
        if layer:  # the gradient is 0 wherever the mask or the ReLU sets a unit to 0
            delta = delta @ net.weights[layer].T * (activations[layer] > 0) * scale
    return SmallNetwork(tuple(by_weight), tuple(by_bias))


def _parameters(net: SmallNetwork) -> list[np.ndarray]:
    return [*net.weights, *net.biases]


def _adam(parameters: list, derivatives: list, means: list, squares: list, step: int) -> None:
    """Take one Adam step in place (Kingma & Ba 2015)."""
    first, second = _DECAYS
    for p, g, m, v in zip(parameters, derivatives, means, squares, strict=True):
        m += (1 - first) * (g - m)
        v += (1 - second) * (g * g - v)
        p -= LEARNING_RATE * (m / (1 - first**step)) / (np.sqrt(v / (1 - second**step)) + 1e-8)
