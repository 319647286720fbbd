"""Chart of differences from one net by accuracy and loss, with intervals, in units of their margins."""

from collections.abc import Mapping, Sequence
from typing import Any

from dropout_core.charts.changes import RESULTS, SHAPES, marks
from dropout_core.charts.theme import NEUTRAL
from dropout_core.charts.vega import INK, ONE_ROW, layered, row_labels
from dropout_core.common.text import listed, signed
from dropout_core.numerics.evidence import PLACES, Evidence
from dropout_core.numerics.verdicts import equivalent

ROW = 40  # height in pixels of one of two rows with the same name
BETTER = {"points": 1, "nats": -1}  # the sign of an improvement, by unit


def key() -> str:
    """Explain the shapes of the marks, as in "circle: better, square: worse"."""
    return ", ".join(f"{shape.replace('-up', '')}: {name}" for name, shape in SHAPES.items())


def in_margins(rows: Mapping[str, Sequence[Evidence]]) -> dict:
    """Build the chart: for each name, its differences by several measures, in units of their margins.

    All evidence needs an interval and a margin. Better is to the right, and a band shows what counts as equivalent. The
    axes show the measures' own units: below that of the first measure, and above that of the second.
    """
    data = [
        {"row": f"{name}, {each.measure}", "name": "" if i else name, **_scaled(each)}
        for name, measures in rows.items()
        for i, each in enumerate(measures)
    ]
    ends = [-1.2, 1.2, *(row[end] for row in data for end in ("low", "high"))]
    x = {"type": "quantitative", "scale": {"domain": [min(ends), max(ends)], "nice": False, "padding": 8}, "axis": None}
    y = {"field": "row", "type": "nominal", "scale": {"domain": [row["row"] for row in data]}, "axis": None}
    layers = [
        *_scales(x, next(iter(rows.values()))),
        *marks(x, y),
        *row_labels("datum.name", "datum.label", y, dy=-18),
    ]
    spec = layered(layers, ROW * len(data), [], data, [])
    spec["layer"][0]["resolve"] = {"axis": {"x": "independent"}}
    return spec


def _scales(x: dict, measures: Sequence[Evidence]) -> list[dict]:
    """Build the band within the margins and the line at zero, each with the axis of one measure."""
    below, above = (_axis(each, side) for each, side in zip(measures, ("bottom", "top"), strict=True))
    band = {"type": "rect", "color": NEUTRAL, "opacity": 0.15, "tooltip": None}
    zero = {"type": "rule", "color": INK, "opacity": 0.6}
    return [
        {"data": ONE_ROW, "mark": band, "encoding": {"x": {**x, "datum": -1, **below}, "x2": {"datum": 1}}},
        {"data": ONE_ROW, "mark": zero, "encoding": {"x": {**x, "datum": 0, **above}}},
    ]


def _scaled(each: Evidence) -> dict[str, Any]:
    """Return the difference and its interval in margins, with improvements positive, and the label of the row."""
    p, factor = each.paired, BETTER[each.unit] / (each.margin or 1)
    low, high = sorted(factor * end for end in (p.estimate.low, p.estimate.high))
    label = f"{signed(p.mean, PLACES[each.unit])} {each.unit}: {result(each)}"
    numbers = {"change": factor * p.mean, "low": low, "high": high}
    return {name: round(value, 4) for name, value in numbers.items()} | {"result": result(each), "label": label}


def result(each: Evidence) -> str:
    """Name the result of one comparison, a key of changes.COLOURS."""
    if each.margin is not None and equivalent(each.paired, each.margin):
        return "equivalent"
    return RESULTS[BETTER[each.unit] * each.sign]


def _axis(each: Evidence, orient: str) -> dict:
    """Build an axis in the unit of the measure; the scale is in margins, with improvements positive."""
    value = f"datum.value * {BETTER[each.unit] * (each.margin or 1):g}"
    label = f"abs({value}) < 1e-9 ? '0' : format({value}, '+~g')"
    axis = {"title": f"{each.measure}, {each.unit}", "orient": orient, "grid": False, "labelExpr": label}
    return {"axis": {**axis, "tickCount": 5, "tickMinStep": 1}}


def measures_alternative(rows: Mapping[str, Sequence[Evidence]]) -> str:
    """Name each difference and its result."""
    parts = [f"{name}: {listed(_scaled(each)['label'] for each in measures)}" for name, measures in rows.items()]
    return f"{'; '.join(parts)}."
