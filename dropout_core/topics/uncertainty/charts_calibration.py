"""The reliability diagram, which plots accuracy against confidence."""

from collections.abc import Mapping, Sequence

from dropout_core.charts.theme import ARM_DASHES, AVERAGED, NO_DROPOUT, SOLID, WHOLE_NET, WHOLE_NET_DASH
from dropout_core.charts.vega import INK, layered, quantitative
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty.charts_passes import key_line, line
from dropout_core.topics.uncertainty.nets_record import AVERAGE, PLAIN, SCALED

HEIGHT = 340
TOP = 1.3  # leaves room for the legend above the lines
Style = tuple[str, list[int], str]  # colour, dashes and shape
STYLES: dict[str, Style] = {
    PLAIN: (NO_DROPOUT, ARM_DASHES["no dropout"], "square"),
    SCALED: (WHOLE_NET, WHOLE_NET_DASH, "diamond"),
    AVERAGE: (AVERAGED, SOLID, "circle"),
}
_ACCURACY = {"format": ".0%", "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
Points = Sequence[tuple[float, Estimate]]


def reliability(ways: Mapping[str, Points]) -> dict:
    """Plot accuracy with its interval against confidence, with a line for each prediction method, and the diagonal."""
    x, y = quantitative("c", [0, 1], "confidence", format=".0%"), quantitative("v", [0, TOP], "accuracy", **_ACCURACY)
    diagonal = {
        "data": {"values": [{"c": 0, "v": 0}, {"c": 1, "v": 1}]},
        "mark": line(INK, SOLID, opacity=0.5) | {"strokeWidth": 1},
    }
    return layered([{**diagonal, "encoding": {"x": x, "y": y}}, *lines(ways, STYLES, x, y)], HEIGHT, [], [], [])


def lines(named: Mapping[str, Points], styles: Mapping[str, Style], x: dict, y: dict) -> list[dict]:
    """Draw a line with points and intervals for each name, and the legend."""
    layers = []
    for row, (name, points) in enumerate(named.items()):
        colour, dash, shape = styles[name]
        data = {"data": {"values": _rows(points)}}
        ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        point = {"color": colour, "shape": shape, "size": 80, "filled": True}
        rule = {"type": "rule", "color": colour, "opacity": 0.5, "strokeWidth": 2.5, "tooltip": None}
        layers.append({**data, "mark": rule, "encoding": ends})
        layers.append({**data, "mark": line(colour, dash, point=point), "encoding": {"x": x, "y": y}})
        layers += key_line(row, f"'{name}'", colour, dash, {"data": {"values": [{}]}})
    return layers


def _rows(points: Points) -> list[dict[str, float]]:
    return [
        {"c": round(c, 4), "v": round(e.value, 5), "low": round(e.low, 5), "high": round(e.high, 5)} for c, e in points
    ]
