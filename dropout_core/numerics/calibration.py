"""Measures how well a classifier's confidence matches its accuracy."""

import numpy as np
from jaxtyping import Float, Int, Shaped

BINS = 15


def confidence_bins(confidence: Float[np.ndarray, "n"], bins: int = BINS) -> Int[np.ndarray, "n"]:
    """Return the index of each confidence's bin. The bins divide 0 to 1 into equal widths."""
    return np.minimum((confidence * bins).astype(int), bins - 1)


def expected_calibration_error(
    p: Float[np.ndarray, "n classes"], labels: Shaped[np.ndarray, "n"], bins: int = BINS
) -> float:
    """Compute the mean absolute difference between confidence and accuracy in equal-width bins, weighted by size.

    p   predicted probabilities; the confidence is the highest of them
    """
    confidence, right = p.max(1).astype(float), p.argmax(1) == labels
    which = confidence_bins(confidence, bins)
    gaps = np.bincount(which, right - confidence, minlength=bins)  # sum over the images in each bin
    return float(np.abs(gaps).sum() / len(labels))
