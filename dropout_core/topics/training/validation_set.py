"""What two trained nets answer on all validation images: how often they are right, how sure, and how calibrated."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.calibration import expected_calibration_error
from dropout_core.numerics.inference import each_pass, pixels, probabilities
from dropout_core.numerics.network import SmallNetwork, entropy

SECONDS = 2.0  # how long the passes over all validation images may take


@dataclass(frozen=True)
class Summary:
    """One net's answers: accuracy in %, mean entropy in bits, and expected calibration error."""

    name: str
    accuracy: float
    entropy: float
    calibration_error: float


def summaries(
    nets: Mapping[str, SmallNetwork],
    rate: float,
    images: UInt8[np.ndarray, "n 28 28"],
    labels: UInt8[np.ndarray, "n"],
    seconds: float = SECONDS,
) -> tuple[list[Summary], Float[np.ndarray, "n"]]:
    """Summarise both nets' single passes and the mean of the dropout net's passes with masks on.

    There are 100 of them, or as many as fit into this time. Also returns the entropy of that mean for each image.
    """
    single = {
        name: probabilities(nets[arm], images)
        for arm, name in ((NO_DROPOUT, NO_DROPOUT), (DROPOUT, "dropout, masks off"))
    }
    end, total, count = time.monotonic() + seconds, np.zeros((len(images), 10), np.float32), 0
    for answers in each_pass(nets[DROPOUT], pixels(images), rate):
        total, count = total + answers, count + 1
        if time.monotonic() > end:
            break
    mean = total / count
    answered = single | {f"dropout, mean of {count} pass{'es' * (count > 1)}": mean}
    return [_summary(name, p, labels) for name, p in answered.items()], entropy(mean)


def _summary(name: str, p: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]) -> Summary:
    right = 100 * float((p.argmax(1) == labels).mean())
    return Summary(name, right, float(entropy(p).mean()), expected_calibration_error(p, labels))
