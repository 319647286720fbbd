"""Convert a module's weights to the format that the store uses."""

import numpy as np
from torch import nn


def to_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """Return the weights as arrays, keyed by PyTorch name."""
    return {name: values.detach().numpy() for name, values in model.state_dict().items()}
