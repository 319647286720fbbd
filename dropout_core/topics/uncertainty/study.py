"""Masks on against masks off over many images at many angles: how unsure, how often right, how good a warning.

The summary that the page shows comes with the package; `python -m dropout_core.topics.uncertainty.study` measures it again.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt8

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.data.mnist import Digits
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.network import SmallNetwork
from dropout_core.numerics.statistics import Estimate, mean_estimate
from dropout_core.reference import FILES
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty.distortions import distort
from dropout_core.topics.uncertainty.entropy import PASSES, Seen, decompose, entropy, look
from dropout_core.topics.uncertainty.roc import Detection, compare

ANGLES = tuple(range(0, 181, 15))  # degrees
FILE = FILES / "uncertainty.json"


@dataclass(frozen=True)
class Answers:
    """What the net says of each image at each angle, [images, angles]; entropies in bits.

    total, between   of 100 passes with masks on, see uncertainty.Uncertainty; right: the mean's largest class
    off, off_right   the same of the one pass with masks off
    """

    total: Float[np.ndarray, "images angles"]
    between: Float[np.ndarray, "images angles"]
    off: Float[np.ndarray, "images angles"]
    right: Bool[np.ndarray, "images angles"]
    off_right: Bool[np.ndarray, "images angles"]


@dataclass(frozen=True)
class Study:
    """The answers summed up, one entry an angle, with 95 % intervals over images.

    gain      share right with masks on minus share right with masks off, image by image
    warnings  entropy with masks on, and with masks off, as warnings that the answer without masks is wrong
    mixed     the same with the images of all angles in one heap
    """

    images: int
    passes: int
    rate: float
    angles: tuple[int, ...]
    total: tuple[Estimate, ...]
    between: tuple[Estimate, ...]
    off: tuple[Estimate, ...]
    right: tuple[Estimate, ...]
    off_right: tuple[Estimate, ...]
    gain: tuple[Estimate, ...]
    warnings: tuple[Detection | None, ...]
    mixed: Detection | None


@dataclass(frozen=True)
class Pairs:
    """Pairs of a wrong and a right answer, of images of all angles: what the difference of the areas is made of.

    apart          share of the pairs whose two images are turned by different angles
    within, across  pairs that masks on put in the right order more often than masks off, as a share: of those of one
                   angle, and of the others
    """

    apart: float
    within: float
    across: float


def pairs(s: Study) -> Pairs | None:
    """From the stored areas, exactly: an area is a share of pairs. None where no two answers differ."""
    right = np.array([s.images * e.value for e in s.off_right])
    each = right * (s.images - right)  # pairs of one angle
    total = right.sum() * (s.images - right).sum()
    told = [(n, w.difference.value) for n, w in zip(each, s.warnings, strict=True) if w is not None]
    if s.mixed is None or not 0 < each.sum() < total:
        return None
    within = sum(n * d for n, d in told)
    across = s.mixed.difference.value * total - within
    return Pairs(float(1 - each.sum() / total), within / each.sum(), across / (total - each.sum()))


def ask(
    net: SmallNetwork,
    images: UInt8[np.ndarray, "n 28 28"],
    labels: UInt8[np.ndarray, "n"],
    rate: float,
    angles: tuple[int, ...] = ANGLES,
) -> Answers:
    """Turn every image by every angle and ask the net, with masks on at this rate and with masks off.

    Every image has masks of its own (the same at all its angles), so that intervals over the images hold the chance
    in the masks too.
    """
    turned = np.stack([distort(images, "rotation", angle) for angle in angles], axis=1)
    rows = [_row(look(net, turned[i], rate, seed=i), label) for i, label in enumerate(labels.tolist())]
    return Answers(*(np.stack(column) for column in zip(*rows, strict=True)))


def _row(seen: Seen, label: int) -> tuple[np.ndarray, ...]:
    """What Answers says of one image at every angle."""
    found = decompose(seen.on)
    right, off_right = seen.on.mean(0).argmax(1) == label, seen.off.argmax(1) == label
    return found.total, found.between, entropy(seen.off), right, off_right


def summary(found: Answers, angles: tuple[int, ...], rate: float) -> Study:
    """Means, differences and areas with their intervals."""
    right, off_right = found.right.astype(float), found.off_right.astype(float)
    means = (found.total, found.between, found.off, right, off_right, right - off_right)
    by_angle = tuple(_warning(found, [i]) for i in range(len(angles)))
    mixed = _warning(found, list(range(len(angles))))
    return Study(len(right), PASSES, rate, angles, *map(_means, means), by_angle, mixed)


def _means(values: np.ndarray) -> tuple[Estimate, ...]:
    return tuple(mean_estimate(column) for column in values.T)


def _warning(found: Answers, at: list[int]) -> Detection | None:
    return compare(found.total[:, at], found.off[:, at], ~found.off_right[:, at])


def measure(digits: Digits) -> Study:
    """The whole study: the package's dropout net, at its training rate, on all validation images. Some seconds."""
    net = load_net(DROPOUT)
    found = ask(net.net, digits.validation_images, digits.validation_labels, net.rate)
    return summary(found, ANGLES, net.rate)


def write(found: Study, made: dict[str, str], file: Path = FILE) -> None:
    file.write_text(json.dumps({"study": asdict(found), "provenance": made}, indent=1) + "\n", "utf-8")


@cache
def load(file: Path = FILE) -> tuple[Study, dict[str, str]]:
    """The study that comes with the package, and where it comes from."""
    said = json.loads(file.read_text("utf-8"))
    rows = dict(said["study"])
    for name in ("total", "between", "off", "right", "off_right", "gain"):
        rows[name] = tuple(Estimate(**e) for e in rows[name])
    rows["warnings"] = tuple(_detection(d) for d in rows["warnings"])
    return Study(**rows | {"angles": tuple(rows["angles"]), "mixed": _detection(rows["mixed"])}), said["provenance"]


def _detection(said: dict | None) -> Detection | None:
    return said and Detection(**{name: Estimate(**e) for name, e in said.items()})


def main() -> None:
    digits = mnist.load("mnist-5k", Settings.from_env())
    write(measure(digits), software() | {"hardware": processor(), "data_checksum": digits.checksum, "ended": now()})


if __name__ == "__main__":
    main()
