"""Draw the multiplicative noise of each step, either scaled masks or Gaussian noise.

Both have mean 1 and variance rate / (1 − rate) (Srivastava et al. 2014, § 10). The noise of each run is drawn on the
CPU from a generator seeded by (seed, epoch), so it does not depend on the device, the stack or the number of threads.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.models import PIXELS
from dropout_core.training.stack import Workspace

_STREAM = 1  # the random stream within one (seed, epoch); batches.py uses the others
# Limits on a single draw: the number of steps, the bytes on a CPU (one core's cache), and the bytes sent to a GPU.
_STEPS, _CACHED, _SENT = 32, 2**20, 2**27


class _Buffer(NamedTuple):
    """Noise factors for several steps with one batch size, [steps, K, batch, units]; 1 for runs without dropout."""

    masks: Tensor
    pixels: Tensor

    def parts_of(self, k: int, rates: tuple[float, float]) -> list[tuple[Tensor, float]]:
        """Return (factors, rate) for the hidden units and for the pixels of run k, skipping any with a rate of 0.

        The factors have the shape [steps, batch, units].
        """
        return [(factors[:, k], rate) for factors, rate in zip(self, rates, strict=True) if rate]


class Noise:
    """The noise for all runs in a stack, one epoch at a time.

    hidden  whether to draw noise for the hidden units; pixel noise is always drawn
    ahead   number of steps to draw together. The default is several on a CPU, whose caches are cold at each draw, and
            many on a GPU, which would otherwise wait for a transfer in each step.
    """

    def __init__(self, recipe: Recipe, runs: list[Run], device: str, hidden: bool, ahead: int | None = None) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        self.rates = [(run.rate if hidden else 0.0, run.input_rate) for run in runs]
        hidden_rates, input_rates = zip(*self.rates, strict=True)
        self.units, self.pixels = sum(recipe.hidden) * any(hidden_rates), PIXELS * any(input_rates)
        self.ahead = ahead or self._most_ahead()
        self._buffers: dict[int, _Buffer] = {}

    def start(self, epoch: int) -> None:
        """Seed the random generators for this epoch."""
        self.epoch = epoch
        # Drawing masks from the raw bits of NumPy's fastest generator takes 1/40 of a step's time, instead of 1/10.
        self.bits = [np.random.SFC64((run.seed, epoch, _STREAM)) for run in self.runs]

    def fill(self, step: int, space: Workspace) -> None:
        """Write the noise for hidden units to space.all_masks, and multiply space.images by the noise for pixels."""
        if not (self.units or self.pixels):
            return
        batch = space.images.shape[1]
        buffer = self._buffers.get(batch) or self._new_buffer(batch, space)
        ahead = len(buffer.masks)
        at = step % ahead
        if at == 0:
            steps = min(ahead, max(self.recipe.images // batch - step, 1))
            for k, rates in enumerate(self.rates):
                if any(rates):
                    self._draw(k, buffer.parts_of(k, rates), steps)
        if self.units and ahead > 1 and space.all_masks is not None:
            space.all_masks.copy_(buffer.masks[at])
        if self.pixels:
            space.images.mul_(buffer.pixels[at])

    def _most_ahead(self) -> int:
        step = 4 * max(1, self.units + self.pixels) * self.recipe.batch * len(self.runs)
        return min(max(1, (_CACHED if self.device == "cpu" else _SENT) // step), _STEPS)

    def _new_buffer(self, batch: int, space: Workspace) -> _Buffer:
        """Create the buffer for this batch size. A single-step buffer shares its masks with the workspace."""
        ahead = self.ahead if batch == self.recipe.batch else 1  # only an epoch's last batch can be smaller

        def new(units: int) -> Tensor:
            return torch.ones(ahead, len(self.runs), batch, units, device=self.device)

        shared = self.units and ahead == 1 and space.all_masks is not None
        masks = space.all_masks[None] if shared and space.all_masks is not None else new(self.units)
        self._buffers[batch] = _Buffer(masks, new(self.pixels))
        return self._buffers[batch]

    def _draw(self, k: int, parts: list[tuple[Tensor, float]], steps: int) -> None:
        """Draw the noise of run k for several steps. Within a step, the hidden units come before the pixels."""
        bits, gaussian = self.bits[k], self.recipe.noise == "gaussian"
        counts = [factors[0].numel() for factors, _ in parts]
        columns = counts if gaussian else [-(-count // 4) * 4 for count in counts]  # a raw draw yields four numbers
        drawn = _normal(bits, steps, sum(columns)) if gaussian else _raw(bits, steps, sum(columns))
        split = np.split(drawn, np.cumsum(columns)[:-1], axis=1)
        for (factors, full_rate), count, numbers in zip(parts, counts, split, strict=True):
            rate = self.recipe.rate_in(self.epoch, full_rate)
            numbers = numbers[:, :count].reshape(steps, *factors.shape[1:])
            fill = self._fill_gaussian if gaussian else self._fill_masks
            fill(factors[:steps], numbers, rate)

    def _fill_gaussian(self, factors: Tensor, numbers: np.ndarray, rate: float) -> None:
        torch.mul(_sent(numbers, self.device), (rate / (1 - rate)) ** 0.5, out=factors).add_(1)

    def _fill_masks(self, factors: Tensor, numbers: np.ndarray, rate: float) -> None:
        """Set each factor to 0 with probability rate (to the nearest 1 / 65536), and to 1 / (1 − rate) otherwise."""
        least = round(rate * 65536) - 32768
        if self.device == "cpu":  # NumPy gives the same numbers in half the time
            np.multiply(numbers >= least, np.float32(1) / np.float32(1 - rate), out=factors.numpy())
        else:
            torch.ge(_sent(numbers, self.device), least, out=factors).div_(1 - rate)


class LocalNoise(Noise):
    """Draws the same kinds of noise on the device itself, from its own generators, also seeded by (seed, epoch).

    For wide nets, a GPU would otherwise wait for the CPU, which needs a millisecond per step and million units. The
    numbers depend on the kind of device.
    """

    def start(self, epoch: int) -> None:
        """Seed the random generators for this epoch."""
        self.epoch = epoch
        seeds = [np.random.SeedSequence((run.seed, epoch, _STREAM)).generate_state(1, np.uint64) for run in self.runs]
        self.generators = [torch.Generator(self.device).manual_seed(int(seed[0] >> 1)) for seed in seeds]

    def _draw(self, k: int, parts: list[tuple[Tensor, float]], steps: int) -> None:
        for factors, full_rate in parts:
            rate = self.recipe.rate_in(self.epoch, full_rate)
            if self.recipe.noise == "gaussian":
                factors[:steps].normal_(1, (rate / (1 - rate)) ** 0.5, generator=self.generators[k])
            else:
                factors[:steps].bernoulli_(1 - rate, generator=self.generators[k]).div_(1 - rate)


def _normal(bits: np.random.SFC64, steps: int, count: int) -> np.ndarray:
    return np.random.Generator(bits).standard_normal((steps, count), np.float32)


def _raw(bits: np.random.SFC64, steps: int, count: int) -> np.ndarray:
    """Draw an array of random 16-bit integers, [steps, count]."""
    return bits.random_raw(steps * count // 4).view(np.int16).reshape(steps, -1)


def _sent(values: np.ndarray, device: str) -> Tensor:
    """Copy values to the device. Copies to a GPU use pinned memory and overlap with computation."""
    if device != "cuda":
        return torch.from_numpy(values).to(device)
    whole = torch.from_numpy(np.ascontiguousarray(values))  # contiguous, since pinning a view would make an extra copy
    return whole.pin_memory().to(device, non_blocking=True)
