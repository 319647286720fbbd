"""What hidden units and pixels are multiplied with at every step: masks, scaled already, or Gaussian noise.

Both have the mean 1 and the variance rate / (1 − rate) (Srivastava et al. 2014, § 10). Drawn on the CPU, for each run
from a generator seeded by (seed, epoch): the same on every device, in every stack, for any number of threads.
"""

import numpy as np
import torch
from jaxtyping import Float, Num
from torch import Tensor

from .models import PIXELS
from .recipe import Recipe, Run

_STREAM = 1  # of one (seed, epoch); the others are those of batches.py
_STEPS, _BYTES = 32, 2**27  # a GPU gets the noise of so many steps in one message, where it is not larger than this


class Noise:
    """The noise of a stack's runs, one epoch at a time.

    hidden  whether the hidden units' is wanted; the pixels' always is
    ahead   steps drawn at once; by default 1 on a CPU, whose caches then hold them, and many on a GPU, which would
            else wait for a message at every step
    """

    def __init__(self, recipe: Recipe, runs: list[Run], device: str, hidden: bool, ahead: int | None = None) -> None:
        self.recipe, self.runs, self.device = recipe, runs, device
        self.rates = [(run.rate if hidden else 0.0, run.input_rate) for run in runs]
        self.hidden, self.inputs = (any(rates) for rates in zip(*self.rates, strict=True))
        self.ahead = ahead or self._most_ahead()
        self._rooms: dict[int, tuple[Tensor, Tensor]] = {}

    def start(self, epoch: int) -> None:
        """Seed the noise of this epoch."""
        self.epoch = epoch
        # Raw bits of numpy's fastest generator: masks cost a fortieth of a step, not a tenth.
        self.bits = [np.random.SFC64((run.seed, epoch, _STREAM)) for run in self.runs]

    def fill(self, step: int, space) -> None:
        """Put the step's factors into space.all_masks, and multiply space.images with theirs."""
        if not (self.hidden or self.inputs):
            return
        batch = space.images.shape[1]
        rooms = self._rooms.get(batch) or self._new_rooms(batch, space)
        ahead = len(rooms[0])
        if step % ahead == 0:
            self._draw(rooms, min(ahead, max(self.recipe.images // batch - step, 1)))
        if self.hidden and ahead > 1:
            space.all_masks.copy_(rooms[0][step % ahead])
        if self.inputs:
            space.images.mul_(rooms[1][step % ahead])

    def _most_ahead(self) -> int:
        units = self.hidden * sum(self.recipe.hidden) + self.inputs * PIXELS
        step = 4 * max(1, units) * self.recipe.batch * len(self.runs)
        return 1 if self.device == "cpu" else min(max(1, _BYTES // step), _STEPS)

    def _new_rooms(self, batch: int, space) -> tuple[Tensor, Tensor]:
        """[ahead, K, batch, units] for hidden units and for pixels: 1, and so they stay where a run drops nothing."""
        ahead = self.ahead if batch == self.recipe.batch else 1  # an epoch has but one smaller batch

        def new(units: int) -> Tensor:
            return torch.ones(ahead, len(self.runs), batch, units, device=self.device)

        masks = space.all_masks[None] if self.hidden and ahead == 1 else new(self.hidden * sum(self.recipe.hidden))
        self._rooms[batch] = masks, new(self.inputs * PIXELS)
        return self._rooms[batch]

    def _draw(self, rooms: tuple[Tensor, Tensor], steps: int) -> None:
        """Draw so many steps of every run: in each step first for its hidden units, then for its pixels."""
        for k, rates in enumerate(self.rates):
            parts = [(room[:steps, k], rate) for room, rate in zip(rooms, rates, strict=True) if rate]
            values = self._values(self.bits[k], [part for part, _ in parts]) if parts else []
            for (part, rate), drawn in zip(parts, values, strict=True):
                self._scale(drawn, self.recipe.rate_in(self.epoch, rate), part)

    def _values(self, bits: np.random.SFC64, parts: list[Float[Tensor, "steps batch _"]]) -> list[Num[Tensor, "..."]]:
        """Normal numbers, or 16-bit ones, in the parts' shapes and on their device."""
        steps, sizes = len(parts[0]), [part[0].numel() for part in parts]
        if self.recipe.noise == "gaussian":
            drawn = np.random.Generator(bits).standard_normal((steps, sum(sizes)), np.float32)
            pieces = _sent(drawn, self.device).split(sizes, 1)
        else:
            rooms = [-(-size // 4) * 4 for size in sizes]  # one raw draw makes four of them
            drawn = bits.random_raw(steps * sum(rooms) // 4).view(np.int16).reshape(steps, -1)
            pieces = _sent(drawn, self.device).split(rooms, 1)
        return [piece[:, :size].view(part.shape) for piece, size, part in zip(pieces, sizes, parts, strict=True)]

    def _scale(self, drawn: Num[Tensor, "s b units"], rate: float, part: Float[Tensor, "s b units"]) -> None:
        if self.recipe.noise == "gaussian":
            torch.mul(drawn, (rate / (1 - rate)) ** 0.5, out=part).add_(1)
        else:  # 0 for P(drop) = rate, to the nearest 1 / 65536, and 1 / (1 − rate) otherwise
            torch.ge(drawn, round(rate * 65536) - 32768, out=part).div_(1 - rate)


def _sent(values: np.ndarray, device: str) -> Tensor:
    """A copy on the device. A GPU fetches it from pinned memory while it trains on, and the CPU draws the next."""
    tensor = torch.from_numpy(values)
    return tensor.pin_memory().to(device, non_blocking=True) if device == "cuda" else tensor.to(device)
