"""Images, targets and noise of every step of an epoch, put where a stack of nets trains on them.

Drawn on the CPU from generators seeded by (seed, epoch), never from how many runs share the stack, how many threads
there are, or the device; on a GPU, pixels are normalised to within its rounding.
"""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from scipy.sparse import csr_array
from torch import Tensor

from . import ink
from .augmentation import moved
from .models import PIXELS, normalise
from .module_stack import ModuleStack
from .noise import Noise
from .recipe import Recipe, Run
from .stack import Stack

_ORDER, _SHIFTS = 0, 2  # streams of one (seed, epoch); 1 is the noise's
_AHEAD = 2048  # images of a run whose ink is listed at once


class Batches:
    """The steps of an epoch. images, all pixels of them or their ink, and targets are the training data's."""

    def __init__(
        self,
        recipe: Recipe,
        runs: list[Run],
        images: UInt8[Tensor, "n 784"] | csr_array,
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
        rows, size = rows.to(self.stack.device), len(self.runs) * r.batch
        self.rows, self.targets_in = rows.split(size), self.targets[rows].split(size)
        self.shifts = [np.random.default_rng((run.seed, epoch, _SHIFTS)) for run in self.runs]
        self.stack.start(epoch)
        self.noise.start(epoch)

    def fill(self, step: int) -> int:
        """Prepare this step of the epoch; return its batch size."""
        batch = self.rows[step].shape[0] // len(self.runs)
        space = self.stack.space(batch)
        if isinstance(self.images, csr_array):
            self._fill_ink(step, space)
        else:
            self._fill_pixels(self.rows[step], space)
        space.targets.flatten(0, 1).copy_(self.targets_in[step])
        self.noise.fill(step, space)
        return batch

    def _fill_ink(self, step: int, space) -> None:
        runs, ahead = len(self.runs), max(1, _AHEAD // self.recipe.batch)
        if step % ahead == 0:
            rows = [own for rows in self.rows[step : step + ahead] for own in rows.view(runs, -1).numpy()]
            self.ink = ink.batches(self.images, rows)
        at = step % ahead * runs
        space.ink = self.ink[at : at + runs]

    def _fill_pixels(self, rows: Tensor, space) -> None:
        pixels = self.pixels[: rows.shape[0]]
        torch.index_select(self.images, 0, rows, out=pixels)
        normalise(pixels, out=space.images.flatten(0, 1))
        if self.recipe.augment:
            for images, shifts in zip(space.images, self.shifts, strict=True):
                images.copy_(moved(images, shifts))
