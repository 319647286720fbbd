"""Images, targets and noise of every step of an epoch, put where a stack of nets trains on them.

Drawn on the CPU from generators seeded by (seed, epoch), never from how many runs share the stack, how many threads
there are, or the device; on a GPU, pixels are normalised to within its rounding.
"""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from .augmentation import moved
from .models import PIXELS, normalise
from .module_stack import ModuleStack
from .noise import Noise
from .recipe import Recipe, Run
from .stack import Stack

_ORDER, _SHIFTS = 0, 2  # streams of one (seed, epoch); 1 is the noise's


class Batches:
    """The steps of an epoch. images and targets are the training data's, on the device that trains."""

    def __init__(
        self,
        recipe: Recipe,
        runs: list[Run],
        images: UInt8[Tensor, "n 784"],
        targets: Float[Tensor, "n 10"],
        stack: Stack | ModuleStack,
    ) -> None:
        self.recipe, self.runs, self.images, self.targets, self.stack = recipe, runs, images, targets, stack
        self.pixels = torch.empty(len(runs) * recipe.batch, PIXELS, dtype=torch.uint8, device=stack.device)
        self.noise = Noise(recipe, runs, stack.device, hidden=isinstance(stack, Stack))

    def start(self, epoch: int) -> None:
        """Draw the epoch's order of images for every run, and seed its noise."""
        r = self.recipe
        orders = [np.random.default_rng((run.seed, epoch, _ORDER)).permutation(r.images) for run in self.runs]
        # Batch after batch, and in each run after run: one look-up a step serves the whole stack.
        batches = np.split(np.stack(orders), range(r.batch, r.images, r.batch), axis=1)
        rows = torch.from_numpy(np.concatenate([batch.ravel() for batch in batches]))
        self.rows = rows.to(self.stack.device).split(len(self.runs) * r.batch)
        self.shifts = [np.random.default_rng((run.seed, epoch, _SHIFTS)) for run in self.runs]
        self.stack.start(epoch)
        self.noise.start(epoch)

    def fill(self, step: int) -> int:
        """Prepare this step of the epoch; return its batch size."""
        rows = self.rows[step]
        batch, pixels = len(rows) // len(self.runs), self.pixels[: len(rows)]
        space = self.stack.space(batch)
        torch.index_select(self.images, 0, rows, out=pixels)
        normalise(pixels, out=space.images.flatten(0, 1))
        torch.index_select(self.targets, 0, rows, out=space.targets.flatten(0, 1))
        if self.recipe.augment:
            for images, shifts in zip(space.images, self.shifts, strict=True):
                images.copy_(moved(images, shifts))
        self.noise.fill(step, space)
        return batch
