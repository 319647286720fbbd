"""What tests share: a module's weights as the store keeps them."""

import numpy as np
from torch import nn


def to_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """Weights by PyTorch's names."""
    return {name: values.detach().numpy() for name, values in model.state_dict().items()}
