"""Chart of differences from one net, with a row for each: its interval, its result as colour and shape, its number."""

from collections.abc import Sequence
from typing import NamedTuple

from dropout_core.charts.theme import DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.charts.vega import SIGNED, layered, nominal, row_labels, zero_by_row
from dropout_core.common.text import signed
from dropout_core.numerics.statistics import Paired

ROW = 48  # height of a row in pixels
COLOURS = {"better": DROPOUT, "worse": NO_DROPOUT, "inconclusive": NEUTRAL, "equivalent": NEUTRAL}
SHAPES = {"better": "circle", "worse": "square", "inconclusive": "diamond", "equivalent": "triangle-up"}
RESULTS = {1: "better", -1: "worse", 0: "inconclusive"}  # keyed by the sign of an improvement


class Change(NamedTuple):
    """One row: its name, and the difference of which more is better."""

    name: str
    difference: Paired


def changes(rows: Sequence[Change], title: str | list[str], places: int = 2) -> dict:
    """Build the chart. The title of the axis, which may have several lines, says what is compared with what."""
    data = [
        {
            "name": name,
            "change": round(p.mean, 4),
            "low": round(p.estimate.low, 4),
            "high": round(p.estimate.high, 4),
            "result": RESULTS[p.sign],
            "label": f"{signed(p.mean, places)}: {RESULTS[p.sign]}",
        }
        for name, p in rows
    ]
    y = {"field": "name", "type": "nominal", "scale": {"domain": [row.name for row in rows]}, "axis": None}
    axis = {"title": title, "tickCount": 5, "grid": False, **SIGNED}
    x = {"type": "quantitative", "scale": {"zero": True, "nice": True, "padding": 8}, "axis": axis}
    layers = [zero_by_row(x, y, ROW), *marks(x, y), *row_labels("datum.name", "datum.label", y, dy=-20)]
    return layered(layers, ROW * len(rows), [], data, [])


def marks(x: dict, y: dict) -> list[dict]:
    """Build the intervals and the points, coloured by their result."""
    colour, shape = nominal("result", COLOURS), nominal("result", SHAPES)
    interval = {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y, "color": colour}
    point = {"type": "point", "filled": True, "size": 130, "opacity": 1, "tooltip": None}
    return [
        {"mark": {"type": "rule", "strokeWidth": 3, "tooltip": None}, "encoding": interval},
        {"mark": point, "encoding": {"x": {"field": "change", **x}, "y": y, "color": colour, "shape": shape}},
    ]


def text_alternative(rows: Sequence[Change], unit: str) -> str:
    """Name each row's difference and result."""
    return "; ".join(f"{name}: {signed(p.mean, 2)} {unit}, {RESULTS[p.sign]}" for name, p in rows) + "."
