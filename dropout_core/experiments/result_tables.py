"""Convert points to tables. Kept apart from results.py so that workers do not load pandas, which takes 40 MB."""

from functools import cache
from operator import attrgetter

import pandas as pd

from dropout_core.experiments.results import COLUMNS, Point

_values = attrgetter(*COLUMNS)


def frame(points: list[Point]) -> pd.DataFrame:
    """Build a table with one row per point, sorted by arm, seed and step. The columns are the fields of Point."""
    table = _empty().copy() if not points else typed(pd.DataFrame(map(_values, points), columns=COLUMNS))
    return table.sort_values(["arm", "seed", "step"], ignore_index=True)


@cache
def _empty() -> pd.DataFrame:
    """Return a table without rows. It is built once, which takes some milliseconds."""
    return typed(pd.DataFrame([], columns=COLUMNS))


def typed(points: pd.DataFrame) -> pd.DataFrame:
    """Convert seeds and steps to integers, and all other numbers to floats."""
    numbers = [name for name in COLUMNS if name not in ("arm", "seed", "step")]
    return points.astype(dict.fromkeys(numbers, float) | {"seed": int, "step": int})
