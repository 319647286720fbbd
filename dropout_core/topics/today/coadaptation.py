"""Two measures of how much hidden units depend on one another: correlations, and the cost of removing pairs.

If two units do separate work, removing both costs as much as the two single removals together. If each is useful only
together with the other, removing both costs less than that; if each can replace the other, it costs more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from dropout_core.numerics.inference import activations, score
from dropout_core.numerics.network import SmallNetwork, relu

_ROWS = 40_000  # images × pairs per matrix product


@dataclass(frozen=True)
class PairCosts:
    """The cross-entropy gained by removing pairs of units of one layer, and the sum of the two single costs."""

    both: Float[np.ndarray, "pairs"]
    sum: Float[np.ndarray, "pairs"]

    @property
    def departure(self) -> float:
        """The mean distance between the two, as a percentage of the mean size of the sum."""
        return float(100 * np.abs(self.both - self.sum).mean() / np.abs(self.sum).mean())


def alive(h: Float[np.ndarray, "n units"]) -> Int[np.ndarray, "_"]:
    """Return the numbers of the units whose activity is not constant."""
    return np.flatnonzero(h.max(0) > h.min(0))


def mean_correlation(h: Float[np.ndarray, "n units"]) -> float:
    """Return the mean absolute correlation over all pairs of units whose activity is not constant."""
    r = np.corrcoef(h[:, alive(h)].astype(float), rowvar=False)
    return float(np.abs(r[np.triu_indices(len(r), 1)]).mean())


def pair_costs(
    net: SmallNetwork,
    layer: int,
    x: Float[np.ndarray, "n inputs"],
    labels: UInt8[np.ndarray, "n"],
    pairs: Int[np.ndarray, "pairs 2"],
) -> PairCosts:
    """Measure the cost of removing each pair of units of a hidden layer, numbered from 0."""
    units, place = np.unique(pairs, return_inverse=True)
    _, whole = score(activations(net, x)[-1], labels)
    single = losses_without(net, layer, x, labels, units[:, None]) - whole
    both = losses_without(net, layer, x, labels, pairs) - whole
    return PairCosts(both, single[place.reshape(pairs.shape)].sum(1))


def draw_pairs(units: Int[np.ndarray, "units"], n: int, seed: int) -> Int[np.ndarray, "pairs 2"]:
    """Draw n different pairs of different units, or all pairs if there are fewer."""
    first, second = np.triu_indices(len(units), 1)
    picked = np.random.default_rng(seed).permutation(len(first))[:n]
    return units[np.stack([first[picked], second[picked]], axis=1)]


def losses_without(
    net: SmallNetwork,
    layer: int,
    x: Float[np.ndarray, "n inputs"],
    labels: UInt8[np.ndarray, "n"],
    removed: Int[np.ndarray, "sets units"],
) -> Float[np.ndarray, "sets"]:
    """Return the mean cross-entropy without each set of units of a hidden layer."""
    return np.array([score(z, labels)[1] for z in _logits_without(net, layer, x, removed)])


def _logits_without(net: SmallNetwork, layer: int, x: np.ndarray, removed: np.ndarray) -> Iterator[np.ndarray]:
    """Subtract what the removed units add to the next layer's sums, and recompute the layers above."""
    h, after = activations(net, x)[layer], net.weights[layer + 1]
    sums = h @ after + net.biases[layer + 1]
    chunk = max(1, _ROWS // len(x))
    for first in range(0, len(removed), chunk):
        sets = removed[first : first + chunk]
        rest = sums - np.einsum("nsu,suk->snk", h[:, sets], after[sets], optimize=True)
        for w, b in zip(net.weights[layer + 2 :], net.biases[layer + 2 :], strict=True):
            rest = relu(rest) @ w + b
        yield from rest
