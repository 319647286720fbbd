"""Measure how well calibrated the packaged nets are on the validation images, and write the summary that is shown.

Run it with `python -m dropout_core.topics.uncertainty.calibration_study`; calibration.py reads the file that it writes.
"""

import json
from dataclasses import asdict

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.common.provenance import now, processor, software
from dropout_core.common.settings import Settings
from dropout_core.common.whole_files import write_whole
from dropout_core.data.mnist import load_validation
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.calibration import confidence_bins, expected_calibration_error
from dropout_core.numerics.inference import each_pass, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork
from dropout_core.reference import nets
from dropout_core.topics.uncertainty.calibration import AVERAGE, BINS, FILE, PLAIN, SCALED, Bin, Calibration


def answers(images: UInt8[np.ndarray, "n 28 28"]) -> dict[str, Float[np.ndarray, "n 10"]]:
    """Classify the images with the net without dropout, and in two ways with the dropout net."""
    net = nets.load(DROPOUT)
    return {
        PLAIN: probabilities(nets.load(NO_DROPOUT).net, images),
        SCALED: probabilities(net.net, images),
        AVERAGE: mean_of_passes(net.net, images, net.rate),
    }


def mean_of_passes(net: SmallNetwork, images: UInt8[np.ndarray, "n 28 28"], rate: float) -> Float[np.ndarray, "n 10"]:
    """Average the softmax outputs of 100 passes with masks on."""
    passes = list(each_pass(net, pixels(images), rate))
    return np.sum(passes, axis=0, dtype=float) / len(passes)


def calibration(p: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]) -> Calibration:
    """Compare confidence and accuracy, in bins of equal width and over all images."""
    confidence, right = p.max(1), p.argmax(1) == labels
    which = confidence_bins(confidence, BINS)
    bins = [
        Bin(float(confidence[which == b].mean()), int(right[which == b].sum()), int((which == b).sum()))
        for b in np.unique(which)
    ]
    loss = -np.log(np.maximum(p[np.arange(len(p)), labels], np.finfo(np.float32).tiny)).mean()
    error = expected_calibration_error(p, labels, BINS)
    return Calibration(error, float(right.mean()), float(confidence.mean()), float(loss), tuple(bins))


def main() -> None:
    digits = load_validation(nets.RECIPE.data, Settings.from_env())
    measured = {name: asdict(calibration(p, digits.labels)) for name, p in answers(digits.images).items()}
    provenance = software() | {"hardware": processor(), "ended": now(), "validation_images": len(digits.labels)}
    text = json.dumps({"calibration": measured, "provenance": provenance}, indent=1)
    write_whole(FILE, f"{text}\n")


if __name__ == "__main__":
    main()
