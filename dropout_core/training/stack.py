"""The interface between the trainer and a stack of nets, implemented by StackedMLP and StackedModules."""

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.sparse_pixels import SparseBatch, SparseImages


@runtime_checkable
class Workspace(Protocol):
    """The inputs of one step: images [K, batch, 784] and targets [K, batch, 10].

    all_masks  factors of the hidden units, [K, batch, units of all layers]; None if the nets draw their own masks
    sparse     one sparse batch per net, used instead of images; empty if the step uses images
    """

    images: Tensor
    targets: Tensor
    sparse: list[SparseBatch]

    @property
    def all_masks(self) -> Tensor | None: ...


@runtime_checkable
class Stack(Protocol):
    """K nets with the same recipe, trained side by side."""

    recipe: Recipe
    runs: list[Run]
    device: str

    def start(self, epoch: int) -> None:
        """Prepare for an epoch. The first epoch is 0."""

    def space(self, batch: int) -> Workspace:
        """Return the workspace for batches of this size, which is the same object in every step."""

    def step(self, batch: int) -> None:
        """Take one optimiser step in every net, on the batch stored in space(batch)."""

    def take_losses(self) -> Float[Tensor, "k"]:
        """Return each net's sum of batch losses (mean cross-entropies) since the last call."""

    def logits(self, images: Float[Tensor, "n 784"] | SparseImages) -> Float[Tensor, "k n 10"]:
        """Compute all nets' logits for the same images in evaluation mode."""

    def arrays(self, k: int) -> dict[str, np.ndarray]:
        """Copy the parameters of net k for safetensors, keyed by their PyTorch names."""
