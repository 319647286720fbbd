"""Where two trained nets disagree: how often, and on which images most confidently."""

import numpy as np
from jaxtyping import Float, Int, UInt8

from dropout_core.experiments.final_values import Disagreement


def disagreement(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]
) -> Disagreement:
    """Count the images that only one of the two nets classifies correctly."""
    right_none, right_dropout = (p.argmax(1) == labels for p in (none, dropout))
    return Disagreement(int((right_none & ~right_dropout).sum()), int((right_dropout & ~right_none).sum()), len(labels))


def most_disputed(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], count: int
) -> Int[np.ndarray, "_"]:
    """Up to count images that the nets classify differently, the most confident disagreement first."""
    differ = np.flatnonzero(none.argmax(1) != dropout.argmax(1))
    confidence = np.minimum(none.max(1), dropout.max(1))[differ]
    return differ[np.argsort(-confidence, kind="stable")][:count]
