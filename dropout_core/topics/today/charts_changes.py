"""Chart of differences from one net, with intervals: a row for each other net."""

from collections.abc import Sequence
from typing import NamedTuple

from dropout_core.charts.theme import DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.charts.vega import INK, ONE_ROW, by_name, layered, row_labels
from dropout_core.common.text import signed
from dropout_core.numerics.statistics import Paired

ROW = 48  # height of a row in pixels
COLOURS = {"better": DROPOUT, "worse": NO_DROPOUT, "inconclusive": NEUTRAL}
SHAPES = {"better": "circle", "worse": "square", "inconclusive": "diamond"}
_RESULTS = {1: "better", -1: "worse", 0: "inconclusive"}


class Change(NamedTuple):
    """One row: its name, and the difference of which more is better."""

    name: str
    difference: Paired


def changes(rows: Sequence[Change], title: str) -> dict:
    """Build the chart. The title of the axis says what is compared with what."""
    data = [
        {
            "name": name,
            "change": round(p.mean, 4),
            "low": round(p.estimate.low, 4),
            "high": round(p.estimate.high, 4),
            "result": _RESULTS[p.sign],
            "label": f"{signed(p.mean, 2)}: {_RESULTS[p.sign]}",
        }
        for name, p in rows
    ]
    y = {"field": "name", "type": "nominal", "scale": {"domain": [row.name for row in rows]}, "axis": None}
    colour, shape = (
        {"field": "result", "type": "nominal", "scale": by_name(values), "legend": None} for values in (COLOURS, SHAPES)
    )
    axis = {
        "title": title,
        "tickCount": 5,
        "grid": False,
        "labelExpr": "datum.value == 0 ? '0' : format(datum.value, '+~g')",
    }
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True, "padding": 8}, "axis": axis}
    interval = {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y, "color": colour}
    point = {"type": "point", "filled": True, "size": 130, "opacity": 1, "tooltip": None}
    layers: list[dict] = [
        {"data": ONE_ROW, "mark": {"type": "rule", "color": INK, "opacity": 0.6}, "encoding": {"x": {"datum": 0, **x}}},
        {"mark": {"type": "rule", "strokeWidth": 3, "tooltip": None}, "encoding": interval},
        {"mark": point, "encoding": {"x": {"field": "change", **x}, "y": y, "color": colour, "shape": shape}},
        *row_labels("datum.name", "datum.label", y, dy=-20),
    ]
    return layered(layers, ROW * len(rows), [], data, [])


def text_alternative(rows: Sequence[Change], unit: str) -> str:
    """Name each row's difference and result."""
    return "; ".join(f"{name}: {signed(p.mean, 2)} {unit}, {_RESULTS[p.sign]}" for name, p in rows) + "."
