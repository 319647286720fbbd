"""The buffers in which a StackedMLP takes its steps on batches of one size."""

import torch
from torch import Tensor

from dropout_core.experiments.recipe import BEFORE_RELU, Recipe, Run
from dropout_core.training.models import CLASSES, PIXELS
from dropout_core.training.sparse_pixels import SparseBatch


class MLPWorkspace:
    """Buffers of shape [K, batch, units] for batches of one size. Implements Workspace.

    masks        noise factors of each layer's units (noise.py), as views of all_masks
    derivatives  factors for the backward pass (see StackedMLP._activate)
    signed       whether noise can change the sign of the ReLU's input
    """

    def __init__(self, recipe: Recipe, runs: list[Run], batch: int, device: str) -> None:
        def new(units: int) -> Tensor:
            return torch.zeros(k, batch, units, device=device)

        def per_class() -> Tensor:
            # Store the values class by class, since softmax is five times faster over a strided axis.
            return torch.zeros(k, CLASSES, batch, device=device).mT

        k, self.batch = len(runs), batch
        self.share = torch.tensor(
            1 / batch, device=device
        )  # a tensor, since multiplying by a Python number takes twice as long
        self.dropping = any(run.rate for run in runs)
        self.signed = recipe.noise == "gaussian" and recipe.noise_at == BEFORE_RELU
        self.sparse: list[SparseBatch] = []
        self.images, self.targets = new(PIXELS), per_class()
        self.outputs = [*(new(m) for m in recipe.hidden), per_class()]
        self.inputs = [self.images, *self.outputs[:-1]]
        self.transposed = [x.mT for x in self.inputs]
        self.deltas = [*(new(m) for m in recipe.hidden), per_class()]
        self.all_masks = new(sum(recipe.hidden)).fill_(1)  # factors stay 1 for runs without dropout
        self.masks = list(self.all_masks.split(recipe.hidden, 2))
        self.derivatives = [new(m) for m in recipe.hidden]
        self.log_probabilities, self.hits = per_class(), per_class()
        self.by_class, self.log_by_class = self.outputs[-1].mT, self.log_probabilities.mT
