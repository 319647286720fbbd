"""Monte Carlo dropout: run many passes with dropout on, then measure their predictive entropy and their disagreement.

Dropout at inference samples from an approximate posterior (Gal & Ghahramani 2016). All entropies are in bits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.numerics.inference import MASK_SEED, passes, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork, entropy


@dataclass(frozen=True)
class Uncertainty:
    """The entropies in bits for each image, where total = within + between.

    total    predictive entropy: the entropy of the passes' mean softmax output
    within   mean entropy of the individual passes
    between  mutual information between answer and mask, which measures how much the passes disagree
    """

    total: Float[np.ndarray, "*n"]
    within: Float[np.ndarray, "*n"]
    between: Float[np.ndarray, "*n"]


def decompose(p: Float[np.ndarray, "passes *n classes"]) -> Uncertainty:
    """Decompose the predictive entropy of the passes. By Jensen's inequality, only rounding makes a part negative."""
    total, within = entropy(np.asarray(p, float).mean(0)), entropy(p).mean(0)
    return Uncertainty(total, within, total - within)


def summarise(passes: Iterable[Float[np.ndarray, "n classes"]]) -> tuple[Float[np.ndarray, "n classes"], Uncertainty]:
    """Return the passes' mean and the decomposition of its entropy, like decompose(), but one pass at a time."""
    mean, within, count = np.zeros(1), np.zeros(1), 0
    for p in passes:
        mean, within, count = mean + p, within + entropy(p), count + 1
    total = entropy(mean / count)
    return mean / count, Uncertainty(total, within / count, total - within / count)


@dataclass(frozen=True)
class Predictions:
    """Images, and a net's softmax outputs for them with dropout on and with dropout off."""

    images: UInt8[np.ndarray, "n 28 28"]
    on: Float[np.ndarray, "passes n classes"]
    off: Float[np.ndarray, "n classes"]

    @cached_property
    def mean(self) -> Float[np.ndarray, "n classes"]:
        """The mean of the passes with dropout on."""
        return self.on.mean(0)

    @cached_property
    def entropies(self) -> Uncertainty:
        """The decomposed entropy with dropout on."""
        return decompose(self.on)

    @cached_property
    def off_entropies(self) -> Float[np.ndarray, "*n"]:
        """The entropy with dropout off, in bits."""
        return entropy(self.off)


def mc_dropout(
    net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], rate: float, seed: int = MASK_SEED
) -> Predictions:
    """Classify the images in 100 passes with dropout at this rate, and in one pass with dropout off."""
    return Predictions(images, passes(net, pixels(images), rate, seed=seed), probabilities(net, images))
