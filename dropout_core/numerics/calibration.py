"""How well a classifier's confidence matches its accuracy."""

import numpy as np
from jaxtyping import Float, Shaped

BINS = 15


def expected_calibration_error(
    p: Float[np.ndarray, "n classes"], labels: Shaped[np.ndarray, "n"], bins: int = BINS
) -> float:
    """Compute the mean distance between confidence and accuracy, over bins of equal width weighted by their images.

    p   predicted probabilities; the confidence is the highest of them
    """
    confidence, right = p.max(1).astype(float), p.argmax(1) == labels
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(which, right - confidence, minlength=bins)  # the sum over each bin's images
    return float(np.abs(gaps).sum() / len(labels))
