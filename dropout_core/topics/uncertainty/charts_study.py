"""Charts for the study of rotated digits, which plot values with 95 % intervals against the angle."""

from collections.abc import Mapping, Sequence

from dropout_core.charts.theme import AVERAGED, NEUTRAL, SOLID, WHOLE_NET, WHOLE_NET_DASH
from dropout_core.charts.vega import INK, SIGNED, layered, nominal, quantitative
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.uncertainty.charts_passes import CURVES, key_line, line

HEIGHT = 280
ON, OFF = "masks on", "masks off"
ARMS = {ON: (AVERAGED, SOLID), OFF: (WHOLE_NET, WHOLE_NET_DASH)}
_ON_BETTER, _OFF_BETTER, _UNCLEAR = "masks on better", "masks off better", "inconclusive"
_SIDES = {_ON_BETTER: AVERAGED, _OFF_BETTER: WHOLE_NET, _UNCLEAR: NEUTRAL}
_RULE = {"type": "rule", "tooltip": None}


def by_angle(
    angles: Sequence[int], lines: Mapping[str, Sequence[Estimate | None]], title: str, top: float, **axis: object
) -> dict:
    """Plot estimates against the angle as lines, with bands for their intervals.

    lines   a sequence of estimates for each key of CURVES or ARMS
    top     upper end of the y axis
    """
    x, y = _angle(angles), quantitative("v", [0, top], title, **axis)
    layers = []
    for row, (name, estimates) in enumerate(lines.items()):
        style = (CURVES | ARMS)[name]
        data = {"data": {"values": _rows(angles, estimates)}}
        band = {"type": "area", "color": style[0], "opacity": 0.18, "tooltip": None}
        between = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
        layers.append({**data, "mark": band, "encoding": between})
        layers.append({**data, "mark": line(*style, point={"color": style[0]}), "encoding": {"x": x, "y": y}})
        layers += key_line(row, f"'{name}'", *style, {"data": {"values": [{}]}})
    return layered(layers, HEIGHT, [], [], [])


def differences(angles: Sequence[int], values: Sequence[Estimate | None], title: str) -> dict:
    """Plot the difference at each angle with its interval, and a thin line at zero.

    An interval that excludes zero has the colour of the better side: the average of the passes with masks on if it lies
    above zero, the pass with masks off if it lies below. The legend names the sides that occur."""
    rows = [row | {"better": _better(row)} for row in _rows(angles, values)]
    reach = 1.1 * max((abs(row[end]) for row in rows for end in ("low", "high")), default=1.0)
    x, y = _angle(angles), quantitative("v", [-reach, reach], title, **SIGNED)
    shown = {name: colour for name, colour in _SIDES.items() if any(row["better"] == name for row in rows)}
    symbol = {"symbolSize": 80, "symbolOpacity": 1, "symbolType": "circle"}
    winner = nominal("better", shown, legend={"orient": "top", "title": None, "columns": 2, **symbol})
    zero = {**_RULE, "color": INK, "opacity": 0.6}
    ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": winner}
    dot = {"type": "point", "filled": True, "size": 80, "opacity": 1, "tooltip": None}
    layers = [
        {"data": {"values": [{"v": 0}]}, "mark": zero, "encoding": {"y": y}},
        {"data": {"values": rows}, "mark": {**_RULE, "strokeWidth": 2.5}, "encoding": ends},
        {"data": {"values": rows}, "mark": dot, "encoding": {"x": x, "y": y, "color": winner}},
    ]
    return layered(layers, 200, [], [], [])


def _angle(angles: Sequence[int]) -> dict:
    pad = {"values": list(angles[::2]), "labelExpr": "datum.value + '°'"}
    return quantitative("a", [angles[0] - 4, angles[-1] + 4], "rotated anticlockwise by", **pad)


def _rows(angles: Sequence[int], values: Sequence[Estimate | None]) -> list[dict]:
    pairs = [(angle, e) for angle, e in zip(angles, values, strict=True) if e is not None]
    return [{"a": a, "v": _short(e.value), "low": _short(e.low), "high": _short(e.high)} for a, e in pairs]


def _better(row: dict) -> str:
    return _ON_BETTER if row["low"] > 0 else _OFF_BETTER if row["high"] < 0 else _UNCLEAR


def _short(value: float) -> float:
    return round(value, 5)
