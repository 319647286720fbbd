"""The stored symptoms: the values that each pitfall's broken and correct code returned when run with PyTorch."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dropout_core.numerics import masks
from dropout_core.reference import FILES
from dropout_core.topics.pitfalls.pitfall import Pitfall

FILE = FILES / "pitfalls.json"
RATES = masks.RATES[1:]  # excludes rate 0, at which the bugs have no effect


@dataclass(frozen=True)
class Symptom:
    """The values of the broken and the correct code, one tuple for each position on the horizontal axis."""

    x: tuple[float, ...]
    bug: tuple[tuple[float, ...], ...]
    right: tuple[tuple[float, ...], ...]


@cache
def load(file: Path = FILE) -> tuple[dict[str, dict[str, list[list[float]]]], dict[str, str]]:
    """Load the stored values by slug, and their provenance."""
    stored = json.loads(file.read_text("utf-8"))
    return stored["values"], stored["provenance"]


def symptom(pitfall: Pitfall) -> Symptom:
    """Return the pitfall's stored symptom. The horizontal axis holds the rates, or the steps from the first on."""
    bug, right = (tuple(map(tuple, load()[0][pitfall.slug][code])) for code in ("bug", "right"))
    steps = tuple(pitfall.step * (i + 1) for i in range(len(bug)))
    return Symptom(steps if pitfall.steps else RATES, bug, right)


def finding(pitfall: Pitfall, rate: float) -> str:
    """State the pitfall's effect at this rate; for a sequence of steps, at the last step."""
    values = symptom(pitfall)
    at = -1 if pitfall.steps else values.x.index(rate)
    bug, right = values.bug[at], values.right[at]
    return pitfall.finding.format(
        rate=f"{rate:g}", bug=sum(bug) / len(bug), right=sum(right) / len(right), low=min(bug), high=max(bug),
        right_low=min(right), right_high=max(right), first=values.bug[0][0], right_first=values.right[0][0],
    ).replace("-", "−")  # fmt: skip
