"""A module's weights in the form that the store keeps."""

import numpy as np
from torch import nn


def to_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """The weights by their names in PyTorch."""
    return {name: values.detach().numpy() for name, values in model.state_dict().items()}
