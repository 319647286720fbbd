"""What hidden units and pixels are multiplied with at every step: masks, scaled already, or Gaussian noise.

Both have the mean 1 and the variance rate / (1 − rate) (Srivastava et al. 2014, § 10). Drawn on the CPU, for each run
from a generator seeded by (seed, epoch): the same on every device, in every stack, for any number of threads.
"""

import numpy as np
import torch
from torch import Tensor

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.models import PIXELS

_STREAM = 1  # of one (seed, epoch); the others are those of batches.py
# At most so many steps are drawn at once, and so many bytes: of a core's cache, or of a message to a GPU.
_STEPS, _CACHED, _SENT = 32, 2**20, 2**27


class Noise:
    """The noise of a stack's runs, one epoch at a time.

    hidden  whether the hidden units' is wanted; the pixels' always is
    ahead   steps drawn at once; by default several on a CPU, whose caches are cold for each draw, and many on a GPU,
            which would else wait for a message at every step
    """

    def __init__(self, recipe: Recipe, runs: list[Run], device: str, hidden: bool, ahead: int | None = None) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        self.rates = [(run.rate if hidden else 0.0, run.input_rate) for run in runs]
        hidden_rates, input_rates = zip(*self.rates, strict=True)
        self.units, self.pixels = sum(recipe.hidden) * any(hidden_rates), PIXELS * any(input_rates)
        self.ahead = ahead or self._most_ahead()
        self._rooms: dict[int, _Room] = {}

    def start(self, epoch: int) -> None:
        """Seed the noise of this epoch."""
        self.epoch = epoch
        # Raw bits of numpy's fastest generator: masks cost a fortieth of a step, not a tenth.
        self.bits = [np.random.SFC64((run.seed, epoch, _STREAM)) for run in self.runs]

    def fill(self, step: int, space) -> None:
        """Put the step's factors into space.all_masks, and multiply space.images with theirs."""
        if not (self.units or self.pixels):
            return
        batch = space.images.shape[1]
        room = self._rooms.get(batch) or self._new_room(batch, space)
        at = step % room.ahead
        if at == 0:
            for bits, parts in zip(self.bits, room.parts, strict=True):
                if parts:
                    self._draw(bits, parts, min(room.ahead, max(self.recipe.images // batch - step, 1)))
        if self.units and room.ahead > 1:
            space.all_masks.copy_(room.masks[at])
        if self.pixels:
            space.images.mul_(room.pixels[at])

    def _most_ahead(self) -> int:
        step = 4 * max(1, self.units + self.pixels) * self.recipe.batch * len(self.runs)
        return min(max(1, (_CACHED if self.device == "cpu" else _SENT) // step), _STEPS)

    def _new_room(self, batch: int, space) -> "_Room":
        ahead = self.ahead if batch == self.recipe.batch else 1  # an epoch has but one smaller batch

        def new(units: int) -> Tensor:
            return torch.ones(ahead, len(self.runs), batch, units, device=self.device)

        masks = space.all_masks[None] if self.units and ahead == 1 else new(self.units)
        padded = self.recipe.noise != "gaussian"
        self._rooms[batch] = _Room(masks, new(self.pixels), self.rates, padded)
        return self._rooms[batch]

    def _draw(self, bits: np.random.SFC64, parts: list["_Part"], steps: int) -> None:
        """Draw so many steps of a run: in each step first for its hidden units, then for its pixels."""
        drawn = self._numbers(bits, steps, parts[-1].end)
        for part in parts:
            rate = self.recipe.rate_in(self.epoch, part.rate)
            numbers = drawn[:, part.start : part.start + part.count].reshape(steps, *part.factors.shape[1:])
            if self.recipe.noise == "gaussian":
                values = _sent(numbers, self.device)
                torch.mul(values, (rate / (1 - rate)) ** 0.5, out=part.factors[:steps]).add_(1)
            else:
                self._mask(numbers, rate, part)

    def _numbers(self, bits: np.random.SFC64, steps: int, count: int) -> np.ndarray:
        """So many in every step: normal ones, or 16-bit ones."""
        if self.recipe.noise == "gaussian":
            return np.random.Generator(bits).standard_normal((steps, count), np.float32)
        return bits.random_raw(steps * count // 4).view(np.int16).reshape(steps, -1)  # a raw draw makes four

    def _mask(self, numbers: np.ndarray, rate: float, part: "_Part") -> None:
        """0 for P(drop) = rate, to the nearest 1 / 65536, and 1 / (1 − rate) otherwise."""
        least = round(rate * 65536) - 32768
        if self.device == "cpu":  # NumPy takes half of the time of PyTorch for the same numbers
            np.multiply(numbers >= least, np.float32(1) / np.float32(1 - rate), out=part.array[: len(numbers)])
        else:
            torch.ge(_sent(numbers, self.device), least, out=part.factors[: len(numbers)]).div_(1 - rate)


class _Room:
    """Factors of batches of one size, [ahead, K, batch, units]: 1, and so they stay where a run drops nothing.

    parts are each run's own, where it drops something.
    """

    def __init__(self, masks: Tensor, pixels: Tensor, rates: list[tuple[float, float]], padded: bool) -> None:
        self.masks, self.pixels, self.ahead = masks, pixels, len(masks)
        self.parts = []
        for k, own in enumerate(rates):
            parts, start = [], 0
            for whole, rate in zip((masks, pixels), own, strict=True):
                if rate:
                    parts.append(_Part(whole[:, k], rate, start, padded))
                    start = parts[-1].end
            self.parts.append(parts)


class _Part:
    """A run's factors of hidden units or of pixels, [ahead, batch, units]; its full rate; which numbers drawn are its.

    padded  whether they are drawn four at a time
    """

    def __init__(self, factors: Tensor, rate: float, start: int, padded: bool) -> None:
        self.factors, self.rate, self.start = factors, rate, start
        self.count = factors[0].numel()
        self.end = start + (-(-self.count // 4) * 4 if padded else self.count)
        self.array = factors.numpy() if factors.device.type == "cpu" else None


def _sent(values: np.ndarray, device: str) -> Tensor:
    """A copy on the device. A GPU fetches it from pinned memory while it trains on, and the CPU draws the next."""
    if device != "cuda":
        return torch.from_numpy(values).to(device)
    whole = torch.from_numpy(np.ascontiguousarray(values))  # else it would be copied once more, and not from there
    return whole.pin_memory().to(device, non_blocking=True)
