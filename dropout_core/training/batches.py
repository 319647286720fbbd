"""Images, targets and noise of every step of an epoch, put where a stack of nets trains on them.

Drawn on the CPU from generators seeded by (seed, epoch), never from how many runs share the stack, how many threads
there are, or the device; on a GPU, pixels are normalised to within its rounding.
"""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from scipy.sparse import csr_array
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training import sparse_pixels
from dropout_core.training.augmentation import moved
from dropout_core.training.models import CLASSES, normalise
from dropout_core.training.noise import Noise
from dropout_core.training.stacked_mlp import Stack
from dropout_core.training.stacked_modules import ModuleStack

_ORDER, _SHIFTS = 0, 2  # streams of one (seed, epoch); 1 is the noise's
_AHEAD = 2048  # images that are made ready at once


class Batches:
    """The steps of an epoch. images and targets are the training data's.

    on_ink  whether a step gets the ink of its images, and not all of their pixels
    """

    def __init__(
        self,
        recipe: Recipe,
        runs: list[Run],
        images: UInt8[Tensor, "n 784"] | csr_array,
        targets: Float[Tensor, "n 10"],
        stack: Stack | ModuleStack,
        on_ink: bool,
    ) -> None:
        self.recipe, self.runs, self.images, self.targets, self.stack = recipe, runs, images, targets, stack
        self.on_ink, self.size = on_ink, recipe.batch * len(runs)
        self.ahead = max(1, _AHEAD // self.size)
        self.noise = Noise(recipe, runs, stack.device, hidden=isinstance(stack, Stack))

    def start(self, epoch: int) -> None:
        """Draw the epoch's order of images for every run, and seed its noise."""
        r = self.recipe
        orders = [np.random.default_rng((run.seed, epoch, _ORDER)).permutation(r.images) for run in self.runs]
        # Batch after batch, and in each run after run: one look-up a step serves the whole stack.
        batches = np.split(np.stack(orders), range(r.batch, r.images, r.batch), axis=1)
        self.rows = torch.from_numpy(np.concatenate([batch.ravel() for batch in batches])).to(self.stack.device)
        self.shifts = [np.random.default_rng((run.seed, epoch, _SHIFTS)) for run in self.runs]
        self.stack.start(epoch)
        self.noise.start(epoch)

    def fill(self, step: int) -> int:
        """Prepare this step of the epoch, of which none is left out; return its batch size."""
        if step % self.ahead == 0:
            self._make(self.rows[step * self.size : (step + self.ahead) * self.size])
        targets, images = self.targets_of[step % self.ahead], self.images_of[step % self.ahead]
        batch = targets.shape[1]
        space = self.stack.space(batch)
        space.targets.copy_(targets)
        if self.on_ink:
            space.ink = images
        else:
            self._fill_pixels(images, space)
        self.noise.fill(step, space)
        return batch

    def _make(self, rows: Int[Tensor, "_"]) -> None:
        """Get what some steps need, in less time than one by one: targets, and for each run ink, or all pixels."""
        runs = len(self.runs)
        self.targets_of = [step.view(runs, -1, CLASSES) for step in self.targets[rows].split(self.size)]
        if self.on_ink:
            own = [batch for step in rows.split(self.size) for batch in step.view(runs, -1).numpy()]
            made = sparse_pixels.batches(self.images, own)
            self.images_of = [made[i : i + runs] for i in range(0, len(made), runs)]
        else:
            self.images_of = sparse_pixels.pixels(self.images, rows).split(self.size)

    def _fill_pixels(self, pixels: UInt8[Tensor, "_ 784"], space) -> None:
        normalise(pixels, out=space.images.flatten(0, 1))
        if self.recipe.augment:
            for images, shifts in zip(space.images, self.shifts, strict=True):
                images.copy_(moved(images, shifts))
