"""Thread-safe counters and histograms of what a process does, from which a server makes its metrics."""

import math
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

HIT, MISS = "hit", "miss"  # the names of a cache's events


class Tally:
    """Counts events by name. The counts of the given names begin at zero."""

    def __init__(self, *names: str) -> None:
        self._counts = dict.fromkeys(names, 0)
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Count one event with this name."""
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + 1

    def counts(self) -> dict[str, int]:
        """Return the number of events by name."""
        with self._lock:
            return dict(self._counts)


@dataclass(frozen=True)
class Distribution:
    """The values of a histogram so far.

    buckets  each upper bound with the number of values up to it; the last bound is infinite
    """

    buckets: tuple[tuple[float, int], ...]
    total: float

    @property
    def count(self) -> int:
        """The number of values."""
        return self.buckets[-1][1]


class Histogram:
    """Counts values by their upper bounds, which are given in ascending order."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = (*bounds, math.inf)
        self._counts, self._total = [0] * len(self._bounds), 0.0
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        """Count this value."""
        with self._lock:
            self._counts[bisect_left(self._bounds, value)] += 1
            self._total += value

    @contextmanager
    def timing(self) -> Iterator[None]:
        """Count the seconds that the body of the with statement takes, also if it fails."""
        start = perf_counter()
        try:
            yield
        finally:
            self.add(perf_counter() - start)

    def distribution(self) -> Distribution:
        """Return the values so far."""
        with self._lock:
            sums = [sum(self._counts[: i + 1]) for i in range(len(self._counts))]
            return Distribution(tuple(zip(self._bounds, sums, strict=True)), self._total)
