"""Ablation of hidden neurons in a trained net: the cost of removing each neuron alone, or many together.

Removing a neuron subtracts a rank-one term from the next layer's pre-activations, so the layers below need not be
recomputed. Neurons are numbered across both hidden layers, beginning with the first layer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from dropout_core.numerics.inference import activations, score
from dropout_core.numerics.network import SmallNetwork, relu

MEASURES = ("accuracy", "loss")
_ROWS = 10_000  # images × neurons per matrix product; many small products are slow on a busy machine


@dataclass(frozen=True)
class Costs:
    """Accuracy (%) and loss of a net, and the cost of removing each hidden neuron.

    accuracy_cost   points of accuracy lost; negative if the net does better without the neuron
    loss_cost       cross-entropy gained
    right           number of images of each digit that the whole net classifies correctly
    right_without   the same numbers without each neuron
    """

    accuracy: float
    loss: float
    accuracy_cost: Float[np.ndarray, "neurons"]
    loss_cost: Float[np.ndarray, "neurons"]
    right: Int[np.ndarray, "10"]
    right_without: Int[np.ndarray, "neurons 10"]

    def of(self, measure: str) -> Float[np.ndarray, "neurons"]:
        """Return the costs by one measure, "accuracy" or "loss"."""
        return {"accuracy": self.accuracy_cost, "loss": self.loss_cost}[measure]

    def order(self, measure: str) -> Int[np.ndarray, "neurons"]:
        """Sort the neurons from most to least costly; ties are sorted by number."""
        return np.argsort(-self.of(measure), kind="stable")


def single_costs(net: SmallNetwork, x: Float[np.ndarray, "n inputs"], labels: UInt8[np.ndarray, "n"]) -> Costs:
    """Measure the cost of removing each hidden neuron alone. Raises ValueError unless the net has two hidden layers."""
    logits = activations(net, x)[-1]
    rows = [(*score(z, labels), _right_by_digit(z, labels)) for z in without_each(net, x)]
    accuracies, losses, right = (np.array(column) for column in zip(*rows, strict=True))
    accuracy, loss = score(logits, labels)
    return Costs(accuracy, loss, accuracy - accuracies, losses - loss, _right_by_digit(logits, labels), right)


def without_each(net: SmallNetwork, x: Float[np.ndarray, "n inputs"]) -> Iterator[Float[np.ndarray, "n outputs"]]:
    """Yield the net's logits without neuron 0, without neuron 1, and so on through both hidden layers."""
    first, second, logits = _two_hidden(net, x)
    w2, w3 = net.weights[1:]
    b2, b3 = net.biases[1:]
    sums, chunk = first @ w2 + b2, max(1, _ROWS // max(1, len(x)))
    for i in range(0, first.shape[1], chunk):
        removed = first.T[i : i + chunk, :, None] * w2[i : i + chunk, None, :]
        hidden = relu(sums - removed)
        yield from (hidden.reshape(-1, len(b2)) @ w3 + b3).reshape(*hidden.shape[:2], -1)
    for j in range(second.shape[1]):
        yield logits - second[:, j : j + 1] * w3[j]


def without(
    net: SmallNetwork, x: Float[np.ndarray, "n inputs"], kept: Sequence[Bool[np.ndarray, "neurons"]]
) -> Iterator[Float[np.ndarray, "n outputs"]]:
    """Yield, for each mask over all hidden neurons, the logits of the net with only the kept neurons."""
    first = _two_hidden(net, x)[0]
    w2, w3 = net.weights[1:]
    b2, b3 = net.biases[1:]
    n, chunk = first.shape[1], max(1, _ROWS // max(1, len(x)))
    for i in range(0, len(kept), chunk):
        masks = np.array(kept[i : i + chunk])[:, None, :]
        below = (first * masks[..., :n]).reshape(-1, n)
        hidden = relu(below @ w2 + b2).reshape(len(masks), len(x), -1) * masks[..., n:]
        yield from (hidden.reshape(-1, len(b2)) @ w3 + b3).reshape(len(masks), len(x), -1)


def removal(
    net: SmallNetwork,
    x: Float[np.ndarray, "n inputs"],
    labels: UInt8[np.ndarray, "n"],
    order: Int[np.ndarray, "neurons"],
    counts: Sequence[int],
) -> dict[str, Float[np.ndarray, "counts"]]:
    """Measure accuracy (%) and loss after removing the first k neurons in an order, for each k in counts."""
    kept = [~np.isin(np.arange(len(order)), order[:k]) for k in counts]
    scores = np.array([score(z, labels) for z in without(net, x, kept)])
    return dict(zip(MEASURES, scores.T, strict=True))


def random_orders(neurons: int, draws: int, seed: int) -> list[Int[np.ndarray, "neurons"]]:
    """Draw random permutations of the neurons from this seed."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(neurons) for _ in range(draws)]


def unseen_worst(first: Costs, second: Costs, measure: str) -> float:
    """Measure the worst neuron's cost on images that were not used to select it.

    The neuron is selected in each of the two measurements and evaluated in the other; the result is the mean. On the
    images used to select it, the cost would be biased upwards, since the largest of many costs is partly luck.
    """
    pairs = ((first, second), (second, first))
    return float(np.mean([measured.of(measure)[selected.order(measure)[0]] for selected, measured in pairs]))


def _right_by_digit(logits: np.ndarray, labels: np.ndarray) -> Int[np.ndarray, "10"]:
    return np.bincount(labels[logits.argmax(axis=1) == labels], minlength=10)


def _two_hidden(net: SmallNetwork, x: np.ndarray) -> list[np.ndarray]:
    if len(net.weights) != 3:
        raise ValueError(f"neurons are removed from two hidden layers; got layers of {net.sizes}")
    return activations(net, x)
