"""Reconstructions of ten digits by autoencoders from which neurons are removed, and the stored decoders.

`python -m dropout_core.topics.neurons.autoencoder_study` trains the autoencoders and writes the file. The browser
computes the reconstructions itself; see static/reconstruction_numbers.js.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int8, UInt8
from safetensors import safe_open
from safetensors.numpy import save

from dropout_core.common.whole_files import write_whole
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.reference import FILES
from dropout_core.topics.neurons.features import by_seed, numbers, shrink
from dropout_core.topics.neurons.tiles import encode

DECODERS_FILE = FILES / "neurons_decoders.safetensors"
DIGITS = 10


@dataclass(frozen=True)
class Decoder:
    """The decoder of an autoencoder with logistic outputs, and the activations of its hidden neurons for ten digits.

    weights      the weights of each neuron, as integers
    scales       for each neuron, the size of one unit of its weights
    biases       one bias per pixel
    activations  the activations of all neurons for each digit
    errors       the squared error of each digit when no neuron is removed, computed from the unrounded weights
    """

    weights: Int8[np.ndarray, "neurons 784"]
    scales: Float32[np.ndarray, "neurons"]
    biases: Float32[np.ndarray, "784"]
    activations: Float32[np.ndarray, "digits neurons"]
    errors: Float32[np.ndarray, "digits"]


def rounded(weights: Float[np.ndarray, "784 neurons"]) -> tuple[Int8[np.ndarray, "neurons 784"], np.ndarray]:
    """Round the weights of each neuron to integers from -127 to 127. Returns the integers and their units."""
    integers = np.ascontiguousarray(shrink(weights))  # safetensors writes the memory as it lies
    return integers, (np.abs(weights).max(axis=0) / 127).astype(np.float32)


def first_of_each(labels: UInt8[np.ndarray, "n"]) -> list[int]:
    """Return the index of the first image of each digit."""
    return [int(np.flatnonzero(labels == digit)[0]) for digit in range(DIGITS)]


def reconstruct(decoder: Decoder, kept: Bool[np.ndarray, "neurons"]) -> Float[np.ndarray, "digits 784"]:
    """Reconstruct the ten digits from the activations of the kept neurons, which are not scaled up."""
    parts = decoder.activations * kept * decoder.scales.astype(float)
    return 1 / (1 + np.exp(-(parts @ decoder.weights.astype(float) + decoder.biases)))


def squared_errors(
    reconstructions: Float[np.ndarray, "digits 784"], images: UInt8[np.ndarray, "digits 784"]
) -> Float[np.ndarray, "digits"]:
    """Sum the squared errors over the pixels of each image. Pixels range from 0 to 1."""
    return np.square(reconstructions - images / 255).sum(axis=1)


def write(decoders: Mapping[str, Decoder], images: UInt8[np.ndarray, "digits 784"], about: dict) -> None:
    """Save the decoders, keyed by arm, and the digits, with their provenance."""
    parts = {f"{arm} {name}": part for arm, decoder in decoders.items() for name, part in vars(decoder).items()}
    write_whole(DECODERS_FILE, save(parts | {"images": images}, {"about": json.dumps(about, sort_keys=True)}))


@cache
def load(arm: str) -> Decoder:
    """Read the stored decoder of this arm, "no dropout" or "dropout"."""
    with safe_open(DECODERS_FILE, "numpy") as file:
        return Decoder(**{name: file.get_tensor(f"{arm} {name}") for name in Decoder.__dataclass_fields__})


@cache
def images() -> UInt8[np.ndarray, "digits 784"]:
    """Read the ten digits, one image for each of 0 to 9."""
    with safe_open(DECODERS_FILE, "numpy") as file:
        return file.get_tensor("images")


def for_browser(decoder: Decoder) -> dict[str, Any]:
    """Encode a decoder for static/reconstruction_numbers.js."""
    return {name: encode(part) for name, part in vars(decoder).items() if name != "errors"}


def finding(removed: int = 64) -> str:
    """Say how much the mean error grows when this many neurons are removed, and when the net with dropout is better.

    It is better if the errors of all its seeds are lower than those of all other nets.
    """
    counts, errors = numbers()["recipe"]["removed"], {arm: np.array(e) for arm, e in by_seed("removal").items()}
    (old, new), (old_dropout, new_dropout) = (errors[arm].mean(axis=0)[[0, counts.index(removed)]] for arm in ARMS)
    better = errors[DROPOUT].max(axis=0) < errors[NO_DROPOUT].min(axis=0)
    turn = (
        f" If {counts[better.argmax()]} or more are removed, the net with dropout reconstructs better."
        if better[-1]
        else ""
    )
    return (
        f"**Removing {removed} random neurons raises the squared error per image, averaged over "
        f"{numbers()['recipe']['removal_images']:,} unseen images, from {old:.1f} to {new:.1f} without dropout, and "
        f"from {old_dropout:.1f} to {new_dropout:.1f} with dropout.**{turn}"
    )
