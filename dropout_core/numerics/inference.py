"""Inference with trained nets in numpy, so that the server does not have to import torch.

A trained net is a network.SmallNetwork with float32 weights, which come from the store or from the package.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Bool, Float, UInt8

from dropout_core.numerics.masks import check_rate
from dropout_core.numerics.network import SmallNetwork, relu, softmax

PASSES = 100  # number of passes with dropout on that represent the distribution of outputs
MASK_SEED = 0
_CHUNK = 1024  # images per matrix product; converting 10,000 images to floats at once would take 30 MB


def from_arrays(arrays: Mapping[str, np.ndarray]) -> SmallNetwork:
    """Build a net from weights named as in PyTorch. Raises ValueError if they are not the weights of an MLP."""
    names = [(f"layers.{i}.weight", f"layers.{i}.bias") for i in range(len(arrays) // 2)]
    if not names or set(arrays) != {name for pair in names for name in pair}:
        raise ValueError("these are not the weights of an MLP: unexpected names")
    pairs = [(arrays[w].T, arrays[b]) for w, b in names]
    chained = all(w.ndim == 2 and b.shape == w.shape[1:] for w, b in pairs)
    chained = chained and all(a.shape[1] == b.shape[0] for (a, _), (b, _) in zip(pairs, pairs[1:], strict=False))
    if not chained or not all(_finite(part) for pair in pairs for part in pair):
        raise ValueError("these are not the weights of an MLP: their shapes or values do not fit")
    return SmallNetwork(
        *(tuple(np.ascontiguousarray(p, np.float32) for p in parts) for parts in zip(*pairs, strict=True))
    )


def _finite(values: np.ndarray) -> bool:
    return np.issubdtype(values.dtype, np.floating) and bool(np.isfinite(values).all())


def pixels(images: UInt8[np.ndarray, "*n 28 28"]) -> Float[np.ndarray, "*n 784"]:
    """Flatten images and scale their pixels to [−1, 1], like torchvision's ToTensor() and Normalize((0.5,), (0.5,))."""
    flat = images.reshape(*images.shape[:-2], -1).astype(np.float32)
    return (flat / 255 - 0.5) / 0.5


def probabilities(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"]) -> Float[np.ndarray, "n outputs"]:
    """Compute the softmax outputs in evaluation mode, without masks or scaling."""
    parts = [softmax(activations(net, pixels(part))[-1]) for part in _chunks(images)]
    return np.concatenate(parts) if parts else np.zeros((0, net.sizes[-1]), np.float32)


def activations(
    net: SmallNetwork,
    x: Float[np.ndarray, "*n inputs"],
    masks: tuple[Bool[np.ndarray, "..."], ...] | None = None,
    rate: float = 0.0,
) -> list[Float[np.ndarray, "..."]]:
    """Compute the outputs of all layers: the hidden activations after the ReLU, then the logits.

    masks  one per hidden layer, [..., neurons], True where kept; applied before the ReLU with inverted scaling
    """
    outputs, h = [], x
    scale = np.float32(1 / (1 - check_rate(rate)))
    for i, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        h = h @ w + b
        if i < len(net.weights) - 1:
            h = relu(h if masks is None else h * masks[i] * scale)
        outputs.append(h)
    return outputs


def score(logits: Float[np.ndarray, "n outputs"], labels: UInt8[np.ndarray, "n"]) -> tuple[float, float]:
    """Compute the accuracy in % and the mean cross-entropy."""
    z = logits.astype(float) - logits.max(axis=1, keepdims=True)
    loss = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]
    return float(100 * (logits.argmax(axis=1) == labels).mean()), float(loss.mean())


def random_masks(net: SmallNetwork, rate: float, passes: int, seed: int) -> tuple[Bool[np.ndarray, "passes _"], ...]:
    """Draw seeded masks for the hidden layers, one per pass, with P(drop) = rate."""
    return draw_masks(net.sizes[1:-1], rate, passes, seed)


def draw_masks(
    widths: tuple[int, ...], rate: float, passes: int, seed: int
) -> tuple[Bool[np.ndarray, "passes _"], ...]:
    """Draw the same masks as random_masks, for hidden layers of these widths."""
    rng = np.random.default_rng(seed)
    return tuple(rng.random((passes, units), np.float32) >= check_rate(rate) for units in widths)


def passes(
    net: SmallNetwork, x: Float[np.ndarray, "n inputs"], rate: float, count: int = PASSES, seed: int = MASK_SEED
) -> Float[np.ndarray, "passes n outputs"]:
    """Compute softmax outputs with dropout on. All inputs share the same masks, so that their outputs can be compared.

    rate   P(drop) of the hidden units
    seed   seed of the masks, see random_masks
    """
    return np.stack([*each_pass(net, x, rate, count, seed)])


def each_pass(
    net: SmallNetwork, x: Float[np.ndarray, "n inputs"], rate: float, count: int = PASSES, seed: int = MASK_SEED
) -> Iterator[Float[np.ndarray, "n outputs"]]:
    """Yield the softmax outputs pass by pass, so that they need not all be in memory at the same time; see passes."""
    scale = np.float32(1 / (1 - check_rate(rate)))
    first = x @ net.weights[0] + net.biases[0]  # the largest matrix product, which is the same in every pass
    rest = SmallNetwork(net.weights[1:], net.biases[1:])
    for mask, *later in zip(*random_masks(net, rate, count, seed), strict=True):
        yield softmax(activations(rest, relu(first * mask * scale), tuple(later), rate)[-1])


def _chunks(images: np.ndarray) -> list[np.ndarray]:
    return [images[i : i + _CHUNK] for i in range(0, len(images), _CHUNK)]
