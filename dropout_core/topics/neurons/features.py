"""What the hidden neurons of an autoencoder have learned: their features, how spread out in space, how active.

Made by `python -m dropout_core.topics.neurons.autoencoder_study` and kept in reference/files; here is what reads and measures, without torch.
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int8, UInt8
from safetensors import safe_open
from safetensors.numpy import save_file

from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.statistics import interval
from dropout_core.reference import FILES

_FOLDER = FILES
FEATURES_FILE = _FOLDER / "neurons_features.safetensors"
NUMBERS_FILE = _FOLDER / "neurons_autoencoder.json"
SIDE = 28
BIN = 0.5  # width of the histogram's bins, in units of activation
LAST = 12.0  # activations from here on share the last bin


@dataclass(frozen=True)
class Activity:
    """Hidden activations over images: mean, share of exact zeros, neurons never active, and a histogram.

    histogram  shares of all activations above zero in bins of width BIN up to LAST, and beyond; with zeros, 1 in all
    """

    mean: float
    zeros: float
    silent: int
    histogram: tuple[float, ...]


def activity(h: Float[np.ndarray, "images neurons"]) -> Activity:
    """Sum up activations after a ReLU."""
    edges = [*np.arange(0, LAST, BIN), LAST, np.inf]
    counts = np.histogram(h[h > 0], edges)[0]
    silent = int((h.max(axis=0) <= 0).sum())
    return Activity(float(h.mean()), float((h <= 0).mean()), silent, tuple((counts / h.size).tolist()))


def pixels_drawn_on(
    weights: Float[np.ndarray, "pixels neurons"], spread: Float[np.ndarray, "pixels"]
) -> Float[np.ndarray, "neurons"]:
    """The number of pixels that each neuron effectively draws on: participation ratio (Σ c²)² / Σ c⁴, 1 to pixels.

    c is a weight times its pixel's standard deviation over the images: what the pixel can contribute. Pixels that
    never change do not count, whatever their weight. 0 for a neuron to which nothing contributes.
    """
    squares = (weights * spread[:, None]) ** 2
    fourth = (squares**2).sum(axis=0)
    return np.where(fourth > 0, squares.sum(axis=0) ** 2 / np.where(fourth > 0, fourth, 1), 0)


def shrink(weights: Float[np.ndarray, "pixels neurons"]) -> Int8[np.ndarray, "neurons pixels"]:
    """Each neuron's weights as −127 … 127, its largest at an end."""
    largest = np.abs(weights).max(axis=0)
    return np.round(127 * weights / np.where(largest > 0, largest, 1)).T.astype(np.int8)


def sheet(features: Int8[np.ndarray, "neurons 784"], columns: int, gap: int = 2) -> UInt8[np.ndarray, "h w"]:
    """Features side by side as one grey image, row by row: weight 0 is mid-grey, positive lighter, negative darker."""
    rows = -(-len(features) // columns)
    cell = SIDE + gap
    image = np.full((rows * cell - gap, columns * cell - gap), 128, np.uint8)
    for i, feature in enumerate(features):
        top, left = cell * (i // columns), cell * (i % columns)
        shown = feature.reshape(SIDE, SIDE).astype(np.int16) + 128
        image[top : top + SIDE, left : left + SIDE] = shown
    return image


def write(features: dict[str, Int8[np.ndarray, "neurons 784"]], numbers: dict) -> None:
    """Keep one seed's features and every seed's numbers, both with where they come from."""
    about = {key: value for key, value in numbers.items() if key != "runs"}
    save_file(features, FEATURES_FILE, {"about": json.dumps(about, sort_keys=True)})
    NUMBERS_FILE.write_text(json.dumps(numbers, indent=1, sort_keys=True) + "\n", "utf-8")


@cache
def features(arm: str) -> Int8[np.ndarray, "neurons 784"]:
    """The stored features of this arm, "no dropout" or "dropout"."""
    with safe_open(FEATURES_FILE, "numpy") as file:
        return file.get_tensor(arm)


@cache
def numbers() -> dict:
    """The stored numbers: recipe, provenance, and runs (arm, seed, error, quartiles of pixels drawn on, activity)."""
    return json.loads(NUMBERS_FILE.read_text("utf-8"))


def mean_activity() -> tuple[dict, dict, dict]:
    """Fig. 8 by arm: mean shares of the histogram, mean share of exact zeros, and the mean with its 95 % interval."""
    shares = {arm: np.mean(found, 0).tolist() for arm, found in by_seed("histogram").items()}
    zeros = {arm: float(np.mean(found)) for arm, found in by_seed("zeros").items()}
    return shares, zeros, {arm: (float(np.mean(v)), *interval(v)) for arm, v in by_seed("mean").items()}


def by_seed(name: str) -> dict[str, tuple]:
    """One entry of the runs, by arm, a value a seed: a field of Activity, "error", or "pixels" (a median)."""
    runs = numbers()["runs"]
    return {arm: tuple(run[name] for run in runs if run["arm"] == arm) for arm in ARMS}
