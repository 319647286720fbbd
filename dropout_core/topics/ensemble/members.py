"""Averages of an ensemble's outputs, their error and loss, and the similarity of the ensemble's members."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float, Int, Integer

from dropout_core.numerics.masks import training_scale
from dropout_core.numerics.network import SmallNetwork, relu, softmax

_RESAMPLES = 200


def subnetwork_outputs(
    net: SmallNetwork,
    x: Float[np.ndarray, "images inputs"],
    masks: tuple[Bool[np.ndarray, "members _"], ...],
    rate: float,
) -> Float[np.ndarray, "members images classes"]:
    """Compute the subnetworks' softmax outputs under inverted dropout. Each mask applies to all images."""
    scale = np.float32(training_scale(rate, "inverted"))
    first = x @ net.weights[0] + net.biases[0]  # shared by all members
    return np.stack([_one(net, first, member, scale) for member in zip(*masks, strict=True)])


def _one(net: SmallNetwork, z: np.ndarray, masks: tuple[np.ndarray, ...], scale: np.float32) -> np.ndarray:
    for w, b, mask in zip(net.weights[1:], net.biases[1:], masks, strict=True):
        z = relu(z * (mask * scale)) @ w + b
    return softmax(z)


def averaged(
    outputs: Float[np.ndarray, "members images classes"], counts: Int[np.ndarray, "points"]
) -> Float[np.ndarray, "points images classes"]:
    """Return the mean output of the first k members for each k in counts. Raises ValueError unless 1 ≤ k ≤ members."""
    if counts.min() < 1 or counts.max() > len(outputs):
        raise ValueError(f"counts must lie in 1 to {len(outputs)}, the members; got {counts.min()} to {counts.max()}")
    return np.stack([outputs[:k].mean(axis=0, dtype=float) for k in counts])


def wrong(
    outputs: Float[np.ndarray, "*some images classes"], labels: Integer[np.ndarray, "images"]
) -> Bool[np.ndarray, "*some images"]:
    """Whether the most probable class differs from the label."""
    return outputs.argmax(axis=-1) != labels


def loss(
    outputs: Float[np.ndarray, "*some images classes"], labels: Integer[np.ndarray, "images"]
) -> Float[np.ndarray, "*some images"]:
    """Compute the cross-entropy of each image, in nats."""
    return -np.log(outputs[..., np.arange(len(labels)), labels])


def disagreement(answers: Int[np.ndarray, "members images"]) -> float:
    """Return the probability that two different members predict different classes, averaged over the images."""
    n = len(answers)
    counts = np.stack([(answers == c).sum(axis=0) for c in np.unique(answers)])
    return float(1 - (counts * (counts - 1)).sum(axis=0).mean() / (n * (n - 1)))


def error_correlation(errors: Bool[np.ndarray, "members images"]) -> float:
    """Compute the correlation between two members' errors over the images, averaged over all pairs of members.

    At 1, the members misclassify the same images; at 0, their errors are uncorrelated. Members that are right on all
    images or wrong on all images are left out, because their correlation is undefined.
    """
    varies = errors.std(axis=1) > 0
    correlations = np.corrcoef(errors[varies].astype(float))
    n = len(correlations)
    return float((correlations.sum() - n) / (n * (n - 1)))


def over_images(
    measure: Callable[[np.ndarray], float], values: np.ndarray, seed: int = 0
) -> tuple[float, float, float]:
    """Apply a measure to values [members, images], and bootstrap its 95 % percentile interval over the images."""
    rng, n = np.random.default_rng(seed), values.shape[1]
    resampled = [measure(values[:, rng.integers(0, n, n)]) for _ in range(_RESAMPLES)]
    low, high = np.quantile(resampled, (0.025, 0.975))
    return measure(values), float(low), float(high)
