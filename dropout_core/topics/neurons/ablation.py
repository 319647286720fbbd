"""Knocking out neurons of a trained net: what it costs to set one, or the k most costly, to zero, all else unchanged.

Removing a neuron takes one rank-one term from the next layer's sums, so nothing below it is computed again. Neurons
are numbered through both hidden layers, the first layer's first. Costs are in the net's own accuracy and loss.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from dropout_core.numerics.inference import activations
from dropout_core.numerics.network import SmallNetwork, relu

MEASURES = ("accuracy", "loss")
_ROWS = 10_000  # images × neurons in one product: many small ones wait for BLAS's threads on a busy machine


@dataclass(frozen=True)
class Costs:
    """What each hidden neuron is worth: the net's own accuracy (%) and loss, and what removing one costs.

    accuracy_cost in points of accuracy lost, loss_cost in cross-entropy gained; negative where the net does better
    without the neuron. right and right_without count the images of each digit that are read right.
    """

    accuracy: float
    loss: float
    accuracy_cost: Float[np.ndarray, "neurons"]
    loss_cost: Float[np.ndarray, "neurons"]
    right: Int[np.ndarray, "10"]
    right_without: Int[np.ndarray, "neurons 10"]

    def of(self, measure: str) -> Float[np.ndarray, "neurons"]:
        """The costs by "accuracy" or by "loss"."""
        return {"accuracy": self.accuracy_cost, "loss": self.loss_cost}[measure]

    def order(self, measure: str) -> Int[np.ndarray, "neurons"]:
        """The neurons, the most costly first; equal ones by number."""
        return np.argsort(-self.of(measure), kind="stable")


def single_costs(net: SmallNetwork, x: Float[np.ndarray, "n inputs"], labels: UInt8[np.ndarray, "n"]) -> Costs:
    """Remove every hidden neuron in turn. Raises ValueError unless the net has two hidden layers."""
    own = activations(net, x)[-1]
    rows = [(*score(z, labels), _right_by_digit(z, labels)) for z in without_each(net, x)]
    accuracies, losses, right = (np.array(column) for column in zip(*rows, strict=True))
    accuracy, loss = score(own, labels)
    return Costs(accuracy, loss, accuracy - accuracies, losses - loss, _right_by_digit(own, labels), right)


def without_each(net: SmallNetwork, x: Float[np.ndarray, "n inputs"]) -> Iterator[Float[np.ndarray, "n outputs"]]:
    """Logits without each hidden neuron in turn: first the first layer's, then the second's."""
    first, second, logits = _two_hidden(net, x)
    w2, w3 = net.weights[1:]
    b2, b3 = net.biases[1:]
    sums, at_once = first @ w2 + b2, max(1, _ROWS // max(1, len(x)))
    for i in range(0, first.shape[1], at_once):
        lost = first.T[i : i + at_once, :, None] * w2[i : i + at_once, None, :]
        hidden = relu(sums - lost)
        yield from (hidden.reshape(-1, len(b2)) @ w3 + b3).reshape(*hidden.shape[:2], -1)
    for j in range(second.shape[1]):
        yield logits - second[:, j : j + 1] * w3[j]


def without(
    net: SmallNetwork, x: Float[np.ndarray, "n inputs"], kept: Sequence[Bool[np.ndarray, "neurons"]]
) -> Iterator[Float[np.ndarray, "n outputs"]]:
    """Logits with only the kept hidden neurons, for each of these masks over all hidden neurons."""
    first = _two_hidden(net, x)[0]
    w2, w3 = net.weights[1:]
    b2, b3 = net.biases[1:]
    n, at_once = first.shape[1], max(1, _ROWS // max(1, len(x)))
    for i in range(0, len(kept), at_once):
        masks = np.array(kept[i : i + at_once])[:, None, :]
        below = (first * masks[..., :n]).reshape(-1, n)
        hidden = relu(below @ w2 + b2).reshape(len(masks), len(x), -1) * masks[..., n:]
        yield from (hidden.reshape(-1, len(b2)) @ w3 + b3).reshape(len(masks), len(x), -1)


def removal(
    net: SmallNetwork,
    x: Float[np.ndarray, "n inputs"],
    labels: UInt8[np.ndarray, "n"],
    order: Int[np.ndarray, "neurons"],
    counts: Sequence[int],
) -> tuple[Float[np.ndarray, "counts"], Float[np.ndarray, "counts"]]:
    """Accuracy (%) and loss without the first k neurons of an order, for each k."""
    kept = [~np.isin(np.arange(len(order)), order[:k]) for k in counts]
    scores = np.array([score(z, labels) for z in without(net, x, kept)])
    return scores[:, 0], scores[:, 1]


def random_orders(neurons: int, draws: int, seed: int) -> list[Int[np.ndarray, "neurons"]]:
    """So many seeded orders of the neurons, each as likely as any other."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(neurons) for _ in range(draws)]


def unseen_worst(first: Costs, second: Costs, measure: str) -> float:
    """The worst neuron's cost on images that it was not picked on, mean of both ways round.

    The largest of many measured costs owes part of its size to luck; the same neuron on other images does not.
    """
    pairs = ((first, second), (second, first))
    return float(np.mean([measured.of(measure)[picked.order(measure)[0]] for picked, measured in pairs]))


def score(logits: Float[np.ndarray, "n outputs"], labels: UInt8[np.ndarray, "n"]) -> tuple[float, float]:
    """Accuracy in % and mean cross-entropy."""
    z = logits.astype(float) - logits.max(axis=1, keepdims=True)
    picked = z[np.arange(len(z)), labels]
    loss = np.log(np.exp(z).sum(axis=1)) - picked
    return float(100 * (logits.argmax(axis=1) == labels).mean()), float(loss.mean())


def _right_by_digit(logits: np.ndarray, labels: np.ndarray) -> Int[np.ndarray, "10"]:
    return np.bincount(labels[logits.argmax(axis=1) == labels], minlength=10)


def _two_hidden(net: SmallNetwork, x: np.ndarray) -> list[np.ndarray]:
    if len(net.weights) != 3:
        raise ValueError(f"neurons are removed from two hidden layers; got layers of {net.sizes}")
    return activations(net, x)
