"""The differences that the seeds of a heat map detect."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_core.common.text import span
from dropout_core.numerics.evidence import PLACES, Evidence
from dropout_core.numerics.power import Design
from dropout_core.numerics.statistics import FEWEST, Paired, paired
from dropout_core.topics.rates.findings import UNITS


def of_rows(runs: pd.DataFrame, column: str = "accuracy") -> str:
    """State which differences from rate 0 of its row a cell needs to be coloured with a probability of 80 %.

    runs   a table with findings.RUN_COLUMNS
    """
    by_seed = runs.pivot(index="seed", columns=["width", "rate"], values=column).astype(float)
    cells = [(width, rate) for width, rate in _cells(by_seed) if rate and (width, 0.0) in by_seed]
    return _text([_pair(by_seed, cell, (cell[0], 0.0)) for cell in cells], column)


def of_pairs(by_seed: pd.DataFrame, column: str = "accuracy") -> str:
    """State the same for a grid of two rates, whose cells are compared with the cell without any dropout."""
    return _text([_pair(by_seed, cell, (0.0, 0.0)) for cell in _cells(by_seed) if any(cell)], column)


def _cells(by_seed: pd.DataFrame) -> list[tuple[float, float]]:
    return [(float(row), float(rate)) for row, rate in by_seed.columns.to_frame().to_numpy()]


def _pair(by_seed: pd.DataFrame, cell: tuple[float, float], base: tuple[float, float]) -> Paired | None:
    both = by_seed[[cell, base]].dropna().to_numpy(float)
    return paired(both[:, 0], both[:, 1]) if len(both) >= FEWEST else None


def _text(pairs: Sequence[Paired | None], column: str) -> str:
    """Describe the smallest detectable differences at Bonferroni's limit, the strictest step of Holm's correction."""
    tests = Design(tests=max(1, sum(p is not None for p in pairs)))
    compared = [Evidence("", column, UNITS[column], p, design=tests) for p in pairs if p is not None]
    sizes = sorted(each.detectable for each in compared if each.detectable is not None)
    if not sizes:
        return ""
    places, unit = PLACES[UNITS[column]], UNITS[column]
    return (
        f"With {span(each.n for each in compared)} seeds, a difference of {np.median(sizes):.{places}f} {unit} is "
        "detected with 80 % power in half of the cells; the other cells, which vary more, need up to "
        f"{sizes[-1]:.{places}f}."
    )
