"""How sure a net is with its masks left on: many stochastic passes, their entropy, and what the passes disagree about.

Gal & Ghahramani 2016: dropout at inference as samples from an approximate posterior. All entropies are in bits.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.numerics.inference import activations, pixels, probabilities, random_masks
from dropout_core.numerics.masks import check_rate
from dropout_core.numerics.network import SmallNetwork, relu, softmax

PASSES = 100
MASK_SEED = 0


@dataclass(frozen=True)
class Uncertainty:
    """For each image, in bits: total = within + between.

    total    predictive entropy: the entropy of the mean of the passes' softmax outputs
    within   the mean over the passes of each pass's own entropy
    between  mutual information of the answer and the mask: what the passes disagree about
    """

    total: Float[np.ndarray, "*n"]
    within: Float[np.ndarray, "*n"]
    between: Float[np.ndarray, "*n"]


def entropy(p: Float[np.ndarray, "*n classes"]) -> Float[np.ndarray, "*n"]:
    """−Σ p log₂ p over the last axis, in bits: 0 where one class is certain, log₂ classes where all are alike."""
    p = np.asarray(p, float)
    return -np.sum(p * np.log2(np.where(p > 0, p, 1.0)), axis=-1)


def decompose(p: Float[np.ndarray, "passes *n classes"]) -> Uncertainty:
    """The passes' softmax outputs, taken apart; no part is negative (Jensen), but for rounding."""
    total, within = entropy(np.asarray(p, float).mean(0)), entropy(p).mean(0)
    return Uncertainty(total, within, total - within)


def passes(
    net: SmallNetwork, x: Float[np.ndarray, "n inputs"], rate: float, count: int = PASSES, seed: int = MASK_SEED
) -> Float[np.ndarray, "passes n outputs"]:
    """Softmax outputs with masks on. The same masks serve every input, so that inputs can be compared.

    rate   P(drop) of the hidden units; seed decides the masks, as in inference.random_masks
    """
    scale = np.float32(1 / (1 - check_rate(rate)))
    first = x @ net.weights[0] + net.biases[0]  # the same in every pass: most of the work, done once
    rest = SmallNetwork(net.weights[1:], net.biases[1:])
    found = [
        activations(rest, relu(first * mask * scale), tuple(later), rate)[-1]
        for mask, *later in zip(*random_masks(net, rate, count, seed), strict=True)
    ]
    return softmax(np.stack(found))


@dataclass(frozen=True)
class Seen:
    """Images as the net was shown them, and its softmax outputs with masks on and with masks off."""

    images: UInt8[np.ndarray, "n 28 28"]
    on: Float[np.ndarray, "passes n classes"]
    off: Float[np.ndarray, "n classes"]


def look(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], rate: float, seed: int = MASK_SEED) -> Seen:
    """Show the net these images: 100 passes with masks on at this rate, one pass with masks off."""
    return Seen(images, passes(net, pixels(images), rate, seed=seed), probabilities(net, images))
