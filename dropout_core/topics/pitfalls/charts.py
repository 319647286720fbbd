"""Charts for the Pitfalls page: two sets of masks side by side, and one input's scores over many passes."""

import numpy as np
from jaxtyping import Bool, Float

from dropout_core.charts.theme import DROPOUT, DROPPED, KEPT
from dropout_core.charts.vega import layered, text

GAP = 5  # width, in columns, of the gap between the masks, which shows the numbers of kept units


def masks(bug: Bool[np.ndarray, "rows units"], right: Bool[np.ndarray, "rows units"]) -> dict:
    """Draw two sets of masks side by side, with one row per example.

    Kept units are filled and dropped units are hollow. The number of kept units stands at the end of each row."""
    rows, units = bug.shape
    cells, counts = [], []
    for title, mask, left in (("with the bug", bug, 0), ("right", right, units + GAP)):
        behind = left + units + 0.4
        counts += [{"x": left, "y": -1.0, "say": title}, {"x": behind, "y": -1.0, "say": "kept"}]
        for row in range(rows):
            counts.append({"x": behind, "y": row + 0.5, "say": f"{mask[row].sum()}"})
            cells += [{"x": left + unit, "y": row, "kept": bool(mask[row, unit])} for unit in range(units)]
    last, lowest = 2 * units + 2 * GAP - 1, rows + 0.5
    boxes = _on_grid({"type": "rect"}, cells, last, lowest)
    boxes["transform"] = [{"calculate": "datum.x + 0.8", "as": "x2"}, {"calculate": "datum.y + 0.8", "as": "y2"}]
    boxes["encoding"] |= {
        "x2": {"field": "x2"},
        "y2": {"field": "y2"},
        "fill": {"condition": {"test": "datum.kept", "value": KEPT}, "value": "transparent"},
        "stroke": {"condition": {"test": "datum.kept", "value": KEPT}, "value": DROPPED},
    }
    words = _on_grid(text("datum.say", align="left", baseline="middle"), counts, last, lowest)
    return layered([boxes, words], 16 * (rows + 2), [], [], [])


def _on_grid(mark: dict, values: list[dict], last: float, lowest: float) -> dict:
    x = {"field": "x", "type": "quantitative", "scale": {"domain": [0, last], "nice": False}, "axis": None}
    y = {"field": "y", "type": "quantitative", "scale": {"domain": [lowest, -1.6], "nice": False}, "axis": None}
    return {"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": y}}


def passes(scores: Float[np.ndarray, "passes"], steady: float) -> dict:
    """Draw one input's scores as ticks, with one row for passes with dropout and one row for evaluation mode."""
    rows = [{"score": float(score), "row": "with the bug"} for score in scores]
    rows += [{"score": steady, "row": "right"}]
    axis = {"title": "score of one input, asked for 100 times", "grid": False}
    colour = {"condition": {"test": "datum.row == 'right'", "value": KEPT}, "value": DROPOUT}
    size = {"condition": {"test": "datum.row == 'right'", "value": 3}, "value": 1.2}
    ticks = {
        "data": {"values": rows},
        "mark": {"type": "tick", "size": 34, "opacity": 0.8},
        "encoding": {
            "x": {"field": "score", "type": "quantitative", "axis": axis | {"tickCount": 5}},
            "y": {"field": "row", "type": "nominal", "sort": None, "axis": _names()},
            "color": colour,
            "strokeWidth": size,
        },
    }
    return layered([ticks], 110, [], [], [])


def _names() -> dict:
    return {"title": None, "labelFontSize": 13, "ticks": False, "domain": False}
