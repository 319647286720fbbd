"""Dropout on the inputs of logistic regression as a penalty: exactly, and by the approximation of Wager et al. 2013.

The loss of one example with score z = x·β + b is A(z) − y z with A(z) = log(1 + eᶻ). Inverted dropout leaves the mean
of z unchanged, so on average over all masks it adds the penalty E[A(z̃)] − A(z). To second order in the noise, this is
½ A″(z) Var z̃ = ½ p/(1 − p) A″(z) Σ xⱼ² βⱼ²: an L2 penalty with a weight of its own for each feature.
"""

import numpy as np
from jaxtyping import Float

from dropout_core.numerics.enumeration import all_masks, mask_probabilities
from dropout_core.numerics.masks import check_rate

_CHUNK = 256  # images whose sums over all masks are computed together
GRID, CORNERS = 4, (0, 3, 12, 15)  # MNIST's images as 4 × 4 means; the corners are blank, so 12 features are left


def features(images: Float[np.ndarray, "n 28 28"]) -> Float[np.ndarray, "n 12"]:
    """Average the images over blocks of 7 × 7 pixels, and leave out the corners. Values lie between 0 and 1."""
    side = images.shape[1] // GRID
    means = images.reshape(-1, GRID, side, GRID, side).mean(axis=(2, 4)).reshape(len(images), -1)
    return np.delete(means, CORNERS, axis=1)


def log_partition(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Return A(z) = log(1 + eᶻ)."""
    return np.logaddexp(0, z)


def sigmoid(z: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Return A′(z)."""
    return np.exp(-np.logaddexp(0, -z))


def exact(
    x: Float[np.ndarray, "n features"], beta: Float[np.ndarray, "features"], bias: float, rate: float
) -> tuple[float, Float[np.ndarray, "features"], float]:
    """Return the mean penalty over the examples, over all masks, with its gradient with respect to beta and bias."""
    kept = all_masks((len(beta),))
    masks, p = kept[0] / (1 - check_rate(rate)), mask_probabilities(kept, rate)
    value, slope, bias_slope = 0.0, np.zeros_like(beta), 0.0
    for part in np.split(x, range(_CHUNK, len(x), _CHUNK)):
        z = (part * beta) @ masks.T + bias
        weighted = sigmoid(z) * p
        value += float((log_partition(z) @ p).sum())
        slope += ((weighted @ masks) * part).sum(0)
        bias_slope += float(weighted.sum())
    z = x @ beta + bias
    value -= float(log_partition(z).sum())
    slope -= sigmoid(z) @ x
    bias_slope -= float(sigmoid(z).sum())
    return value / len(x), slope / len(x), bias_slope / len(x)


def quadratic(
    x: Float[np.ndarray, "n features"], beta: Float[np.ndarray, "features"], bias: float, rate: float
) -> tuple[float, Float[np.ndarray, "features"], float]:
    """Return the quadratic approximation of exact(), with its gradient."""
    noise = check_rate(rate) / (1 - rate)
    s = sigmoid(x @ beta + bias)
    curvature, spread = s * (1 - s), x**2 @ beta**2
    change = curvature * (1 - 2 * s) * spread  # the derivative of curvature with respect to z, times spread
    slope = noise * (0.5 * change @ x + (curvature @ x**2) * beta)
    return noise * float((curvature * spread).mean()) / 2, slope / len(x), noise * float(change.mean()) / 2


def weights(x: Float[np.ndarray, "n features"], beta: np.ndarray, bias: float) -> Float[np.ndarray, "features"]:
    """Return the weight of βⱼ² in the quadratic penalty, without the factor ½ p/(1 − p): the mean of A″(z) xⱼ²."""
    s = sigmoid(x @ beta + bias)
    return (s * (1 - s)) @ x**2 / len(x)
