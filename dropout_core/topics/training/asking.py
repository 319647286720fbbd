"""Puts a question to the reader's two nets: to the worker that keeps them on its device, or else to numpy."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from dropout_core.engine.engine import Engine
from dropout_core.experiments.recipe import ARMS, DROPOUT, Recipe
from dropout_core.numerics import answers
from dropout_core.numerics.answers import Answer, Sampling
from dropout_core.numerics.network import SmallNetwork


@dataclass(frozen=True)
class Nets:
    """The two nets to ask.

    whose   whose nets they are
    data    the data source whose validation images they have not been trained on
    rate    the rate of the dropout net's masks
    load    returns an arm's net, for numpy; may raise StoreError
    recipe  the recipe of nets that a worker may keep, or None for the nets that come with this app
    """

    whose: str
    data: str
    rate: float
    load: Callable[[str], SmallNetwork]
    recipe: Recipe | None = None


@dataclass(frozen=True)
class Asked:
    """Both nets' answers, keyed by arm, what computed them, and the time this took."""

    nets: Nets
    answers: dict[str, Answer]
    source: str
    milliseconds: float


def ask(
    nets: Nets, images: UInt8[np.ndarray, "n 28 28"], engine: Engine, averaged: bool = False, all_images: bool = False
) -> Asked:
    """Classify the images with both nets. Raises StoreError if numpy has to do so and finds no stored weights.

    averaged    whether only the mean of the passes with masks on is needed
    all_images  whether these are all validation images, which workers have at hand
    """
    start = time.perf_counter()
    samplings = {arm: Sampling(nets.rate if arm == DROPOUT else 0.0, averaged) for arm in ARMS}
    found = None
    if (recipe := nets.recipe) is not None:
        asked = [((recipe.key, arm, recipe.seeds[0]), sampling) for arm, sampling in samplings.items()]
        found = engine.ask(asked, nets.data if all_images else images)
    if found is not None:
        about = engine.describe()
        source = f"a worker that keeps the nets on its device ({about.get('device', 'unknown').upper()})"
        answered = dict(zip(samplings, found, strict=True))
    else:
        source = "NumPy with the stored weights"
        answered = {arm: answers.answer(nets.load(arm), images, samplings[arm]) for arm in ARMS}
    return Asked(nets, answered, source, 1000 * (time.perf_counter() - start))
