"""Compare dropout on with dropout off for many images at many angles, and write the summary shown on the page.

Run it with `python -m dropout_core.topics.uncertainty.study`; findings.py reads the file that it writes.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt8

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data import mnist
from dropout_core.data.mnist import Digits
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.inference import PASSES
from dropout_core.numerics.network import SmallNetwork
from dropout_core.numerics.statistics import Estimate, mean_estimate, proportion
from dropout_core.reference.nets import load as load_net
from dropout_core.topics.uncertainty.distortions import distort
from dropout_core.topics.uncertainty.entropy import Predictions, mc_dropout
from dropout_core.topics.uncertainty.findings import FILE, Study
from dropout_core.topics.uncertainty.roc import Detection, compare

ANGLES = tuple(range(0, 181, 15))  # degrees


@dataclass(frozen=True)
class Answers:
    """The entropies in bits, and whether the net is right, for each image at each angle.

    total, between   entropies of 100 passes with dropout on, see entropy.Uncertainty
    off              entropy of the single pass with dropout off
    right            whether the mean of the passes is right
    off_right        whether the pass with dropout off is right
    """

    total: Float[np.ndarray, "images angles"]
    between: Float[np.ndarray, "images angles"]
    off: Float[np.ndarray, "images angles"]
    right: Bool[np.ndarray, "images angles"]
    off_right: Bool[np.ndarray, "images angles"]


def ask(
    net: SmallNetwork,
    images: UInt8[np.ndarray, "n 28 28"],
    labels: UInt8[np.ndarray, "n"],
    rate: float,
    angles: tuple[int, ...] = ANGLES,
) -> Answers:
    """Rotate every image by every angle and classify it, with dropout at this rate and with dropout off.

    Each image has its own masks, used at all angles, so that intervals over images include the noise of the masks.
    """
    rotated = np.stack([distort(images, "rotation", angle) for angle in angles], axis=1)
    rows = [_row(mc_dropout(net, rotated[i], rate, seed=i), label) for i, label in enumerate(labels.tolist())]
    return Answers(*(np.stack(column) for column in zip(*rows, strict=True)))


def _row(predictions: Predictions, label: int) -> tuple[np.ndarray, ...]:
    """Compute the fields of Answers for one image at every angle."""
    parts = predictions.entropies
    right, off_right = predictions.mean.argmax(1) == label, predictions.off.argmax(1) == label
    return parts.total, parts.between, predictions.off_entropies, right, off_right


def summary(answers: Answers, angles: tuple[int, ...], rate: float) -> Study:
    """Summarise the answers as means, differences and areas under the ROC curve, with intervals."""
    return Study(
        images=len(answers.right),
        passes=PASSES,
        rate=rate,
        angles=angles,
        total=_means(answers.total, "entropy"),
        between=_means(answers.between, "entropy"),
        off=_means(answers.off, "entropy"),
        right=tuple(proportion(int(column.sum()), len(column)) for column in answers.right.T),
        off_right=tuple(proportion(int(column.sum()), len(column)) for column in answers.off_right.T),
        gain=_means(answers.right.astype(float) - answers.off_right),
        warnings=tuple(_warning(answers, [i]) for i in range(len(angles))),
        mixed=_warning(answers, list(range(len(angles)))),
    )


def _means(values: Float[np.ndarray, "images angles"], quantity: str = "") -> tuple[Estimate, ...]:
    return tuple(mean_estimate(column, quantity) for column in values.T)


def _warning(answers: Answers, at: list[int]) -> Detection | None:
    return compare(answers.total[:, at], answers.off[:, at], ~answers.off_right[:, at])


def measure(digits: Digits) -> Study:
    """Run the complete study, which takes a few seconds.

    It uses all validation images and the package's dropout net, at the rate with which the net was trained.
    """
    net = load_net(DROPOUT)
    answers = ask(net.net, digits.validation_images, digits.validation_labels, net.rate)
    return summary(answers, ANGLES, net.rate)


def write(study: Study, provenance: dict[str, str], file: Path = FILE) -> None:
    write_whole(file, json.dumps({"study": asdict(study), "provenance": provenance}, indent=1) + "\n")


def main() -> None:
    digits = mnist.load("mnist-5k", Settings.from_env())
    write(measure(digits), software() | {"hardware": processor(), "data_checksum": digits.checksum, "ended": now()})


if __name__ == "__main__":
    main()
