"""Charts of two studies: the cost of removing pairs of units, and dropout's penalty with its approximation."""

from collections.abc import Mapping, Sequence

from dropout_core.charts.theme import ARM_COLOURS, ARM_SHAPES, DROPOUT, NEUTRAL
from dropout_core.charts.vega import INK, ONE_ROW, at_value, layered, nominal, quantitative, text
from dropout_core.numerics.statistics import Estimate

PAIRS_HEIGHT, PENALTY_HEIGHT = 320, 260


def pairs(shown: Mapping[str, Sequence[Sequence[float]]]) -> dict:
    """Build the chart from pairs of the sum and the cost of both, in nats, keyed by arm. Axes are in 1/1000 nats."""
    rows = [
        {"arm": arm, "sum": round(1000 * single, 3), "both": round(1000 * both, 3)}
        for arm, points in shown.items()
        for single, both in points
    ]
    values = [1000 * value for points in shown.values() for pair in points for value in pair]
    ends = [min(values), max(values)]
    x, y = (
        _axis("sum", "sum of the two single costs, 1/1000 nats", ends),
        _axis("both", "cost of removing both, 1/1000 nats", ends),
    )
    legend = {"orient": "top", "title": None, "symbolSize": 110, "symbolOpacity": 1}
    colour, shape = (nominal("arm", values, legend=legend) for values in (ARM_COLOURS, ARM_SHAPES))
    point = {"type": "point", "filled": True, "size": 34, "opacity": 0.55, "tooltip": None}
    diagonal = {"data": {"values": [{"sum": end, "both": end} for end in ends]}}
    line = {"type": "line", "color": INK, "opacity": 0.6, "strokeWidth": 1, "tooltip": None}
    layers: list[dict] = [
        {**diagonal, "mark": line, "encoding": {"x": x, "y": y}},
        {"mark": point, "encoding": {"x": x, "y": y, "color": colour, "shape": shape}},
    ]
    return layered(layers, PAIRS_HEIGHT, [], rows, [])


def _axis(field: str, title: str, ends: list[float]) -> dict:
    axis = {"title": title, "tickCount": 5, "grid": False}
    return {"field": field, "type": "quantitative", "scale": {"domain": ends, "nice": True}, "axis": axis}


def ratios(by_rate: Mapping[float, Estimate], margin: float) -> dict:
    """Build the chart: points with intervals, a line at equality, and a band within the margin, in which the larger
    penalty exceeds the smaller one by at most this share.
    """
    bottom, top = 1 / (1 + margin), 1 + margin
    rows = [
        {"rate": rate, "ratio": round(e.value, 4), "low": round(e.low, 4), "high": round(e.high, 4)}
        for rate, e in by_rate.items()
    ]
    lowest, highest = (pick(row[end] for row in rows) for pick, end in ((min, "low"), (max, "high")))
    domain = [min(lowest, bottom) - 0.03, max(highest, top) + 0.03]
    y = quantitative("ratio", domain, "quadratic / exact penalty", tickCount=5, format=".0%")
    x = quantitative("rate", [0, 1], "rate p", values=list(by_rate))
    band, one = {"y": at_value(y, bottom), "y2": {"datum": top}}, at_value(y, 1)
    within = {"type": "rect", "color": NEUTRAL, "opacity": 0.15, "tooltip": None}
    point = {"type": "point", "filled": True, "size": 110, "opacity": 1, "color": DROPOUT, "tooltip": None}
    interval = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    label = text("'exact'", align="right", dx=-4, dy=-10)
    layers: list[dict] = [
        {"data": ONE_ROW, "mark": within, "encoding": band},
        {"data": ONE_ROW, "mark": {"type": "rule", "color": INK, "opacity": 0.6}, "encoding": {"y": one}},
        {"data": ONE_ROW, "mark": label, "encoding": {"x": {"value": {"expr": "width"}}, "y": one}},
        {"mark": {"type": "line", "color": DROPOUT, "tooltip": None}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "rule", "color": DROPOUT, "strokeWidth": 3, "tooltip": None}, "encoding": interval},
        {"mark": point, "encoding": {"x": x, "y": y}},
    ]
    return layered(layers, PENALTY_HEIGHT, [], rows, [])
