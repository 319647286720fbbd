"""Images as lists of the pixels that are not background, and a first layer's products with them.

Four fifths of MNIST's pixels are background, all of one value: what they add to a sum is known at once. So the two
products of a step take half of the time that they take with every pixel, and differ by rounding alone.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn import functional as F

from dropout_core.experiments.recipe import Recipe
from dropout_core.training.models import PIXELS

# As models.normalise has it: a byte is BACKGROUND + byte / STEPS.
_BACKGROUND, _STEPS = -1.0, 127.5
_AT_ONCE = 4096  # images searched for ink at once: few enough for the cache
# Where lists were faster than products of every pixel: from this batch, and batch × width of the first layer, on.
_LEAST, _WORTH = 8, (2**12, 2**22)


def helps(recipe: Recipe, device: str) -> bool:
    """Whether lists are the faster way to this recipe's first layer: on a CPU that PyTorch has FBGEMM's kernels for.

    Pixels that are dropped, turned or shifted leave no background of one value.
    """
    able = device == "cpu" and torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    as_they_are = recipe.plain and not recipe.input_rate and not recipe.augment
    size = recipe.batch * recipe.hidden[0]
    return able and as_they_are and recipe.batch >= _LEAST and _WORTH[0] <= size <= _WORTH[1]


def of(images: UInt8[np.ndarray, "n 28 28"]) -> csr_array:
    """The same bytes without the zeros, a row an image, made in less time and memory than SciPy takes."""
    images = images.reshape(len(images), PIXELS)
    columns = np.tile(np.arange(PIXELS, dtype=np.int32), min(len(images), _AT_ONCE))
    parts = np.split(images, range(_AT_ONCE, len(images), _AT_ONCE))
    starts = np.cumsum([0, *np.concatenate([np.count_nonzero(part, axis=1) for part in parts])], dtype=np.int32)
    values, pixels, end = np.empty(starts[-1], np.uint8), np.empty(starts[-1], np.int32), 0
    for part in parts:
        ink = np.flatnonzero(part != 0)
        start, end = end, end + len(ink)
        values[start:end], pixels[start:end] = part.ravel()[ink], columns[ink]
    return csr_array((values, pixels, starts), shape=images.shape)


def pixels(images: UInt8[Tensor, "n 784"] | csr_array, rows: Int[Tensor, "m"] | slice) -> UInt8[Tensor, "m 784"]:
    """These images with their background."""
    if isinstance(images, csr_array):
        return torch.from_numpy(images[rows if isinstance(rows, slice) else rows.numpy()].toarray())
    return images[rows]


@dataclass(frozen=True)
class _Sums:
    """Weighted sums of some rows of a table: which rows, their factors, and where in these each sum begins."""

    rows: Int[Tensor, "ink"]
    starts: Int[Tensor, "sums"]
    factors: Float[Tensor, "ink"]

    def of(self, table: Float[Tensor, "rows units"]) -> Float[Tensor, "sums units"]:
        return F.embedding_bag(self.rows, table, self.starts, mode="sum", per_sample_weights=self.factors)


@dataclass(frozen=True)
class Ink:
    """The pixels of each image."""

    by_image: _Sums

    def product(
        self, w: Float[Tensor, "784 units"], b: Float[Tensor, "1 units"], out: Tensor | None = None
    ) -> Float[Tensor, "n units"]:
        """b + images · w."""
        blank = torch.add(b, w.sum(0, keepdim=True), alpha=_BACKGROUND)
        return torch.add(self.by_image.of(w), blank, out=out)


@dataclass(frozen=True)
class Batch(Ink):
    """One batch of images: the pixels of each image, and the images of each pixel."""

    by_pixel: _Sums

    def gradient(self, d: Float[Tensor, "n units"], total: Float[Tensor, "1 units"], out: Tensor) -> None:
        """imagesᵀ · d into out; total is the sum of d over the images."""
        torch.add(self.by_pixel.of(d), total, alpha=_BACKGROUND, out=out)


def part(images: csr_array, first: int, end: int) -> Ink:
    """Some neighbours among the images."""
    starts = images.indptr[first : end + 1]
    own = slice(starts[0], starts[-1])
    return Ink(_sums(images.indices[own], starts[:-1] - starts[0], images.data[own]))


def batches(images: csr_array, rows: list[Int[np.ndarray, "_"]]) -> list[Batch]:
    """Batches of these rows of the images. Twenty at once are made in a third of the time of twenty, one by one."""
    sizes = np.array([len(own) for own in rows])
    first = np.cumsum([0, *sizes])  # row of each batch, and the end
    picked = images[np.concatenate(rows)]
    starts = picked.indptr[first]
    ink = np.diff(starts)
    by_image = _sums(picked.indices, picked.indptr[:-1] - np.repeat(starts[:-1], sizes), picked.data)
    # Each batch gets columns of its own, and so one transposition is enough.
    shifted = picked.indices + np.repeat(np.arange(len(rows), dtype=np.int32) * PIXELS, ink)
    turned = csr_array((picked.data, shifted, picked.indptr), shape=(first[-1], len(rows) * PIXELS)).tocsc()
    turned.indices -= np.repeat(first[:-1].astype(np.int32), ink)
    by_pixel = _sums(turned.indices, turned.indptr[:-1] - np.repeat(starts[:-1], PIXELS), turned.data)
    both = _apart(by_image, ink, sizes), _apart(by_pixel, ink, np.full(len(rows), PIXELS))
    return [Batch(*own) for own in zip(*both, strict=True)]


def _sums(rows: np.ndarray, starts: np.ndarray, values: np.ndarray) -> _Sums:
    return _Sums(torch.from_numpy(rows), torch.from_numpy(starts), torch.from_numpy(values).float().div_(_STEPS))


def _apart(sums: _Sums, ink: Int[np.ndarray, "batches"], counts: Int[np.ndarray, "batches"]) -> list[_Sums]:
    """One for each batch, of so much ink and so many sums."""
    ink, counts = ink.tolist(), counts.tolist()
    split = sums.rows.split(ink), sums.starts.split(counts), sums.factors.split(ink)
    return [_Sums(*own) for own in zip(*split, strict=True)]
