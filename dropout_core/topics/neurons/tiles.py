"""Neurons of the first hidden layer as tiles: their weights, the images that excite them most, and their cost.

The browser removes them itself. It gets each image's sums before the second ReLU, and each tile's share of them.
"""

import base64
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8

from dropout_core.charts.pictures import data_url
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import SmallNetwork
from dropout_core.topics.neurons.ablation import Costs
from dropout_core.topics.neurons.features import SIDE, sheet, shrink

LIVE, DEAD = 42, 6  # numbers of tiles
COLUMNS = 12
EXCITING = 8  # images per tile
_STEPS = 2**11 - 1  # positive values of a rounded sum
_SHORT = 16  # number of images per row in the picture of all images


@dataclass(frozen=True)
class Tiles:
    """The neurons of one net that are shown as tiles, in ascending order, with their data.

    fires   share of the images on which each neuron's activation is positive; 0 for a dead neuron
    excite  for each neuron, the images that excite it most, the strongest first
    costs   points of accuracy that each costs when it alone is removed
    """

    neurons: Int[np.ndarray, "tiles"]
    fires: Float[np.ndarray, "tiles"]
    excite: list[list[int]]
    costs: Float[np.ndarray, "tiles"]


def choose(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], costs: Costs) -> Tiles:
    """Choose the first-layer neurons whose removal costs most, and the first ones that never fire on these images."""
    first = activations(net, pixels(images))[0]
    dead = first.max(axis=0) <= 0
    alive = [i for i in costs.order("accuracy") if i < len(dead) and not dead[i]]
    neurons = np.sort(np.array([*alive[:LIVE], *np.flatnonzero(dead)[:DEAD]]))
    excite = [_most_exciting(first[:, i]) for i in neurons]
    return Tiles(neurons, (first[:, neurons] > 0).mean(axis=0), excite, costs.accuracy_cost[neurons])


def _most_exciting(activation: Float[np.ndarray, "n"]) -> list[int]:
    strongest = np.argsort(-activation, kind="stable")[:EXCITING]
    return [int(n) for n in strongest if activation[n] > 0]


def for_browser(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], tiles: Tiles) -> dict[str, Any]:
    """Return the data with which static/tiles_numbers.js classifies all images after neurons are removed.

    Sums are rounded to 12 bits and activations to 8 bits; with more, the answers would be no better. Neurons of the
    second layer that can never fire are left out.
    """
    first, second, _ = activations(net, pixels(images))
    (below, above), biases = net.weights[1:], net.biases[1:]
    sums, shown = first @ below + biases[0], first[:, tiles.neurons]
    reach = (shown[..., None] * -np.minimum(below[tiles.neurons], 0)).sum(axis=1)  # removing tiles may raise a sum
    used = (second.max(axis=0) > 0) | ((sums + reach).max(axis=0) > 0)
    sum_scale, scales = float(np.abs(sums[:, used]).max()) / _STEPS, np.maximum(shown.max(axis=0), 1e-9) / 255
    return {
        "sums": encode(np.round(sums[:, used] / sum_scale).astype("<i2")),
        "sumScale": sum_scale,
        "activations": encode(np.round(shown / scales).astype(np.uint8)),
        "scales": scales.astype(float).tolist(),
        "below": encode(below[tiles.neurons][:, used].astype("<f4")),
        "above": encode(above[used].astype("<f4")),
        "biases": biases[1].astype(float).tolist(),
    }


def described(tiles: Tiles, places: dict[int, int]) -> list[dict[str, Any]]:
    """Describe each tile for the browser. Neurons are numbered from 1.

    places  the place of each image in the sheet of images
    """
    rows = zip(tiles.neurons.tolist(), tiles.fires.tolist(), tiles.excite, tiles.costs.tolist(), strict=True)
    return [
        {"number": i + 1, "fires": round(fires, 4), "images": [places[n] for n in excite], "cost": round(cost, 3)}
        for i, fires, excite, cost in rows
    ]


def weights_picture(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], tiles: Tiles) -> str:
    """Draw each tile's weights, scaled by the pixels' standard deviations, and return the picture as a data URL."""
    spread = pixels(images).std(axis=0)[:, None]
    return data_url(sheet(shrink(net.weights[0][:, tiles.neurons] * spread), COLUMNS, gap=0))


def images_picture(images: UInt8[np.ndarray, "n 28 28"]) -> dict[str, Any]:
    """Arrange the images in one picture. Returns the picture and its numbers of columns and rows."""
    rows = -(-len(images) // _SHORT)
    grid = np.zeros((rows * _SHORT, SIDE, SIDE), np.uint8)
    grid[: len(images)] = images
    picture = grid.reshape(rows, _SHORT, SIDE, SIDE).swapaxes(1, 2).reshape(rows * SIDE, _SHORT * SIDE)
    return {"picture": data_url(picture), "columns": _SHORT, "rows": rows}


def check(text: str, allowed: set[str]) -> str:
    """Return the removed neurons in order, such as "n192.d56": n is the net without dropout, d the net with dropout.

    Raises ValueError for neurons that are not among the allowed ones.
    """
    names = set(filter(None, text.split(".")))
    if names - allowed:
        raise ValueError("only neurons that are shown as tiles can be removed, written as n192 or d56.")
    return ".".join(sorted(names, key=lambda name: (name[0] != "n", int(re.sub(r"\D", "", name)))))


def encode(values: np.ndarray) -> str:
    """Encode an array's bytes as text."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()
