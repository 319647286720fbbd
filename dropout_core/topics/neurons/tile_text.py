"""Sentences about the tiles: how the two nets' features differ, how many neurons are dead, and when neurons fire."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.topics.neurons.features import pixels_drawn_on
from dropout_core.topics.neurons.tiles import Tiles


def living(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"]) -> Float[np.ndarray, "living"]:
    """Return the effective number of pixels used by each first-layer neuron that fires on any of the images."""
    x = pixels(images)
    alive = activations(net, x)[0].max(axis=0) > 0
    return pixels_drawn_on(net.weights[0], x.std(axis=0))[alive]


def features(used: Mapping[str, np.ndarray], autoencoder: Mapping[str, float], neurons: int) -> str:
    """Compare how many pixels a neuron uses in the two nets, and count the dead neurons.

    used         the pixels used by each living neuron, keyed by arm; see living()
    autoencoder  the pixels per neuron of the autoencoders, keyed by arm
    neurons      the number of first-layer neurons, including the dead ones
    """
    medians = {arm: float(np.median(values)) for arm, values in used.items()}
    fewer = "fewer" if medians[DROPOUT] < medians[NO_DROPOUT] else "no fewer"
    dead = {arm: neurons - len(values) for arm, values in used.items()}
    return (
        f"With dropout, neurons that are not dead use {fewer} pixels: a median of {medians[DROPOUT]:.0f} instead "
        f"of {medians[NO_DROPOUT]:.0f} in these nets, and {autoencoder[DROPOUT]:.0f} instead of "
        f"{autoencoder[NO_DROPOUT]:.0f} in an autoencoder (below). Of {neurons} neurons in this layer, "
        f"{dead[NO_DROPOUT]} are dead without dropout and {dead[DROPOUT]} with dropout."
    )


def firing(shown: Tiles) -> str:
    """Compare the tile that fires most often with the most costly one. Returns "" if they are the same."""
    often, costly = int(shown.fires.argmax()), int(shown.costs.argmax())
    if often == costly:
        return ""
    return (
        f"A neuron that fires often need not be costly: without dropout, neuron {shown.neurons[often] + 1} fires on "
        f"{100 * shown.fires[often]:.0f} % of the images and costs {shown.costs[often]:.1f} points. The most costly "
        f"neuron, number {shown.neurons[costly] + 1}, fires on {100 * shown.fires[costly]:.0f} %."
    )
