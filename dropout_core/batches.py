"""Images, targets and noise of every step of an epoch, put where a stack of nets trains on them.

Drawn on the CPU from generators seeded by (seed, epoch), never from how many runs share the stack, how many threads
there are, or the device; on a GPU, pixels are normalised to within its rounding.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from scipy.sparse import csr_array
from torch import Tensor

from . import ink
from .augmentation import moved
from .models import normalise
from .module_stack import ModuleStack
from .noise import Noise
from .recipe import Recipe, Run
from .stack import Stack

_ORDER, _SHIFTS = 0, 2  # streams of one (seed, epoch); 1 is the noise's
_AHEAD = 2048  # images of a run that are made ready at once


class Batches:
    """The steps of an epoch. images and targets are the training data's.

    inked  whether a step gets the ink of its images, and not all of their pixels
    """

    def __init__(
        self,
        recipe: Recipe,
        runs: list[Run],
        images: UInt8[Tensor, "n 784"] | csr_array,
        targets: Float[Tensor, "n 10"],
        stack: Stack | ModuleStack,
        inked: bool,
    ) -> None:
        self.recipe, self.runs, self.images, self.targets, self.stack = recipe, runs, images, targets, stack
        self.inked, self.ahead = inked, max(1, _AHEAD // recipe.batch)
        self.noise = Noise(recipe, runs, stack.device, hidden=isinstance(stack, Stack))

    def start(self, epoch: int) -> None:
        """Draw the epoch's order of images for every run, and seed its noise."""
        r = self.recipe
        orders = [np.random.default_rng((run.seed, epoch, _ORDER)).permutation(r.images) for run in self.runs]
        # Batch after batch, and in each run after run: one look-up a step serves the whole stack.
        batches = np.split(np.stack(orders), range(r.batch, r.images, r.batch), axis=1)
        rows = torch.from_numpy(np.concatenate([batch.ravel() for batch in batches]))
        rows, size = rows.to(self.stack.device), len(self.runs) * r.batch
        self.rows, self.targets_in = rows.split(size), self.targets[rows].split(size)
        self.shifts = [np.random.default_rng((run.seed, epoch, _SHIFTS)) for run in self.runs]
        self.stack.start(epoch)
        self.noise.start(epoch)

    def fill(self, step: int) -> int:
        """Prepare this step of the epoch; return its batch size."""
        batch = self.rows[step].shape[0] // len(self.runs)
        space = self.stack.space(batch)
        if step % self.ahead == 0:
            self.made = self._make(self.rows[step : step + self.ahead])
        if self.inked:
            space.ink = self.made[step % self.ahead]
        else:
            self._fill_pixels(self.made[step % self.ahead], space)
        space.targets.flatten(0, 1).copy_(self.targets_in[step])
        self.noise.fill(step, space)
        return batch

    def _make(self, steps: Sequence[Int[Tensor, "_"]]) -> Sequence[list[ink.Batch]] | Sequence[UInt8[Tensor, "_ 784"]]:
        """Ink, for each run, or pixels of the images of these steps: at once, in less time than one by one."""
        if not self.inked:
            return ink.pixels(self.images, torch.cat(steps)).split(len(steps[0]))
        runs = len(self.runs)
        made = ink.batches(self.images, [own for rows in steps for own in rows.view(runs, -1).numpy()])
        return [made[i : i + runs] for i in range(0, len(made), runs)]

    def _fill_pixels(self, pixels: UInt8[Tensor, "_ 784"], space) -> None:
        normalise(pixels, out=space.images.flatten(0, 1))
        if self.recipe.augment:
            for images, shifts in zip(space.images, self.shifts, strict=True):
                images.copy_(moved(images, shifts))
