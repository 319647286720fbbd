"""Bounds of a number: the one check behind recipes, run cards, grids, settings and typed-in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """A range of numbers, both ends included; whole numbers only if whole is set.

    As text it completes a sentence: f"epochs must be {Bounds(1, 1000, whole=True)}".
    """

    low: float
    high: float
    whole: bool = False

    def __str__(self) -> str:
        if self.whole:
            return f"a whole number from {self.low:,} to {self.high:,}"
        return f"a number from {self.low:g} to {self.high:g}"

    def accept(self, value: object) -> bool:
        """Whether value is a number in this range. Booleans, texts and NaN are not; whole rules out floats."""
        kinds = int if self.whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high

    def parse(self, text: str) -> float:
        """The number that text stands for. Raises ValueError if it is none, or out of range; whole accepts "3.0"."""
        value = float(text)
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            raise ValueError(f"{text!r} is not {self}")
        return int(value) if self.whole else value


def whole(low: int, high: int) -> Bounds:
    """Bounds of whole numbers."""
    return Bounds(low, high, whole=True)
