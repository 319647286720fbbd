"""Compute the measurements for the ensemble page: `python -m dropout_core.topics.ensemble.study [tiny]`.

The command trains many tiny networks and runs all their subnetworks, samples thousands of subnetworks of the trained
network that comes with the package, and trains random forests on the same images. It takes several minutes. With
`tiny`, it measures only the tiny networks again, and keeps the other measurements.
"""

import importlib.metadata
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from dropout_core.common import provenance
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import Digits, load
from dropout_core.numerics.inference import pixels, probabilities, random_masks
from dropout_core.numerics.statistics import interval
from dropout_core.reference import FILES, nets
from dropout_core.topics.ensemble.averages import enumerate_subnetworks, gap
from dropout_core.topics.ensemble.members import (
    averaged,
    disagreement,
    error_correlation,
    loss,
    over_images,
    subnetwork_outputs,
    wrong,
)
from dropout_core.topics.ensemble.tiny_net import COARSE, SHAPES, SmallDigits, small_digits, train

FILE = FILES / "ensemble.json"
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SEEDS = 10
DEEP = (3, 0.5)  # depth and rate of the tiny networks on which claim C12 is judged
LOG_STEP = 0.1
COUNTS = tuple(sorted({round(10 ** (i * LOG_STEP)) for i in range(31)}))  # ensemble sizes, from 1 to 1,000
TREES = 200
DRAWS = {"subnetworks": 20, "trees": 10}
COMPARED = 200  # number of members that are compared pairwise


def measure(digits: Digits) -> dict:
    """Compute all stored measurements from 4,000 training images and 1,000 validation images."""
    return {
        **tiny(digits),
        "members": {"subnetworks": members(subnetworks(digits), digits), "trees": members(forests(digits), digits)},
        "scaled": scaled(digits),
        "provenance": _provenance(digits) | {"scikit-learn": importlib.metadata.version("scikit-learn")},
    }


def tiny(digits: Digits) -> dict:
    """Measure the tiny networks. "coarse" holds the results for claim C12, which was first judged on coarse images."""
    rows = [row for seed in range(SEEDS) for row in small_rows(small_digits(digits), seed)]
    coarse = [small_row(small_digits(digits, COARSE), *DEEP, seed) for seed in range(SEEDS)]
    return {"small": rows, "coarse": coarse, "small_provenance": _provenance(digits)}


def _provenance(digits: Digits) -> dict:
    made = {"hardware": provenance.processor(), "data_checksum": digits.checksum, "ended": provenance.now()}
    return provenance.software() | made


def small_rows(digits: SmallDigits, seed: int) -> list[dict]:
    """Train and evaluate one tiny network for each combination of depth and rate; see small_row."""
    return [small_row(digits, depth, rate, seed) for depth in SHAPES for rate in RATES]


def small_row(digits: SmallDigits, depth: int, rate: float, seed: int) -> dict:
    """Train a tiny network, and return the accuracy (%) of each prediction method and the scaled pass's mean gaps."""
    net = train(digits.train_images, digits.train_labels, SHAPES[depth], rate, seed)
    ensemble = enumerate_subnetworks(net, digits.images, digits.labels, rate)
    means = vars(ensemble.averages)
    right = {name: 100 * float(1 - wrong(p, digits.labels).mean()) for name, p in means.items()}
    gaps = {f"gap_{name}": gap(means["scaled"], means[name])[0] for name in ("arithmetic", "geometric")}
    return {"depth": depth, "rate": rate, "seed": seed, "alone": 100 * float(ensemble.alone.mean())} | right | gaps


def subnetworks(digits: Digits) -> Iterator[np.ndarray]:
    """Yield the outputs [members, images, classes] of each draw of subnetworks."""
    trained = nets.load("dropout")
    x = pixels(digits.validation_images)
    for draw in range(DRAWS["subnetworks"]):
        masks = random_masks(trained.net, trained.rate, COUNTS[-1], draw)
        yield subnetwork_outputs(trained.net, x, masks, trained.rate)


def forests(digits: Digits) -> Iterator[np.ndarray]:
    """Train forests with scikit-learn's defaults, and yield their trees' outputs [members, images, classes]."""
    from sklearn.ensemble import RandomForestClassifier  # only this command needs scikit-learn

    train_x, x = (a.reshape(len(a), -1) for a in (digits.train_images, digits.validation_images))
    for seed in range(DRAWS["trees"]):
        forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=2).fit(train_x, digits.train_labels)
        yield np.stack([tree.predict_proba(x) for tree in forest.estimators_])


def members(draws: Iterator[np.ndarray], digits: Digits) -> dict:
    """Measure the error (%) and loss (nats) of averaged predictions, and how similar the members are.

    draws   outputs [members, images, classes]; only the first draw is used for the list of counts and the similarity
    """
    first, labels = next(draws), digits.validation_labels
    counts = np.array([k for k in COUNTS if k <= len(first)])
    by_draw = [_errors_and_losses(averaged(outputs, counts), labels) for outputs in chain([first], draws)]
    errors, losses = (np.stack(parts) for parts in zip(*by_draw, strict=True))  # [draws, counts, images]
    return {
        "counts": counts.tolist(),
        "error": [_rounded(100 * row) for row in errors.mean(axis=2)],
        "loss": [_rounded(row) for row in losses.mean(axis=2)],
        **_similarity(first[:COMPARED], labels),
    }


def _errors_and_losses(p: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each image's error (0 or 1) and loss. Both arrays have the shape of p without the class axis."""
    return wrong(p, labels).astype(float), loss(np.maximum(p, 1e-12), labels)


def _similarity(outputs: np.ndarray, labels: np.ndarray) -> dict:
    return {
        "disagreement": _rounded(over_images(disagreement, outputs.argmax(axis=-1))),
        "correlation": _rounded(over_images(error_correlation, wrong(outputs, labels))),
        "alone": _rounded(100 * wrong(outputs, labels).mean(axis=1)),
    }


def scaled(digits: Digits) -> dict:
    """Return the error (%) and loss (nats) of the trained network's scaled pass, with intervals over the images."""
    p = probabilities(nets.load("dropout").net, digits.validation_images)
    errors = 100 * wrong(p, digits.validation_labels).astype(float)
    losses = loss(p, digits.validation_labels)
    return {"error": _mean_and_interval(errors, "error"), "loss": _mean_and_interval(losses, "loss")}


def _mean_and_interval(values: np.ndarray, quantity: str = "") -> list[float]:
    return _rounded((values.mean(), *interval(values, quantity)))


def _rounded(values: Iterable[float | np.floating]) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def main(what: Sequence[str] = ()) -> None:
    digits = load("mnist-5k", Settings.from_env())
    found = json.loads(FILE.read_text("utf-8")) | tiny(digits) if "tiny" in what else measure(digits)
    write_whole(FILE, json.dumps(found, indent=None) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
