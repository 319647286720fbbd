"""Compares two trained nets on all validation images: predictions, confidence, calibration and disagreements."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.answers import Answer
from dropout_core.numerics.calibration import expected_calibration_error
from dropout_core.numerics.network import entropy


@dataclass(frozen=True)
class Summary:
    """Summary of one net's predictions: accuracy in %, mean entropy in bits, and expected calibration error."""

    name: str
    accuracy: float
    entropy: float
    calibration_error: float


def summaries(
    answers: Mapping[str, Answer], labels: UInt8[np.ndarray, "n"]
) -> tuple[list[Summary], Float[np.ndarray, "n"]]:
    """Summarise both nets' single passes and, if there are any, the mean of the dropout net's passes with masks on.

    Also returns the entropy of that mean, or else of the dropout net's single pass, for each image.
    """
    answered = {NO_DROPOUT: answers[NO_DROPOUT].off, "dropout, masks off": answers[DROPOUT].off}
    if count := answers[DROPOUT].passes:
        answered[f"dropout, mean of {count} pass{'es' * (count > 1)}"] = answers[DROPOUT].on.mean(0)
    return [_summary(name, p, labels) for name, p in answered.items()], entropy(list(answered.values())[-1])


def most_disputed(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], count: int
) -> Int[np.ndarray, "_"]:
    """Return the indices of at most `count` images that the nets classify differently, most confident first."""
    differ = np.flatnonzero(none.argmax(1) != dropout.argmax(1))
    confidence = np.minimum(none.max(1), dropout.max(1))[differ]
    return differ[np.argsort(-confidence, kind="stable")][:count]


def _summary(name: str, p: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]) -> Summary:
    right = 100 * float((p.argmax(1) == labels).mean())
    return Summary(name, right, float(entropy(p).mean()), expected_calibration_error(p, labels))
