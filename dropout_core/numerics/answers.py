"""A trained net's predictions for images: one pass with masks off, and passes with masks on within a time limit."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.numerics.inference import PASSES, each_pass, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork

SECONDS = 2.0  # time limit for the passes


@dataclass(frozen=True)
class Sampling:
    """Settings for the passes with masks on.

    rate      P(drop) of the hidden units; at 0 there are no passes
    averaged  whether to return only the mean of the passes, since 100 passes over 10,000 images take 40 MB
    seconds   time limit: no pass starts after it
    """

    rate: float
    averaged: bool = False
    passes: int = PASSES
    seconds: float = SECONDS


@dataclass(frozen=True)
class Answer:
    """The softmax outputs of one net for n images.

    off     with masks off
    on      with masks on: each pass or, if averaged, one mean; empty without passes
    passes  number of passes with masks on
    """

    off: Float[np.ndarray, "n 10"]
    on: Float[np.ndarray, "kept n 10"]
    passes: int


def answer(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], sampling: Sampling) -> Answer:
    """Classify the images with NumPy. The masks depend only on the net's shape and the rate."""
    drawn = each_pass(net, pixels(images), sampling.rate, sampling.passes) if sampling.rate else ()
    return collect(probabilities(net, images), (one[None] for one in drawn), sampling)


def collect(
    off: Float[np.ndarray, "n 10"], drawn: Iterable[Float[np.ndarray, "some n 10"]], sampling: Sampling
) -> Answer:
    """Collect passes until none are left or the time limit is reached. At least one element of `drawn` is collected."""
    end, count = time.monotonic() + sampling.seconds, 0
    parts: list[np.ndarray] = []
    for part in drawn:
        count += len(part)
        if not sampling.averaged:
            parts.append(part)
        elif parts:
            parts[0] += part.sum(0)
        else:
            parts.append(part.sum(0))
        if time.monotonic() > end:
            break
    if not parts:
        return Answer(off, np.zeros((0, *off.shape), np.float32), 0)
    return Answer(off, parts[0][None] / count if sampling.averaged else np.concatenate(parts), count)
