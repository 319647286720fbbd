"""What the trainer needs from a stack of nets: both stacks implement these protocols."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.sparse_pixels import SparseBatch, SparseImages


@runtime_checkable
class Workspace(Protocol):
    """Where one step finds its inputs. Shapes: images [K, batch, 784], targets [K, batch, 10].

    all_masks  factors of the hidden units, [K, batch, units of all layers]; None if the nets draw their own
    sparse     one batch per net that replaces images; empty if the step uses images
    """

    images: Tensor
    targets: Tensor
    sparse: list[SparseBatch]

    @property
    def all_masks(self) -> Tensor | None: ...


@runtime_checkable
class Stack(Protocol):
    """K nets of one recipe that are trained side by side."""

    recipe: Recipe
    runs: list[Run]
    device: str

    def start(self, epoch: int) -> None:
        """Prepare for an epoch; 0 is the first."""

    def space(self, batch: int) -> Workspace:
        """The workspace for batches of this size; the same one in every step."""

    def step(self, batch: int) -> None:
        """One optimiser step of every net on the contents of space(batch)."""

    def take_losses(self) -> Float[Tensor, "k"]:
        """Sum of the batches' mean cross-entropies since the last call, for each net."""

    def logits(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n 10"]:
        """All nets on the same images in evaluation mode."""

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copies of net k's parameters by PyTorch's names, for safetensors."""
