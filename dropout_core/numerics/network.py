"""The weights of a small fully connected network and its forward pass, with or without masks."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.numerics.masks import apply_mask


@dataclass(frozen=True)
class SmallNetwork:
    """A network, given by the weights [inputs, outputs] and biases [outputs] of each layer in order."""

    weights: tuple[Float[np.ndarray, "_ _"], ...]
    biases: tuple[Float[np.ndarray, "_"], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of neurons in each layer, including the input and output layers."""
        return (self.weights[0].shape[0], *(w.shape[1] for w in self.weights))


def random_network(sizes: tuple[int, ...], seed: int) -> SmallNetwork:
    """Build a network with seeded Gaussian weights of variance 2 / inputs (He et al. 2015) and small biases."""
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a network needs at least two layers of at least one neuron; got {sizes}")
    rng = np.random.default_rng(seed)
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    return SmallNetwork(
        tuple(rng.normal(0, np.sqrt(2 / n), (n, m)) for n, m in pairs),
        tuple(rng.normal(0, 0.1, m) for _, m in pairs),
    )


def relu(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    return np.maximum(z, 0)


def softmax(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Compute the softmax over the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def entropy(p: Float[np.ndarray, "*n classes"]) -> Float[np.ndarray, "*n"]:
    """Compute the entropy over the last axis, in bits: 0 for a certain class, log₂ n for n equally likely classes."""
    p = np.asarray(p, float)
    return -np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=-1)


def forward(
    net: SmallNetwork,
    x: Float[np.ndarray, "inputs"],
    masks: tuple[Bool[np.ndarray, "*masks _"], ...] | None = None,
    rate: float = 0.0,
    activation: str = "relu",
    scheme: str = "inverted",
) -> Float[np.ndarray, "*masks outputs"]:
    """Compute the network's logits for one input.

    masks       one per hidden layer, [..., neurons], True where kept; None for inference, when nothing is dropped or
                scaled (for standard dropout, scale the weights yourself)
    activation  "relu" or "linear", applied to the hidden layers after dropout, as in the article
    """
    if activation not in ("relu", "linear"):
        raise ValueError(f"activation must be 'relu' or 'linear'; got {activation!r}")
    h = x
    for i, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        h = h @ w + b
        if i == len(net.weights) - 1:
            return h
        if masks is not None:
            h = apply_mask(np.broadcast_to(h, masks[i].shape), masks[i], rate, scheme)
        if activation == "relu":
            h = relu(h)
    raise AssertionError("every network has a last layer")
