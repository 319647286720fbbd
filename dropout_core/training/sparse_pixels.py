"""Images as lists of the pixels that are not background, and a first layer's products with them.

Four fifths of MNIST's pixels are background and have the same value, so their part of a sum is known in advance. The
two products of a step take half the time that they take over every pixel, and differ from them by rounding only.
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

# As in models.normalise: a byte becomes _BACKGROUND + byte / _STEPS.
_BACKGROUND, _STEPS = -1.0, 127.5
_AT_ONCE = 4096  # images searched at once: few enough for the cache
# Lists were faster than dense products from this batch size on, and for batch × width of the first layer in this range.
_LEAST, _WORTH = 8, (2**12, 2**22)


def is_faster(recipe: Recipe, device: str) -> bool:
    """Whether lists speed up this recipe's first layer: only on a CPU for which PyTorch has FBGEMM's kernels.

    Dropped, rotated or shifted pixels leave no background of a single value.
    """
    able = device == "cpu" and torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    unchanged = recipe.plain and not recipe.input_rate and not recipe.augment
    size = recipe.batch * recipe.hidden[0]
    return able and unchanged and recipe.batch >= _LEAST and _WORTH[0] <= size <= _WORTH[1]


def to_csr(images: UInt8[np.ndarray, "n 28 28"]) -> csr_array:
    """The images as a sparse matrix [n, 784], in less time and memory than SciPy takes."""
    images = images.reshape(len(images), PIXELS)
    columns = np.tile(np.arange(PIXELS, dtype=np.int32), min(len(images), _AT_ONCE))
    parts = np.split(images, range(_AT_ONCE, len(images), _AT_ONCE))
    starts = np.cumsum([0, *np.concatenate([np.count_nonzero(part, axis=1) for part in parts])], dtype=np.int32)
    values, pixels, end = np.empty(starts[-1], np.uint8), np.empty(starts[-1], np.int32), 0
    for part in parts:
        nonzero = np.flatnonzero(part != 0)
        start, end = end, end + len(nonzero)
        values[start:end], pixels[start:end] = part.ravel()[nonzero], columns[nonzero]
    return csr_array((values, pixels, starts), shape=images.shape)


def to_dense(images: UInt8[Tensor, "n 784"] | csr_array, rows: Int[Tensor, "m"] | slice) -> UInt8[Tensor, "m 784"]:
    """These rows of the images, background included."""
    if isinstance(images, csr_array):
        return torch.from_numpy(images[rows if isinstance(rows, slice) else rows.numpy()].toarray())
    return images[rows]


@dataclass(frozen=True)
class _Sums:
    """Weighted sums of rows of a table: the rows, their factors, and the position where each sum starts."""

    rows: Int[Tensor, "nonzero"]
    starts: Int[Tensor, "sums"]
    factors: Float[Tensor, "nonzero"]

    def of(self, table: Float[Tensor, "rows units"]) -> Float[Tensor, "sums units"]:
        return F.embedding_bag(self.rows, table, self.starts, mode="sum", per_sample_weights=self.factors)


@dataclass(frozen=True)
class SparseImages:
    """The nonzero pixels of each of n images."""

    by_image: _Sums

    def product(
        self, w: Float[Tensor, "784 units"], b: Float[Tensor, "1 units"], out: Tensor | None = None
    ) -> Float[Tensor, "n units"]:
        """b + images · w."""
        blank = torch.add(b, w.sum(0, keepdim=True), alpha=_BACKGROUND)
        return torch.add(self.by_image.of(w), blank, out=out)


@dataclass(frozen=True)
class SparseBatch(SparseImages):
    """One batch: the nonzero pixels of each image, and for each pixel the images in which it is nonzero."""

    by_pixel: _Sums

    def gradient(self, d: Float[Tensor, "n units"], total: Float[Tensor, "1 units"], out: Tensor) -> None:
        """Write imagesᵀ · d to out, [784, units]. total is the sum of d over the images."""
        torch.add(self.by_pixel.of(d), total, alpha=_BACKGROUND, out=out)


def part(images: csr_array, first: int, end: int) -> SparseImages:
    """The images from first to end."""
    starts = images.indptr[first : end + 1]
    inside = slice(starts[0], starts[-1])
    return SparseImages(_sums(images.indices[inside], starts[:-1] - starts[0], images.data[inside]))


def batches(images: csr_array, rows: list[Int[np.ndarray, "_"]]) -> list[SparseBatch]:
    """Batches of rows of the images [n, 784]; the b-th has images rows[b]. Twenty take a third of the time of 20 × one.

    All batches are stacked to one matrix [sum of sizes, 784]. For the sums by pixel, each batch gets its own 784
    columns, [sum of sizes, 784 × batches], so that a single transposition serves them all.
    """
    sizes = np.array([len(of_batch) for of_batch in rows])
    ends = np.cumsum([0, *sizes])  # rows of batch b: ends[b] to ends[b + 1]
    stacked = images[np.concatenate(rows)]
    starts = stacked.indptr[ends]  # nonzero pixels of batch b: starts[b] to starts[b + 1]
    nonzero = np.diff(starts)
    by_image = _sums(stacked.indices, stacked.indptr[:-1] - np.repeat(starts[:-1], sizes), stacked.data)
    columns = stacked.indices + np.repeat(np.arange(len(rows), dtype=np.int32) * PIXELS, nonzero)
    transposed = csr_array((stacked.data, columns, stacked.indptr), shape=(ends[-1], len(rows) * PIXELS)).tocsc()
    transposed.indices -= np.repeat(ends[:-1].astype(np.int32), nonzero)
    by_pixel = _sums(transposed.indices, transposed.indptr[:-1] - np.repeat(starts[:-1], PIXELS), transposed.data)
    split = _split(by_image, nonzero, sizes), _split(by_pixel, nonzero, np.full(len(rows), PIXELS))
    return [SparseBatch(*of_batch) for of_batch in zip(*split, strict=True)]


def _sums(rows: np.ndarray, starts: np.ndarray, values: np.ndarray) -> _Sums:
    return _Sums(torch.from_numpy(rows), torch.from_numpy(starts), torch.from_numpy(values).float().div_(_STEPS))


def _split(sums: _Sums, nonzero: Int[np.ndarray, "batches"], counts: Int[np.ndarray, "batches"]) -> list[_Sums]:
    """One for each batch, with its number of nonzero pixels and of sums."""
    sizes, lengths = nonzero.tolist(), counts.tolist()
    split = sums.rows.split(sizes), sums.starts.split(lengths), sums.factors.split(sizes)
    return [_Sums(*of_batch) for of_batch in zip(*split, strict=True)]
