"""What trained nets say of images: probabilities, and the images on which two nets disagree."""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8

from .models import MLP, normalise
from .reading import Disagreement


def probabilities(model: MLP, images: UInt8[np.ndarray, "n 28 28"]) -> Float[np.ndarray, "n 10"]:
    """Softmax outputs in evaluation mode, on the device that holds the model."""
    device = str(next(model.parameters()).device)
    with torch.inference_mode():
        return torch.softmax(model(normalise(images, device)), 1).cpu().numpy()


def disagreement(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], labels: UInt8[np.ndarray, "n"]
) -> Disagreement:
    """How many images only one of the two nets gets right."""
    right_none, right_dropout = (p.argmax(1) == labels for p in (none, dropout))
    return Disagreement(int((right_none & ~right_dropout).sum()), int((right_dropout & ~right_none).sum()), len(labels))


def most_disputed(
    none: Float[np.ndarray, "n 10"], dropout: Float[np.ndarray, "n 10"], count: int
) -> Int[np.ndarray, "_"]:
    """Up to count images that the nets name differently, those first on which both are surest."""
    differ = np.flatnonzero(none.argmax(1) != dropout.argmax(1))
    sureness = np.minimum(none.max(1), dropout.max(1))[differ]
    return differ[np.argsort(-sureness, kind="stable")][:count]
