"""Finds the images on which two trained nets disagree most confidently."""

import numpy as np
from jaxtyping import Float, Int


def most_disputed(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], count: int
) -> Int[np.ndarray, "_"]:
    """Return the indices of at most `count` images that the nets classify differently, most confident first."""
    differ = np.flatnonzero(none.argmax(1) != dropout.argmax(1))
    confidence = np.minimum(none.max(1), dropout.max(1))[differ]
    return differ[np.argsort(-confidence, kind="stable")][:count]
