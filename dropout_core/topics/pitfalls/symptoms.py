"""Measure the effects of ten common mistakes with seeded masks and, where possible, compute them exactly.

The texts are in catalogue.py, in the same order and under the same slugs. The eleventh mistake, expecting dropout
to help in every case, is measured by training. The rate is P(drop), from 0.05 to 0.95 in the app.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Bool

from dropout_core.numerics.masks import apply_mask, uniforms
from dropout_core.topics.pitfalls.measurements import SEED, Row, masks_of, mean_row, spread_row, variance_row
from dropout_core.topics.pitfalls.symptoms_evaluation import (
    CLASSES,
    INPUT_RATE,
    always_dropping,
    no_grad_only,
    shifted_activations,
    training_loss,
)

DRAWS = 10_000
BATCH, UNITS = 32, 10  # batch size, and number of units of which exactly k are kept
SUMMED = 16


def keep_or_drop(rate: float) -> tuple[Row, ...]:
    """Show the effects of passing the keep probability as the dropout rate, for a unit with activation 1."""
    wrong = 1 - rate
    kept = masks_of(wrong, DRAWS)
    return (
        mean_row("share of units kept", kept, wrong, 1.0, 0.0, 1 - rate),
        Row("factor on a kept unit", 1 / (1 - wrong), 1 / (1 - rate), 1 / rate),
        variance_row("variance of a unit of activation 1", kept, 1.0, wrong, rate / (1 - rate)),
    )


def scaling_errors(rate: float) -> tuple[Row, ...]:
    """Compute the ratio of the output at inference to the mean output in training, for three scaling mistakes."""
    share = float(masks_of(rate, DRAWS).mean())
    relative = math.sqrt(rate / (1 - rate) / DRAWS)  # relative standard error of the measured share

    def ratio(what: str, inference: float, factor: float) -> Row:
        exact = inference / (factor * (1 - rate))
        return Row(what, inference / (factor * share), 1.0, exact, exact * relative)

    return (
        ratio("scaled twice", 1 - rate, 1 / (1 - rate)),
        ratio("never scaled", 1.0, 1.0),
        ratio("scaled by p instead of 1 − p", rate, 1.0),
    )


def mean_only(rate: float, a: float = 2.0) -> tuple[Row, ...]:
    """Measure the mean and variance in training of a unit with activation 2, and the spread of a sum of such units."""
    kept = masks_of(rate, DRAWS)
    sums = apply_mask(np.full((DRAWS, SUMMED), a), masks_of(rate, DRAWS, SUMMED, seed=SEED + 1), rate).sum(1)
    return (
        mean_row("mean of a unit of activation 2", kept, rate, a / (1 - rate), 0.0, a),
        variance_row("its variance", kept, a, rate, 0.0),
        spread_row(f"standard deviation of the sum of {SUMMED}", sums, np.full(SUMMED, a**2 * rate / (1 - rate)), rate),
    )


def order(rate: float, z: float = 2.0, bias: float = -1.0) -> tuple[Row, ...]:
    """Show the effects of applying dropout before the activation function, for a unit whose weighted sum is z."""
    kept, large = masks_of(rate, DRAWS), z / (1 - rate)

    def sigmoid(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    def above(*values: float) -> tuple[float, ...]:
        return tuple(max(value, 0.0) for value in values)

    return (
        Row("a dropped unit passes on, sigmoid", sigmoid(0), 0.0, 0.5),
        mean_row("mean over masks, sigmoid", kept, rate, sigmoid(large), sigmoid(0), sigmoid(z)),
        mean_row("mean over masks, ReLU", kept, rate, *above(large, 0.0, z)),
        mean_row("mean, ReLU, with a bias of −1 behind dropout", kept, rate, *above(large + bias, bias, z + bias)),
    )


def one_mask(rate: float) -> tuple[Row, ...]:
    """Show the effects of sharing one mask among all examples of a batch, for a unit with activation 1."""
    kept = masks_of(rate, DRAWS)
    return (
        Row("correlation of two examples’ masks", 1.0, 0.0, 1.0),
        variance_row(f"variance of the mean of a batch of {BATCH}", kept, 1.0, rate, rate / (1 - rate) / BATCH),
        Row("coins tossed per unit and batch", 1.0, float(BATCH), 1.0),
    )


def exactly_k_masks(rate: float, count: int) -> Bool[np.ndarray, "count units"]:
    """Draw masks that keep exactly round((1 - rate) · 10) of 10 units: the units with the largest random draws."""
    keep = round((1 - rate) * UNITS)
    return uniforms((count, UNITS), SEED).argsort(axis=1).argsort(axis=1) >= UNITS - keep


def exactly_k(rate: float) -> tuple[Row, ...]:
    """Show the effects of keeping exactly k of 10 units instead of dropping each unit independently."""
    masks = exactly_k_masks(rate, DRAWS // 2)
    together = np.cov(masks.T.astype(float), bias=True)
    pairs = float((together.sum() - together.trace()) / (UNITS * (UNITS - 1)))
    keep = round((1 - rate) * UNITS)
    mean = keep / UNITS / (1 - rate)
    return (
        Row("mean of a unit of activation 1", float(masks.mean() / (1 - rate)), 1.0, mean),
        Row(f"variance of the number kept, of {UNITS}", float(masks.sum(1).var()), UNITS * rate * (1 - rate), 0.0),
        Row("covariance of two units", pairs, 0.0, -keep * (UNITS - keep) / UNITS**2 / (UNITS - 1)),
        Row("masks that can occur", float(math.comb(UNITS, keep)), float(2**UNITS), float(math.comb(UNITS, keep))),
    )


def placement(rate: float) -> tuple[Row, ...]:
    """Show the effects of dropout before batch normalisation, on the output layer, and on the input of a small network.

    Batch normalisation remembers the variances of training, which dropout makes larger than those at inference: the
    variance shift of Li et al. (2019).
    """
    trained, h = shifted_activations(rate, DRAWS)
    ratio = trained.var(0) / h.var(0)
    scores = masks_of(rate, DRAWS, CLASSES, seed=SEED + 2)
    return (
        Row("batch norm: variance in training ÷ at inference", float(ratio.mean()), 1.0),
        Row("its output at inference, standard deviation", float((ratio**-0.5).mean()), 1.0),
        mean_row(f"scores erased, of {CLASSES}", scores, rate, 0.0, CLASSES, 0.0),
        variance_row("variance added to an input of 1", masks_of(INPUT_RATE, DRAWS), 1.0, INPUT_RATE, 0.0),
    )


SYMPTOMS: dict[str, Callable[[float], tuple[Row, ...]]] = {
    "keep": keep_or_drop,
    "functional": always_dropping,
    "no-grad": no_grad_only,
    "loss": training_loss,
    "scaling": scaling_errors,
    "variance": mean_only,
    "order": order,
    "one-mask": one_mask,
    "exactly-k": exactly_k,
    "placement": placement,
}
