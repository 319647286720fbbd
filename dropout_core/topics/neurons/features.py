"""Features and activity of an autoencoder's hidden neurons: functions that measure them, and the stored results.

`python -m dropout_core.topics.neurons.autoencoder_study` trains the autoencoders and writes the files.
"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int8, UInt8
from safetensors import safe_open
from safetensors.numpy import save

from dropout_core.common.whole_files import write_whole
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.statistics import interval
from dropout_core.reference import FILES

FEATURES_FILE = FILES / "neurons_features.safetensors"
NUMBERS_FILE = FILES / "neurons_autoencoder.json"
SIDE = 28
BIN = 0.5  # width of the histogram's bins, in units of activation
LAST = 12.0  # the last bin holds all activations from this value upwards


@dataclass(frozen=True)
class Activity:
    """Summary of the hidden activations on a set of images.

    mean       mean over all images and neurons
    zeros      share of activations that are exactly zero
    silent     number of neurons that are never active
    histogram  positive activations in each bin as a share of all activations; the shares and zeros sum to 1
    """

    mean: float
    zeros: float
    silent: int
    histogram: tuple[float, ...]


def activity(h: Float[np.ndarray, "images neurons"]) -> Activity:
    """Summarise activations after a ReLU."""
    edges = [*np.arange(0, LAST, BIN), LAST, np.inf]
    counts = np.histogram(h[h > 0], edges)[0]
    silent = int((h.max(axis=0) <= 0).sum())
    return Activity(float(h.mean()), float((h <= 0).mean()), silent, tuple((counts / h.size).tolist()))


def pixels_drawn_on(
    weights: Float[np.ndarray, "pixels neurons"], spread: Float[np.ndarray, "pixels"]
) -> Float[np.ndarray, "neurons"]:
    """Compute the effective number of pixels that each neuron uses: the participation ratio (Σ c²)² / Σ c⁴.

    c is a weight times the standard deviation of its pixel over the images, so that constant pixels do not count.
    The ratio lies between 1 and the number of pixels; it is 0 if no pixel contributes.

    weights  the weights, with one column per neuron
    spread   the standard deviation of each pixel
    """
    squares = (weights * spread[:, None]) ** 2
    fourth = (squares**2).sum(axis=0)
    return np.where(fourth > 0, squares.sum(axis=0) ** 2 / np.where(fourth > 0, fourth, 1), 0)


def shrink(weights: Float[np.ndarray, "pixels neurons"]) -> Int8[np.ndarray, "neurons pixels"]:
    """Convert each neuron's weights to integers, scaled so that the weight of largest magnitude becomes ±127."""
    largest = np.abs(weights).max(axis=0)
    return np.round(127 * weights / np.where(largest > 0, largest, 1)).T.astype(np.int8)


def sheet(features: Int8[np.ndarray, "neurons 784"], columns: int, gap: int = 2) -> UInt8[np.ndarray, "h w"]:
    """Tile all features into one grey image, row by row. Weight 0 is mid-grey, and positive weights are lighter."""
    rows = -(-len(features) // columns)
    cell = SIDE + gap
    image = np.full((rows * cell - gap, columns * cell - gap), 128, np.uint8)
    for i, feature in enumerate(features):
        top, left = cell * (i // columns), cell * (i % columns)
        shown = feature.reshape(SIDE, SIDE).astype(np.int16) + 128
        image[top : top + SIDE, left : left + SIDE] = shown
    return image


def write(features: dict[str, Int8[np.ndarray, "neurons 784"]], numbers: dict) -> None:
    """Save the features of one seed and the results of all seeds, both with their provenance."""
    about = {key: value for key, value in numbers.items() if key != "runs"}
    write_whole(FEATURES_FILE, save(features, {"about": json.dumps(about, sort_keys=True)}))
    write_whole(NUMBERS_FILE, json.dumps(numbers, indent=1, sort_keys=True) + "\n")


@cache
def features(arm: str) -> Int8[np.ndarray, "neurons 784"]:
    """Read the stored features of this arm, "no dropout" or "dropout"."""
    with safe_open(FEATURES_FILE, "numpy") as file:
        return file.get_tensor(arm)


@cache
def numbers() -> dict:
    """Read the stored results: recipe, provenance, and runs (arm, seed, error, pixel quartiles and activity)."""
    return json.loads(NUMBERS_FILE.read_text("utf-8"))


def mean_activity() -> tuple[dict, dict, dict]:
    """Return each arm's data for Fig. 8, averaged over seeds.

    These are the histogram, the share of zeros, and the mean activation with its 95 % interval.
    """
    shares = {arm: np.mean(histograms, 0).tolist() for arm, histograms in by_seed("histogram").items()}
    zeros = {arm: float(np.mean(values)) for arm, values in by_seed("zeros").items()}
    return shares, zeros, {arm: (float(np.mean(v)), *interval(v, "activation")) for arm, v in by_seed("mean").items()}


def by_seed(name: str) -> dict[str, tuple]:
    """Return one value per seed, keyed by arm: a field of Activity, "error", or "pixels" (of the median neuron)."""
    runs = numbers()["runs"]
    return {arm: tuple(run[name] for run in runs if run["arm"] == arm) for arm in ARMS}
