"""Bounds on numbers, used to validate recipes, run cards, grids, settings and user input."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """A closed interval of numbers, restricted to integers if `whole` is true.

    Its text completes a sentence: f"epochs must be {Bounds(1, 1000, whole=True)}".
    """

    low: float
    high: float
    whole: bool = False

    def __str__(self) -> str:
        if self.whole:
            return f"a whole number from {self.low:,} to {self.high:,}"
        return f"a number from {self.low:g} to {self.high:g}"

    def accept(self, value: object) -> bool:
        """Whether the value is a number within bounds. Rejects Booleans, strings, NaN and, if `whole`, also floats."""
        kinds = int if self.whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high

    def parse(self, text: str) -> float:
        """Convert text to a number. Raises ValueError if it is not within bounds. "3.0" counts as a whole number."""
        value = float(text)
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            raise ValueError(f"{text!r} is not {self}")
        return int(value) if self.whole else value


def whole(low: int, high: int) -> Bounds:
    """Return bounds for whole numbers."""
    return Bounds(low, high, whole=True)
