"""Points of curves as tables. Separate from results.py, since workers do not need pandas and its 40 MB."""

from operator import attrgetter

import pandas as pd

from dropout_core.experiments.results import COLUMNS, Point

_values = attrgetter(*COLUMNS)


def frame(points: list[Point]) -> pd.DataFrame:
    """Points as a table, one row each, ordered by arm, seed and step; the columns are those of Point."""
    return typed(pd.DataFrame(map(_values, points), columns=COLUMNS)).sort_values(
        ["arm", "seed", "step"], ignore_index=True
    )


def typed(points: pd.DataFrame) -> pd.DataFrame:
    """The same points with whole seeds and steps, and floats for all other numbers."""
    numbers = [name for name in COLUMNS if name not in ("arm", "seed", "step")]
    return points.astype(dict.fromkeys(numbers, float) | {"seed": int, "step": int})
