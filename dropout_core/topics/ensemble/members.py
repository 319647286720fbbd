"""Members of an ensemble: averages of their outputs, error and loss, and how similar the members are."""

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
    """Softmax outputs of the subnetworks with these masks under inverted dropout; a mask applies to all images."""
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
    """Mean output of the first k members for each k in counts. Raises ValueError unless 1 ≤ k ≤ members."""
    if counts.min() < 1 or counts.max() > len(outputs):
        raise ValueError(f"counts must lie in 1 to {len(outputs)}, the members; got {counts.min()} to {counts.max()}")
    return np.stack([outputs[:k].mean(axis=0, dtype=float) for k in counts])


def wrong(
    outputs: Float[np.ndarray, "*some images classes"], labels: Integer[np.ndarray, "images"]
) -> Bool[np.ndarray, "*some images"]:
    """Whether the most probable class is not the label."""
    return outputs.argmax(axis=-1) != labels


def loss(
    outputs: Float[np.ndarray, "*some images classes"], labels: Integer[np.ndarray, "images"]
) -> Float[np.ndarray, "*some images"]:
    """Cross-entropy of each image, in nats."""
    return -np.log(outputs[..., np.arange(len(labels)), labels])


def disagreement(answers: Int[np.ndarray, "members images"]) -> float:
    """Probability that two different members predict different classes, averaged over images."""
    n = len(answers)
    counts = np.stack([(answers == c).sum(axis=0) for c in np.unique(answers)])
    return float(1 - (counts * (counts - 1)).sum(axis=0).mean() / (n * (n - 1)))


def error_correlation(errors: Bool[np.ndarray, "members images"]) -> float:
    """Correlation over the images of two members' errors, averaged over pairs.

    1: the members err on the same images; 0: their errors are uncorrelated. Members that are right, or wrong, on all
    images have no correlation and are left out.
    """
    varies = errors.std(axis=1) > 0
    correlations = np.corrcoef(errors[varies].astype(float))
    n = len(correlations)
    return float((correlations.sum() - n) / (n * (n - 1)))


def over_images(
    measure: Callable[[np.ndarray], float], values: np.ndarray, seed: int = 0
) -> tuple[float, float, float]:
    """A measure of values [members, images], with its 95 % percentile interval over resampled images."""
    rng, n = np.random.default_rng(seed), values.shape[1]
    resampled = [measure(values[:, rng.integers(0, n, n)]) for _ in range(_RESAMPLES)]
    low, high = np.quantile(resampled, (0.025, 0.975))
    return measure(values), float(low), float(high)
