"""Compare exact averages over all 2^n subnetworks of a small network with the single scaled pass at inference.

The network has two hidden layers. As in the article's network, dropout acts on both, before the activation function.
Every mask is listed and weighted by its probability, so there is no sampling error.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.numerics.masks import check_rate, inference_scale
from dropout_core.numerics.network import SmallNetwork, forward, relu, softmax

STAGES = {
    "sum": "sum into layer 2",
    "hidden": "after its ReLU",
    "logits": "logits",
    "softmax": "softmax",
}
MOST_HIDDEN = 12  # 4,096 masks


@dataclass(frozen=True)
class Comparison:
    """Values of the units at one stage, both averaged over all subnetworks and from the scaled pass at inference."""

    average: Float[np.ndarray, "units"]
    spread: Float[np.ndarray, "units"]  # standard deviation over the subnetworks
    scaled: Float[np.ndarray, "units"]

    @property
    def gap(self) -> float:
        """The largest absolute difference between the average and the scaled pass over all units."""
        return float(np.abs(self.scaled - self.average).max())


def all_masks(sizes: tuple[int, ...]) -> tuple[Bool[np.ndarray, "masks _"], ...]:
    """Enumerate all masks for layers of these sizes, as one array [2^n, size] per layer. Row 0 drops every unit.

    Raises ValueError for more than 12 units in total.
    """
    n = sum(sizes)
    if not 1 <= n <= MOST_HIDDEN:
        raise ValueError(f"masks can be enumerated for 1 to {MOST_HIDDEN} units; got {n}")
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
    return tuple(np.split(bits, np.cumsum(sizes)[:-1], axis=1))


def mask_probabilities(masks: tuple[Bool[np.ndarray, "masks _"], ...], rate: float) -> Float[np.ndarray, "masks"]:
    """Return the probability of each row of masks. Units are independent, so it is rate^dropped (1 - rate)^kept."""
    bits = np.concatenate(masks, axis=1)
    kept = bits.sum(axis=1)
    return check_rate(rate) ** (bits.shape[1] - kept) * (1 - rate) ** kept


def scaled_network(net: SmallNetwork, rate: float, scheme: str) -> SmallNetwork:
    """Return the network used at inference. Standard dropout scales the weights after a dropout layer by 1 - rate."""
    first, *later = net.weights
    scale = inference_scale(rate, scheme)
    return SmallNetwork((first, *(w * scale for w in later)), net.biases)


def stages(
    net: SmallNetwork,
    x: Float[np.ndarray, "inputs"],
    masks: tuple[Bool[np.ndarray, "masks _"], ...] | None = None,
    rate: float = 0.0,
    activation: str = "relu",
    scheme: str = "inverted",
) -> dict[str, Float[np.ndarray, "..."]]:
    """Compute the values at each stage, as arrays [masks, units], or [units] for a pass without masks.

    "sum" is the weighted sum that enters the second hidden layer, and "hidden" is that sum after the activation
    function but before the layer's mask. "logits" and "softmax" follow. Raises ValueError unless the network has two
    hidden layers.
    """
    if len(net.weights) != 3:
        raise ValueError(f"the network must have two hidden layers; got layers of {net.sizes}")
    below = SmallNetwork(net.weights[:2], net.biases[:2])
    total = forward(below, x, None if masks is None else masks[:1], rate, activation, scheme)
    logits = forward(net, x, masks, rate, activation, scheme)
    hidden = relu(total) if activation == "relu" else total
    return {"sum": total, "hidden": hidden, "logits": logits, "softmax": softmax(logits)}


def compare(
    net: SmallNetwork,
    x: Float[np.ndarray, "inputs"],
    rate: float,
    scheme: str = "inverted",
    activation: str = "relu",
) -> dict[str, Comparison]:
    """Compare each stage's exact average over all subnetworks with the scaled pass that approximates it.

    scheme      one of masks.SCHEMES
    activation  "relu" or "linear", as in network.forward
    """
    masks = all_masks(net.sizes[1:-1])
    weights = mask_probabilities(masks, rate)
    training = stages(net, x, masks, rate, activation, scheme)
    inference = stages(scaled_network(net, rate, scheme), x, activation=activation)
    return {stage: _comparison(training[stage], weights, inference[stage]) for stage in STAGES}


def gaps_by_rate(
    net: SmallNetwork, x: Float[np.ndarray, "inputs"], rates: tuple[float, ...], scheme: str = "inverted"
) -> dict[str, list[float]]:
    """Compute the gap at each rate for the linear network's logits and for each stage of the ReLU network."""
    linear = [compare(net, x, rate, scheme, "linear")["logits"].gap for rate in rates]
    by_rate = [compare(net, x, rate, scheme) for rate in rates]
    with_relu = {f"ReLU net · {name}": [c[stage].gap for c in by_rate] for stage, name in STAGES.items()}
    return {"linear net · logits": linear, **with_relu}


def _comparison(values: np.ndarray, weights: np.ndarray, scaled: np.ndarray) -> Comparison:
    average = weights @ values
    return Comparison(average, np.sqrt(weights @ (values - average) ** 2), scaled)
