"""Tables for the network diagram: neuron positions, connections, and the masks of each forward pass.

The random draws u are made once, and the chart evaluates u >= rate in the browser. Counts that the chart cannot
compute are computed here for every rate in RATES. A cell may hold a list, with one value per rate or per pass.
"""

import math

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from dropout_core.numerics.masks import RATES, check_rate, keep_mask, uniforms

PASSES = 64  # forward passes that the reader can step through
DECIMALS = 4  # decimal places of the draws, as shown and as compared with the rate
DIGITS = 5  # decimal places of what is only drawn, or shown in percent with one decimal


def hidden_count(sizes: tuple[int, ...]) -> int:
    """Count the hidden neurons, which can be dropped. Raises ValueError if there are none."""
    if len(sizes) < 3 or min(sizes) < 1:
        raise ValueError(f"dropout needs an input, a hidden and an output layer, none of them empty; got {sizes}")
    return sum(sizes[1:-1])


def draws(sizes: tuple[int, ...], seed: int, passes: int = PASSES) -> Float[np.ndarray, "passes hidden"]:
    """Draw a number from U[0, 1) for each pass and hidden neuron, rounded down to DECIMALS decimals.

    Rounding down does not change u >= rate for rates with at most this many decimals, so P(drop) remains the rate.
    """
    scale = 10**DECIMALS
    return np.floor(uniforms((passes, hidden_count(sizes)), seed) * scale) / scale


def neurons(sizes: tuple[int, ...], u: Float[np.ndarray, "passes hidden"]) -> pd.DataFrame:
    """Build a table with one row for each neuron: id, layer, name, x, y and u.

    x, y   centre in the unit square, with layers from left to right and the neurons of a layer from top to bottom
    u      list of the neuron's draws in all passes; None for inputs and outputs, which are never dropped
    """
    by_neuron = iter(u.T.tolist())
    last = len(sizes) - 1
    rows: list[dict[str, object]] = []
    for layer, size in enumerate(sizes):
        for i in range(size):
            hidden = 0 < layer < last
            place = {"x": layer / last, "y": (i + 0.5) / size}
            name = f"{layer_name(layer, len(sizes))}, neuron {i + 1}"
            rows.append(
                {"id": len(rows), "layer": layer, "name": name, **place, "u": next(by_neuron) if hidden else None}
            )
    return pd.DataFrame(rows).astype({"u": object})


def layer_name(layer: int, layers: int) -> str:
    """Return the layer's label in the diagram: Inputs, Hidden 1, …, Outputs."""
    if layer == 0:
        return "Inputs"
    return "Outputs" if layer == layers - 1 else f"Hidden {layer}"


def edges(sizes: tuple[int, ...]) -> pd.DataFrame:
    """Build a table with one row for each connection: the ids of its source and target neurons."""
    first = np.concatenate([[0], np.cumsum(sizes)])
    pairs = [
        (int(first[layer]) + i, int(first[layer + 1]) + j)
        for layer in range(len(sizes) - 1)
        for i in range(sizes[layer])
        for j in range(sizes[layer + 1])
    ]
    return pd.DataFrame(pairs, columns=["source", "target"])


def passes(u: Float[np.ndarray, "passes hidden"]) -> pd.DataFrame:
    """Build a table with one row for each forward pass. All columns except number hold lists over RATES.

    number    number of the pass, from 1
    kept      number of hidden neurons kept
    new       1 if no earlier pass kept exactly the same neurons, otherwise 0
    distinct  number of different subnetworks up to this pass
    """
    masks = [keep_mask(u, rate) for rate in RATES]
    new = np.stack([first_seen(m) for m in masks], axis=1).astype(int)
    columns = {"kept": np.stack([m.sum(axis=1) for m in masks], axis=1), "new": new, "distinct": new.cumsum(axis=0)}
    frame = pd.DataFrame({"number": np.arange(1, len(u) + 1)})
    return frame.assign(**{name: values.tolist() for name, values in columns.items()})


def first_seen(masks: Bool[np.ndarray, "passes hidden"]) -> Bool[np.ndarray, "passes"]:
    """Return a boolean array that marks the rows of masks that differ from all earlier rows."""
    _, first = np.unique(masks, axis=0, return_index=True)
    seen = np.zeros(len(masks), dtype=bool)
    seen[first] = True
    return seen


def subnetworks_shown(sizes: tuple[int, ...], seed: int, rate: float) -> tuple[int, int]:
    """Count the distinct subnetworks over all passes at this rate, and all possible subnetworks."""
    return int(first_seen(keep_mask(draws(sizes, seed), rate)).sum()), 2 ** hidden_count(sizes)


def kept_chance(n: int, rate: float) -> Float[np.ndarray, "{n}+1"]:
    """Compute the probability that k of n neurons are kept, for k = 0 … n, from the binomial distribution.

    Raises ValueError for a rate outside [0, 1).
    """
    keep, k = 1 - check_rate(rate), np.arange(n + 1)
    ways = np.array([math.comb(n, int(i)) for i in k], dtype=float)
    return ways * keep**k * rate ** (n - k)


def kept_distribution(n: int) -> pd.DataFrame:
    """Build a table with one row for each number k of kept neurons.

    chance  probability that k neurons are kept, as a list over RATES
    height  chance divided by the highest chance at the same rate, as a list over RATES"""
    chance = np.stack([kept_chance(n, rate) for rate in RATES], axis=1)
    columns = {"chance": chance, "height": chance / chance.max(axis=0)}
    rounded = {name: values.round(DIGITS).tolist() for name, values in columns.items()}
    return pd.DataFrame({"k": np.arange(n + 1), **rounded})


def facts(n: int) -> pd.DataFrame:
    """Build a table with one row: n, the number of subnetworks, and repeat_chance as a list over RATES."""
    return pd.DataFrame({"n": [n], "subnetworks": [2**n], "repeat": [[repeat_chance(n, rate) for rate in RATES]]})


def repeat_chance(n: int, rate: float) -> float:
    """Compute the probability (p² + (1 - p)²)^n that two passes keep the same of n independently dropped neurons."""
    return (check_rate(rate) ** 2 + (1 - rate) ** 2) ** n


def tables(sizes: tuple[int, ...], seed: int) -> dict[str, pd.DataFrame]:
    """Build all tables for one network: neurons, edges, passes, distribution (of the number kept) and facts."""
    u, n = draws(sizes, seed), hidden_count(sizes)
    return {
        "neurons": neurons(sizes, u),
        "edges": edges(sizes),
        "passes": passes(u),
        "distribution": kept_distribution(n),
        "facts": facts(n),
    }
