"""Chart of each variant's gain or loss compared with plain dropout, with a one-word verdict."""

import pandas as pd

from dropout_core.charts.theme import DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.charts.vega import SIGNED, by_name, layered, row_labels, zero_by_row
from dropout_core.common.text import signed

ROW = 48  # height of a variant's row in pixels
COLOURS = {"better": DROPOUT, "worse": NO_DROPOUT, "inconclusive": NEUTRAL}
SHAPES = {"better": "circle", "worse": "square", "inconclusive": "diamond"}


def outcomes(changes: pd.DataFrame) -> dict:
    """Build the chart from findings.against_dropout."""
    rows = changes.round(4).to_dict("records")
    y = {"field": "trial", "type": "nominal", "scale": {"domain": [row["trial"] for row in rows]}, "axis": None}
    colour, shape = (
        {"field": "verdict", "type": "nominal", "scale": by_name(values), "legend": None}
        for values in (COLOURS, SHAPES)
    )
    numbers = "format(datum.change, '+.2f') + ': ' + datum.verdict"
    layers: list[dict] = [
        zero_by_row({"type": "quantitative"}, y, ROW),
        {
            "mark": {"type": "rule", "strokeWidth": 3, "tooltip": None},
            "encoding": {"x": _x("low"), "x2": {"field": "high"}, "y": y, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "tooltip": None},
            "encoding": {"x": _x("change"), "y": y, "color": colour, "shape": shape},
        },
        *row_labels("datum.trial", numbers, y, dy=-20),
    ]
    return layered(layers, ROW * len(rows), [], rows, [])


def _x(field: str) -> dict:
    axis = {"title": ["points of accuracy", "against plain dropout"], "tickCount": 5, "grid": False, **SIGNED}
    return {"field": field, "type": "quantitative", "scale": {"zero": True, "nice": True, "padding": 8}, "axis": axis}


def text_alternative(changes: pd.DataFrame) -> str:
    """Name each variant's change and verdict."""
    columns = (changes[name] for name in ("trial", "change", "verdict"))
    parts = [f"{trial}: {signed(change, 2)} points, {word}" for trial, change, word in zip(*columns, strict=True)]
    return "; ".join(parts) + "."
