"""The ensemble page's stored numbers, and the command that makes them again: `python -m dropout_core.topics.ensemble.study`.

They take minutes: many tiny nets with all their subnetworks, thousands of sampled subnetworks of the trained net that
comes with the package, and random forests on the images that it was trained on.
"""

import json
from collections.abc import Iterator
from functools import cache

import numpy as np

from dropout_core.common import provenance
from dropout_core.common.settings import Settings
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
from dropout_core.topics.ensemble.tiny_net import SHAPES, SmallDigits, small_digits, train

FILE = FILES / "ensemble.json"
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SEEDS = 10
LOG_STEP = 0.1
COUNTS = tuple(sorted({round(10 ** (i * LOG_STEP)) for i in range(31)}))  # 1 to 1,000 members
TREES = 200
DRAWS = {"subnetworks": 20, "trees": 10}
COMPARED = 200  # members whose errors are compared in pairs


@cache
def read() -> dict:
    """The stored numbers, as made() made them."""
    return json.loads(FILE.read_text("utf-8"))


def made(digits: Digits) -> dict:
    """Everything, anew; 4,000 images to train on, 1,000 to be judged by."""
    return {
        "small": [row for seed in range(SEEDS) for row in small_rows(small_digits(digits), seed)],
        "members": {"subnetworks": members(subnetworks(digits), digits), "trees": members(forests(digits), digits)},
        "scaled": scaled(digits),
        "provenance": provenance.software()
        | {"scikit-learn": _sklearn(), "hardware": provenance.processor(), "data_checksum": digits.checksum}
        | {"ended": provenance.now()},
    }


def small_rows(digits: SmallDigits, seed: int) -> list[dict]:
    """One row a depth and rate: % right of each way to answer, and mean gaps of the scaled pass in probability."""
    return [small_row(digits, depth, rate, seed) for depth in SHAPES for rate in RATES]


def small_row(digits: SmallDigits, depth: int, rate: float, seed: int) -> dict:
    net = train(digits.train_images, digits.train_labels, SHAPES[depth], rate, seed)
    found = enumerate_subnetworks(net, digits.images, digits.labels, rate)
    means = vars(found.averages)
    right = {name: 100 * float(1 - wrong(p, digits.labels).mean()) for name, p in means.items()}
    gaps = {f"gap_{name}": gap(means["scaled"], means[name])[0] for name in ("arithmetic", "geometric")}
    return {"depth": depth, "rate": rate, "seed": seed, "alone": 100 * float(found.alone.mean())} | right | gaps


def subnetworks(digits: Digits) -> Iterator[np.ndarray]:
    """Outputs of the subnetworks of each draw, [members, images, classes]."""
    trained = nets.load("dropout")
    x = pixels(digits.validation_images)
    for draw in range(DRAWS["subnetworks"]):
        masks = random_masks(trained.net, trained.rate, COUNTS[-1], draw)
        yield subnetwork_outputs(trained.net, x, masks, trained.rate)


def forests(digits: Digits) -> Iterator[np.ndarray]:
    """Outputs of the trees of each forest, [members, images, classes]; scikit-learn's defaults."""
    from sklearn.ensemble import RandomForestClassifier  # only this command needs it

    train_x, x = (a.reshape(len(a), -1) for a in (digits.train_images, digits.validation_images))
    for seed in range(DRAWS["trees"]):
        forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=2).fit(train_x, digits.train_labels)
        yield np.stack([tree.predict_proba(x) for tree in forest.estimators_])


def members(draws: Iterator[np.ndarray], digits: Digits) -> dict:
    """Error (%) and loss (nats) of the average by number of members, a row a draw; how alike the members err."""
    labels, alike, errors, losses, by_image = digits.validation_labels, {}, [], [], []
    for outputs in draws:
        counts = np.array([k for k in COUNTS if k <= len(outputs)])
        alike = alike or _alike(outputs[:COMPARED], labels)
        means = averaged(outputs, counts)
        by_image.append((wrong(means, labels).astype(float), loss(np.maximum(means, 1e-12), labels)))
        errors.append(_short(100 * by_image[-1][0].mean(axis=1)))
        losses.append(_short(by_image[-1][1].mean(axis=1)))
    per_image = [np.mean(parts, axis=0) for parts in zip(*by_image, strict=True)]
    return {"counts": counts.tolist(), "error": errors, "loss": losses} | alike | _against_scaled(per_image, digits)


def _alike(outputs: np.ndarray, labels: np.ndarray) -> dict:
    return {
        "disagreement": _short(over_images(disagreement, outputs.argmax(axis=-1))),
        "correlation": _short(over_images(error_correlation, wrong(outputs, labels))),
        "alone": _short(100 * wrong(outputs, labels).mean(axis=1)),
    }


def _against_scaled(per_image: list[np.ndarray], digits: Digits) -> dict:
    """For each number of members, the average's error (points) and loss minus the scaled pass's on the same images.

    Mean and 95 % interval over the images; what the draws differ by is averaged away.
    """
    differences = [100 * (per_image[0] - _scaled(digits)[0]), per_image[1] - _scaled(digits)[1]]
    rows = [[_short((d.mean(), *interval(d))) for d in by_k] for by_k in differences]
    return {"error_minus_scaled": rows[0], "loss_minus_scaled": rows[1]}


def _scaled(digits: Digits) -> tuple[np.ndarray, np.ndarray]:
    p = probabilities(nets.load("dropout").net, digits.validation_images)
    return wrong(p, digits.validation_labels).astype(float), loss(p, digits.validation_labels)


def scaled(digits: Digits) -> dict:
    """Error (%) and loss (nats) of the one scaled pass of the trained net, each with its 95 % interval over images."""
    error, nats = _scaled(digits)
    return {
        "error": _short((100 * error.mean(), *interval(100 * error))),
        "loss": _short((nats.mean(), *interval(nats))),
    }


def _short(values) -> list[float]:
    return [float(f"{value:.5g}") for value in values]


def _sklearn() -> str:
    import importlib.metadata

    return importlib.metadata.version("scikit-learn")


def main() -> None:
    FILE.write_text(json.dumps(made(load("mnist-5k", Settings.from_env())), indent=None) + "\n", "utf-8")


if __name__ == "__main__":
    main()
