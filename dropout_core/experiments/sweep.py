"""Sweep: a validated grid of rates × widths. Each cell is one comparison with its own entry in the store."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import NamedTuple

from dropout_core.common.checks import Bounds
from dropout_core.experiments.recipe import DROPOUT, Recipe, RecipeError

MOST_RATES, MOST_WIDTHS = 20, 8
_READABLE = Bounds(-1e6, 1e6)  # generous limits for parsing; Sweep validates the rates


class SweepError(RecipeError):
    """The grid cannot be run. The message says what to change."""


class Cell(NamedTuple):
    """One cell of the grid: the width of the first hidden layer, P(drop), and the recipe."""

    width: int
    rate: float
    recipe: Recipe

    @property
    def label(self) -> str:
        """The name of the cell in messages."""
        return f"width {self.width:,}, rate {self.rate:g}"


@dataclass(frozen=True)
class Sweep:
    """Nets of several widths, each trained at several rates.

    For each width and seed, the nets of all rates start from the same weights and see the same batches.

    rates          P(drop) in both hidden layers; 0 is the net without dropout
    widths         number of neurons in the first hidden layer; the second has half as many, but at least 2
    data, images, epochs, learning_rate, seeds   as in Recipe, and the same in all cells
    Rates and widths are sorted. Raises SweepError for an invalid grid, and RecipeError for invalid recipe values.
    """

    rates: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8)
    widths: tuple[int, ...] = (16, 64, 256)
    data: str = "mnist"
    images: int = 1_000
    epochs: int = 10
    learning_rate: float = 1e-3
    seeds: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        _different(self.rates, "rates", MOST_RATES)
        _different(self.widths, "widths", MOST_WIDTHS)
        for width in self.widths:  # widths first, since checking the rates uses the first width
            self._recipe(width, 0.0)
        for rate in self.rates:
            self._recipe(self.widths[0], rate)
        object.__setattr__(self, "rates", tuple(sorted(float(rate) + 0.0 for rate in self.rates)))
        object.__setattr__(self, "widths", tuple(sorted(self.widths)))
        object.__setattr__(self, "learning_rate", float(self.learning_rate))

    def cells(self) -> list[Cell]:
        """List all cells in order of rate. Nets without dropout come first, as the baseline for all other nets."""
        return list(self._cells)

    @cached_property
    def _cells(self) -> list[Cell]:
        return [Cell(width, rate, self._recipe(width, rate)) for rate in self.rates for width in self.widths]

    @property
    def work(self) -> int:
        """The total work of all cells (see Recipe.work), which a host may limit."""
        return sum(cell.recipe.work for cell in self.cells())

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits that identify this grid."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _recipe(self, width: int, rate: float) -> Recipe:
        if not isinstance(width, int) or width < 2:
            raise SweepError("widths must be whole numbers from 2 to 4,096")
        return Recipe(
            data=self.data,
            images=self.images,
            epochs=self.epochs,
            rate=rate,
            hidden=(width, max(width // 2, 2)),
            learning_rate=self.learning_rate,
            seeds=self.seeds,
            arms=(DROPOUT,),
        )


def parse_rates(text: str) -> tuple[float, ...]:
    """Read rates from "0:0.8:0.1" (first:last:step) or "0,0.2,0.5". Raises SweepError for any other format."""
    parts = text.split(":")
    if len(parts) == 1:
        return tuple(_number(part, text) for part in text.split(","))
    if len(parts) != 3:
        raise _unreadable(text)
    start, stop, step = (_number(part, text) for part in parts)
    if not (step > 0 and start <= stop):
        raise SweepError(f"there are no rates from {start:g} to {stop:g} in steps of {step:g}; try 0:0.8:0.1")
    if (stop - start) / step > MOST_RATES:
        raise SweepError(f"there may be at most {MOST_RATES} rates; use a larger step")
    count = int((stop - start) / step + 1e-9) + 1
    return tuple(round(start + i * step, 6) for i in range(count))


def parse_widths(text: str) -> tuple[int, ...]:
    """Read widths from "64,256,1024". Raises SweepError for any other format."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise SweepError(f"widths must be written like 64,256,1024, not {text[:40]!r}") from None


def _number(part: str, text: str) -> float:
    try:
        return _READABLE.parse(part)
    except ValueError:
        raise _unreadable(text) from None


def _unreadable(text: str) -> SweepError:
    return SweepError(f"rates must be written like 0:0.8:0.1 (from:to:step) or 0,0.2,0.5, not {text[:40]!r}")


def _different(values: tuple, name: str, most: int) -> None:
    fits = isinstance(values, tuple) and 1 <= len(values) <= most and len(set(values)) == len(values)
    if not fits:
        raise SweepError(f"{name} must be 1 to {most} different numbers")
