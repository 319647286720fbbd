"""A net so small that all its subnetworks can be run, trained with dropout on real digits: a few lines of numpy.

Inputs are MNIST's 3s, 5s and 8s, averaged down to 7 × 7 pixels; twelve hidden units in one, two or three layers.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from dropout_core.data.mnist import Digits
from dropout_core.numerics.masks import check_rate, training_scale
from dropout_core.numerics.network import SmallNetwork, random_network, relu, softmax

CLASSES = (3, 5, 8)  # digits that are easily confused
SIDE = 7  # pixels
SHAPES = {1: (12,), 2: (6, 6), 3: (4, 4, 4)}  # hidden units by number of hidden layers
STEPS = 600
BATCH = 100
LEARNING_RATE = 0.005
_FIRST_BIAS = 0.5  # of hidden units: of so few, none may die at once
_DECAYS = 0.9, 0.999  # Adam's


@dataclass(frozen=True)
class SmallDigits:
    """Images [n, 49] in [0, 1] and the place [n] of their digit in CLASSES, to train on and to validate on."""

    train_images: Float[np.ndarray, "n 49"]
    train_labels: Int[np.ndarray, "n"]
    images: Float[np.ndarray, "m 49"]
    labels: Int[np.ndarray, "m"]


def small_digits(digits: Digits) -> SmallDigits:
    """The images of the three classes, averaged down."""
    return SmallDigits(
        *_of_classes(digits.train_images, digits.train_labels),
        *_of_classes(digits.validation_images, digits.validation_labels),
    )


def _of_classes(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    wanted = np.isin(labels, CLASSES)
    return shrink(images[wanted]), np.searchsorted(CLASSES, labels[wanted])


def shrink(images: UInt8[np.ndarray, "n 28 28"]) -> Float[np.ndarray, "n 49"]:
    """Means of 4 × 4 pixels, from 0 (background) to 1."""
    blocks = images.reshape(-1, SIDE, 28 // SIDE, SIDE, 28 // SIDE) / 255
    return blocks.mean(axis=(2, 4)).reshape(-1, SIDE**2)


def train(
    x: Float[np.ndarray, "n inputs"], labels: Int[np.ndarray, "n"], hidden: tuple[int, ...], rate: float, seed: int
) -> SmallNetwork:
    """The net after STEPS steps of Adam on cross-entropy, a mask an example and hidden layer; rate is P(drop)."""
    rng = np.random.default_rng(seed)
    net = random_network((x.shape[1], *hidden, len(CLASSES)), seed)
    for bias in net.biases[:-1]:
        bias += _FIRST_BIAS
    means, squares = [[np.zeros_like(p) for p in _parameters(net)] for _ in _DECAYS]
    for step in range(1, STEPS + 1):
        batch = rng.integers(0, len(x), BATCH)
        masks = tuple(rng.random((BATCH, units)) >= check_rate(rate) for units in hidden)
        slopes = _parameters(gradients(net, x[batch], labels[batch], masks, rate)[1])
        _adam(_parameters(net), slopes, means, squares, step)
    return net


def gradients(
    net: SmallNetwork,
    x: Float[np.ndarray, "n inputs"],
    labels: Int[np.ndarray, "n"],
    masks: tuple[Bool[np.ndarray, "n _"], ...],
    rate: float,
) -> tuple[float, SmallNetwork]:
    """Mean cross-entropy under these masks, and its derivative by each weight and bias, in the net's own shape."""
    scale, held = training_scale(rate, "inverted"), [x]
    for w, b, mask in zip(net.weights, net.biases, masks, strict=False):
        held.append(relu((held[-1] @ w + b) * mask * scale))
    p = softmax(held[-1] @ net.weights[-1] + net.biases[-1])
    rows = np.arange(len(x))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return float(loss), _backward(net, held, p / len(x), scale)


def _backward(net: SmallNetwork, held: list[np.ndarray], slope: np.ndarray, scale: float) -> SmallNetwork:
    """From the derivative by the logits down to the first layer."""
    by_weight, by_bias = [], []
    for layer in reversed(range(len(held))):
        by_weight.insert(0, held[layer].T @ slope)
        by_bias.insert(0, slope.sum(axis=0))
        if layer:  # a unit that was dropped or cut off by its ReLU holds 0, and passes nothing back
            slope = slope @ net.weights[layer].T * (held[layer] > 0) * scale
    return SmallNetwork(tuple(by_weight), tuple(by_bias))


def _parameters(net: SmallNetwork) -> list[np.ndarray]:
    return [*net.weights, *net.biases]


def _adam(parameters: list, slopes: list, means: list, squares: list, step: int) -> None:
    """One step in place (Kingma & Ba 2015)."""
    first, second = _DECAYS
    for p, g, m, v in zip(parameters, slopes, means, squares, strict=True):
        m += (1 - first) * (g - m)
        v += (1 - second) * (g * g - v)
        p -= LEARNING_RATE * (m / (1 - first**step)) / (np.sqrt(v / (1 - second**step)) + 1e-8)
