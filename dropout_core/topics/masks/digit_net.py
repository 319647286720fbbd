"""The net drawn on the masks page, trained with dropout on 14 × 14 MNIST, and small enough to show every neuron.

`python -m dropout_core reference masks` trains it (study.py) and writes FILE.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.experiments.recipe import Recipe
from dropout_core.numerics.inference import activations
from dropout_core.numerics.network import SmallNetwork, softmax
from dropout_core.reference import FILES

FILE = FILES / "masks_net.json"
SIDE, FULL = 14, 28  # pixels
_FACTOR = FULL // SIDE
LEVELS = 127  # grey level of white
_BRIGHTER = 128
DECIMALS = 4  # of the stored weights
MASKED = 0.5  # rate of the masks in masked_accuracy


@dataclass(frozen=True)
class DigitNet:
    """The trained net, with inputs in [0, 1], one validation image of each digit, and its accuracies.

    layers    the weights and biases as stored, for the browser
    accuracy  on all validation images in evaluation mode, in %; masked_accuracy: with one random mask per image at
              the rate MASKED
    """

    net: SmallNetwork
    layers: list[dict[str, list]]
    samples: UInt8[np.ndarray, "10 196"]
    recipe: Recipe
    accuracy: float
    masked_accuracy: float
    provenance: dict[str, Any]


@cache
def load() -> DigitNet:
    """Read the net from the package's file."""
    stored = json.loads(FILE.read_text("utf-8"))
    recipe, samples = Recipe.from_dict(stored.pop("recipe")), np.array(stored.pop("samples"), np.uint8)
    return DigitNet(from_layers(stored["layers"]), samples=samples, recipe=recipe, **stored)


def to_layers(net: SmallNetwork) -> list[dict[str, list]]:
    """Return the rounded weights and biases of each layer as lists."""
    pairs = zip(net.weights, net.biases, strict=True)
    return [{"weights": _rounded(w), "biases": _rounded(b)} for w, b in pairs]


def _rounded(values: Float[np.ndarray, "..."]) -> list:
    return np.round(values.astype(float), DECIMALS).tolist()


def from_layers(layers: list[dict[str, list]]) -> SmallNetwork:
    """Build a net from the lists that to_layers returns."""
    return SmallNetwork(*(tuple(np.array(layer[part]) for layer in layers) for part in ("weights", "biases")))


def shrink(images: UInt8[np.ndarray, "n 28 28"]) -> UInt8[np.ndarray, "n 14 14"]:
    """Average blocks of 2 × 2 pixels. The result has grey levels from 0 to LEVELS."""
    blocks = images.reshape(-1, SIDE, _FACTOR, SIDE, _FACTOR)
    return np.rint(blocks.mean(axis=(2, 4)) * LEVELS / 255).astype(np.uint8)


def enlarge(images: UInt8[np.ndarray, "n 14 14"]) -> UInt8[np.ndarray, "n 28 28"]:
    """Make images for the trainer, which expects 28 × 28 bytes: repeat each pixel in a 2 × 2 block, and brighten it.

    The trainer turns bytes into [−1, 1]. With bytes from 128, inputs lie between 0 and 1. A background of −1 would push
    most neurons of so small a net below zero for every image, where a ReLU learns nothing.
    """
    return (images + _BRIGHTER).repeat(_FACTOR, axis=1).repeat(_FACTOR, axis=2)


def fold(net: SmallNetwork) -> SmallNetwork:
    """Convert a net for enlarged images into an equivalent net for `inputs`.

    The pixels of a block are equal, so their weights can be added up. The trainer sees (v + 0.5) / 127.5 for level v.
    """
    blocks = net.weights[0].astype(float).reshape(SIDE, _FACTOR, SIDE, _FACTOR, -1).sum(axis=(1, 3))
    w = blocks.reshape(SIDE**2, -1) / 127.5
    return SmallNetwork((w * LEVELS, *net.weights[1:]), (net.biases[0] + 0.5 * w.sum(axis=0), *net.biases[1:]))


def inputs(images: UInt8[np.ndarray, "n 14 14"]) -> Float[np.ndarray, "n 196"]:
    """Flatten the images and scale their grey levels to [0, 1]."""
    return images.reshape(len(images), -1) / LEVELS


@cache
def single_drops() -> tuple[int, Float[np.ndarray, "drops"]]:
    """Drop one hidden neuron at a time at inference, for each sample and neuron.

    Returns how often this changes the answer, and the fall in the probability of the earlier answer, in points. The
    falls of all samples without the first neuron come first.
    """
    stored = load()
    x, sizes = stored.samples / LEVELS, stored.net.sizes[1:-1]
    whole = softmax(activations(stored.net, x)[-1])
    answers = whole.argmax(axis=1)
    rows, changed, falls = np.arange(len(x)), 0, []
    for kept in ~np.eye(sum(sizes), dtype=bool):
        masks = tuple(np.split(kept, np.cumsum(sizes)[:-1]))
        without = softmax(activations(stored.net, x, masks)[-1])
        changed += int((without.argmax(axis=1) != answers).sum())
        falls.append(100 * (whole - without)[rows, answers])
    return changed, np.concatenate(falls)


def neuron_name(n: int) -> str:
    """Name the hidden neuron with this index, counted from 0 over both layers, as the live network does."""
    first = load().net.sizes[1]
    return f"Hidden 1, neuron {n + 1}" if n < first else f"Hidden 2, neuron {n - first + 1}"


def check_drawing(text: str) -> str:
    """Check a drawn digit from a link: "" or 196 hexadecimal grey values. Raises ValueError for anything else."""
    if text and not re.fullmatch(f"[0-9a-f]{{{SIDE**2}}}", text):
        raise ValueError(f"a drawing must consist of {SIDE**2} hexadecimal digits.")
    return text


def check_overrides(text: str) -> str:
    """Check which neurons the reader dropped (d) or kept (k), such as "3d.14k". Raises ValueError for other text."""
    if text and not re.fullmatch(r"\d{1,2}[dk](\.\d{1,2}[dk])*", text):
        raise ValueError("neurons must be written like 3d or 14k, separated by points.")
    hidden = sum(load().net.sizes[1:-1])
    if any(int(part[:-1]) >= hidden for part in text.split(".") if part):
        raise ValueError(f"the net has only {hidden} hidden neurons, numbered from 0.")
    return text
