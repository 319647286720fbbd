"""Linear regression with input dropout, averaged over all masks, and the equivalent ridge regression.

See Srivastava et al. (2014), section 9.1. Here keep is P(KEEP), and kept inputs are not scaled up. The expected
squared error under dropout is |y − keep·Xw|² + keep (1 − keep) |Γw|², with Γ = diag(XᵀX)^½.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.numerics.enumeration import all_masks, mask_probabilities
from dropout_core.numerics.verdicts import Finding, Verdict

PIXELS = 12  # 4,096 masks
DIGIT = 3
LOSS_IMAGES = 500  # number of images used to compute the losses under all masks
KEEPS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True)
class Equality:
    """Weights of the dropout and ridge regressions at each keep probability, and the largest differences between them.

    dropout, ridge  keep · w, the weights at inference
    weights_apart   largest difference between the two regressions' weights
    losses_apart    largest relative difference between the two losses, at random weights and for LOSS_IMAGES images
    """

    keeps: tuple[float, ...]
    dropout: Float[np.ndarray, "keeps inputs"]
    ridge: Float[np.ndarray, "keeps inputs"]
    weights_apart: float
    losses_apart: float
    images: int


def squared_errors(
    x: Float[np.ndarray, "n inputs"], y: Float[np.ndarray, "n"], w: Float[np.ndarray, "inputs"]
) -> Float[np.ndarray, "masks"]:
    """Compute the sum of squared errors under every mask."""
    masks, _ = _masks(x.shape[1], 1.0)
    return ((y[:, None] - x @ (masks * w).T) ** 2).sum(axis=0)


def dropout_loss(errors: Float[np.ndarray, "masks"], keep: float) -> float:
    """Compute the expectation of squared_errors() over the masks."""
    _, weight = _masks(int(np.log2(len(errors))), keep)
    return float(weight @ errors)


def dropout_weights(
    x: Float[np.ndarray, "n inputs"], y: Float[np.ndarray, "n"], keep: float
) -> Float[np.ndarray, "inputs"]:
    """Find the weights that minimise dropout_loss() by solving the normal equations, averaged over the masks."""
    masks, weight = _masks(x.shape[1], keep)
    together = masks.T @ (masks * weight[:, None])  # probability that two inputs are both kept
    return np.linalg.solve(x.T @ x * together, (weight @ masks) * (x.T @ y))


def ridge_loss(
    x: Float[np.ndarray, "n inputs"], y: Float[np.ndarray, "n"], w: Float[np.ndarray, "inputs"], keep: float
) -> float:
    """Compute the squared error of the mean prediction plus the ridge penalty."""
    return float(((y - keep * x @ w) ** 2).sum() + keep * (1 - keep) * ((_gamma(x) * w) ** 2).sum())


def ridge_weights(
    x: Float[np.ndarray, "n inputs"], y: Float[np.ndarray, "n"], keep: float
) -> Float[np.ndarray, "inputs"]:
    """Find the weights that minimise ridge_loss() by least squares, with the penalty as additional rows."""
    penalty = np.sqrt(keep * (1 - keep)) * np.diag(_gamma(x))
    return np.linalg.lstsq(np.vstack([keep * x, penalty]), np.concatenate([y, np.zeros(x.shape[1])]))[0]


def equality(images: UInt8[np.ndarray, "n 28 28"], labels: UInt8[np.ndarray, "n"], seed: int = 0) -> Equality:
    """Fit both regressions to the PIXELS pixels with the largest variance. The target is 1 for DIGIT, otherwise 0."""
    flat, y = images.reshape(len(images), -1) / 255, (labels == DIGIT).astype(float)
    x = flat[:, np.sort(np.argsort(flat.var(axis=0))[-PIXELS:])]
    dropout = np.stack([keep * dropout_weights(x, y, keep) for keep in KEEPS])
    ridge = np.stack([keep * ridge_weights(x, y, keep) for keep in KEEPS])
    w = np.random.default_rng(seed).normal(size=PIXELS)
    few, targets = x[:LOSS_IMAGES], y[:LOSS_IMAGES]
    errors = squared_errors(few, targets, w)
    losses = [(dropout_loss(errors, keep), ridge_loss(few, targets, w, keep)) for keep in KEEPS]
    apart = max(abs(a - b) / b for a, b in losses)
    return Equality(KEEPS, dropout, ridge, float(np.abs(dropout - ridge).max()), apart, len(x))


def _masks(inputs: int, keep: float) -> tuple[Float[np.ndarray, "masks inputs"], Float[np.ndarray, "masks"]]:
    masks = all_masks((inputs,))
    return masks[0].astype(float), mask_probabilities(masks, 1 - keep)


def _gamma(x: np.ndarray) -> Float[np.ndarray, "inputs"]:
    return np.sqrt((x**2).sum(axis=0))


def judge(equality: Equality, enough: float = 1e-12) -> list[Finding]:
    """Judge whether the two regressions are equal. Differences below `enough` are rounding errors."""
    exact = equality.weights_apart < enough and equality.losses_apart < enough
    rounding = "only rounding errors" if exact else "more than rounding errors"
    sentence = (
        f"The weights from the two methods differ by at most {equality.weights_apart:.0e}, and the relative "
        f"difference between the losses is at most {equality.losses_apart:.0e}. These are {rounding}."
    )
    return [Finding(Verdict.HOLDS if exact else Verdict.DOES_NOT_HOLD, sentence)]
