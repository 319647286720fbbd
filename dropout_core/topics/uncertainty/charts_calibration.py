"""The reliability diagram: how often answers are right, against how sure the net is of them."""

from collections.abc import Mapping

from dropout_core.charts.theme import DROPOUT, KEPT, NO_DROPOUT
from dropout_core.charts.vega import INK, layered
from dropout_core.topics.uncertainty.calibration import AVERAGE, PLAIN, SCALED, Calibration
from dropout_core.topics.uncertainty.charts_passes import key_line, line, quantitative

HEIGHT = 340
TOP = 1.3  # leaves room for the legend above the lines
STYLES = {PLAIN: (NO_DROPOUT, [6, 4]), SCALED: (KEPT, [9, 4]), AVERAGE: (DROPOUT, [1, 0])}
SHAPES = {PLAIN: "square", SCALED: "diamond", AVERAGE: "circle"}


def reliability(ways: Mapping[str, Calibration]) -> dict:
    """Plot accuracy with its interval against confidence, with a line for each way of answering and the diagonal."""
    x = quantitative("c", [0, 1], "confidence", format=".0%")
    y = quantitative("v", [0, TOP], "right", format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    diagonal = {"data": {"values": [{"c": 0, "v": 0}, {"c": 1, "v": 1}]}, "mark": line(INK, [2, 3], opacity=0.5)}
    layers = [{**diagonal, "encoding": {"x": x, "y": y}}]
    for row, (name, way) in enumerate(ways.items()):
        colour, dash = STYLES[name]
        data = {"data": {"values": _rows(way)}}
        ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        point = {"color": colour, "shape": SHAPES[name], "size": 80, "filled": True}
        layers.append({**data, "mark": {"type": "rule", "color": colour, "opacity": 0.5}, "encoding": ends})
        layers.append({**data, "mark": line(colour, dash, point=point), "encoding": {"x": x, "y": y}})
        layers += key_line(row, f"'{name}'", colour, dash, {"data": {"values": [{}]}})
    return layered(layers, HEIGHT, [], [], [])


def _rows(way: Calibration) -> list[dict[str, float]]:
    return [
        {"c": round(b.confidence, 4), "v": round(b.accuracy.value, 4), "low": b.accuracy.low, "high": b.accuracy.high}
        for b in way.bins
    ]
