"""Copy each step's images, targets and noise into the stack's workspace.

Random numbers are drawn on the CPU from generators seeded by (seed, epoch), so they do not depend on the other runs in
the stack, the number of threads, or the device. On a GPU, normalised pixels differ from the CPU's by rounding errors.
"""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from scipy.sparse import csr_array
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training import sparse_pixels
from dropout_core.training.augmentation import augment
from dropout_core.training.models import CLASSES, normalise
from dropout_core.training.noise import LocalNoise, Noise
from dropout_core.training.stack import Stack, Workspace
from dropout_core.training.stacked_mlp import StackedMLP

_ORDER, _SHIFTS = 0, 2  # random streams within one (seed, epoch); noise.py uses stream 1
_AHEAD = 2048  # number of images to prepare together


class Batches:
    """Prepares the batches of an epoch, step by step.

    images, targets  the training data
    sparse           whether a step gets only the nonzero pixels of its images
    local_noise      whether to draw the noise on the stack's device; see noise.LocalNoise
    """

    def __init__(
        self,
        recipe: Recipe,
        runs: list[Run],
        images: UInt8[Tensor, "n 784"] | csr_array,
        targets: Float[Tensor, "n 10"],
        stack: Stack,
        sparse: bool,
        local_noise: bool = False,
    ) -> None:
        self.recipe, self.runs, self.images, self.targets, self.stack = recipe, runs, images, targets, stack
        self.sparse, self.size = sparse, recipe.batch * len(runs)
        self.ahead = max(1, _AHEAD // self.size)
        self.noise = (LocalNoise if local_noise else Noise)(
            recipe, runs, stack.device, hidden=isinstance(stack, StackedMLP)
        )

    def start(self, epoch: int) -> None:
        """Shuffle the images for every run and seed the noise of this epoch."""
        r = self.recipe
        orders = [np.random.default_rng((run.seed, epoch, _ORDER)).permutation(r.images) for run in self.runs]
        # Order the rows by batch, then by run, so that one look-up per step serves the whole stack.
        batches = np.split(np.stack(orders), range(r.batch, r.images, r.batch), axis=1)
        self.rows = torch.from_numpy(np.concatenate([batch.ravel() for batch in batches])).to(self.stack.device)
        self.shifts = [np.random.default_rng((run.seed, epoch, _SHIFTS)) for run in self.runs]
        self.stack.start(epoch)
        self.noise.start(epoch)

    def fill(self, step: int) -> int:
        """Prepare the batch for this step and return its size. Must be called for every step of the epoch, in order."""
        if step % self.ahead == 0:
            self._make(self.rows[step * self.size : (step + self.ahead) * self.size])
        targets = self.targets_of[step % self.ahead]
        batch = targets.shape[1]
        space = self.stack.space(batch)
        space.targets.copy_(targets)
        if self.sparse:
            space.sparse = self.sparse_of[step % self.ahead]
        else:
            self._fill_pixels(self.images_of[step % self.ahead], space)
        self.noise.fill(step, space)
        return batch

    def _make(self, rows: Int[Tensor, "_"]) -> None:
        """Look up the targets and the pixels (dense or sparse) for several steps at a time, for speed."""
        runs = len(self.runs)
        self.targets_of = [step.view(runs, -1, CLASSES) for step in self.targets[rows].split(self.size)]
        if self.sparse and isinstance(self.images, csr_array):
            rows_of = [batch for step in rows.split(self.size) for batch in step.view(runs, -1).numpy()]
            made = sparse_pixels.batches(self.images, rows_of, self.recipe.positive_pixels)
            self.sparse_of = [made[i : i + runs] for i in range(0, len(made), runs)]
        else:
            self.images_of = sparse_pixels.to_dense(self.images, rows).split(self.size)

    def _fill_pixels(self, pixels: UInt8[Tensor, "_ 784"], space: Workspace) -> None:
        normalise(pixels, space.images.flatten(0, 1), self.recipe.positive_pixels)
        if self.recipe.augment:
            for images, shifts in zip(space.images, self.shifts, strict=True):
                images.copy_(augment(images, shifts))
