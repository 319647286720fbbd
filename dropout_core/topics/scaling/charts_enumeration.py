"""Charts that compare the scaled pass with the exact average over all subnetworks, for each stage and rate."""

import numpy as np

from dropout_core.charts.theme import DROPPED, EXACT, KEPT
from dropout_core.charts.vega import (
    RATE_INDEX,
    calculate,
    element,
    layered,
    numbered,
    rate_param,
    reported,
    row_labels,
    text,
)
from dropout_core.numerics.enumeration import STAGES, Comparison

POWERS = (-16, -12, -8, -4, 0, 3)  # powers of ten that label the logarithmic axis
FLOOR = 1e-17  # a gap of zero is drawn at this value
ROUNDING = 1e-10  # smaller gaps are float64 rounding errors
RANGE = [0, {"expr": "width - 84"}]  # pixel range that leaves space for a number on the right


def gaps(rows: dict[str, list[float]], others: dict[str, list[list[float]]], rate: float) -> dict:
    """Draw each row's largest gap on a logarithmic axis: a large dot for this network, and ticks for other networks.

    rows    this network's largest gap at each rate, keyed by row label
    others  the same for each of the other networks, keyed by row label
    """
    x = {
        "field": "gap",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [FLOOR, 1e3], "nice": False, "clamp": True},
        "axis": {
            "title": "largest gap over the units (log scale)",
            "values": [10.0**power for power in POWERS],
            "labelExpr": _power_labels(),
            "grid": False,
        },
    }
    y = {"field": "row", "type": "nominal", "axis": None, "sort": list(rows), "scale": {"padding": 0.1}}
    values = [{"row": row, "main": True, "g": _short(g)} for row, g in rows.items()]
    values += [{"row": row, "main": False, "g": _short(g)} for row, nets in others.items() for g in nets]
    number = f"datum.gap < {ROUNDING} ? 'equal (' + format(datum.gap, '.0e') + ')' : format(datum.gap, '.3~r')"
    main, rest = [{"filter": "datum.main"}], [{"filter": "!datum.main"}]
    tick = {"type": "tick", "color": DROPPED, "thickness": 1.5, "size": 14, "opacity": 0.6}
    layers = [
        *_rounding(x),
        {"transform": rest, "mark": tick, "encoding": {"x": x, "y": y}},
        {
            "transform": [*main, {"filter": f"datum.gap >= {ROUNDING}"}],
            "mark": {"type": "circle", "color": KEPT, "size": 160, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [*main, {"filter": f"datum.gap < {ROUNDING}"}],
            "mark": {"type": "point", "shape": "diamond", "filled": True, "color": EXACT, "size": 160, "opacity": 1},
            "encoding": {"x": x, "y": y},
        },
        *({"transform": main, **label} for label in row_labels("datum.row", number, y, dy=-20, weight=600)),
    ]
    return layered(
        layers,
        58 * len(rows) + 20,
        params=[rate_param(rate, "gaps")],
        data=values,
        transform=calculate(gap=f"max({FLOOR}, datum.g[{RATE_INDEX}])"),
    )


def _short(values: list[float]) -> list[float]:
    return [float(f"{value:.3g}") for value in values]


def _power_labels() -> str:
    """Return an expression that formats the axis labels as powers of ten."""
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    names = {str(power): f"10{str(power).translate(raised)}" if power else "1" for power in POWERS}
    return f"{names}[round(log(datum.value) / LN10)]"


def _rounding(x: dict) -> list[dict]:
    """Shade and label the part of the axis in which gaps are rounding errors."""
    area = {
        "mark": {"type": "rect", "color": EXACT, "opacity": 0.1, "tooltip": None},
        "encoding": {"x": x, "x2": {"field": "end"}},
    }
    name = text("'rounding'", 12, align="left", baseline="bottom", dx=4, dy=-4, color=EXACT)
    label = {"mark": name, "encoding": {"x": x, "y": {"value": {"expr": "height"}}}}
    data = {"values": [{"gap": FLOOR, "end": ROUNDING}]}
    return [{"data": data, "transform": [], **layer} for layer in (area, label)]


def stage_units(by_rate: list[dict[str, Comparison]], rate: float, stage: str = "hidden") -> dict:
    """Draw each unit's exact average, its standard deviation over the subnetworks, and its value in the scaled pass.

    by_rate  the result of enumeration.compare for each rate in RATES
    stage    the initial stage; the reader can select a different one below the chart
    """
    rows = [row for s in STAGES for row in _stage_rows(s, [c[s] for c in by_rate])]
    x = {
        "type": "quantitative",
        "scale": {"domain": [{"expr": "lows[stage_s]"}, {"expr": "highs[stage_s]"}], "nice": False, "range": RANGE},
        "axis": {"title": "value of the unit", "tickCount": 5, "grid": False},
    }
    y = {"field": "unit", "type": "ordinal", "axis": {"title": None, "labelExpr": "'unit ' + datum.value"}}
    rule = {"type": "rule", "color": EXACT, "strokeWidth": 3, "opacity": 0.35, "clip": True}
    off = "datum.scaled - datum.average"
    gap = text(f"abs({off}) < {ROUNDING} ? 'equal' : 'gap ' + format({off}, '+.2~r')", align="right")
    layers = [
        {"params": [_stage_param(stage)], **_unit_mark(x, y, rule, "low", x2={"field": "high"})},
        _unit_mark(x, y, {"type": "tick", "color": EXACT, "thickness": 4, "size": 20, "opacity": 1}, "average"),
        _unit_mark(x, y, {"type": "circle", "color": KEPT, "size": 90, "opacity": 1}, "scaled"),
        {"mark": gap, "encoding": {"x": {"value": {"expr": "width"}}, "y": y}},
        *(_goes_on(x, y, *end) for end in (("low", "<", "◂"), ("high", ">", "▸"))),
    ]
    return layered(
        layers,
        270,
        params=[rate_param(rate, "units"), *_domains(by_rate)],
        data=rows,
        transform=[{"filter": "datum.stage == stage_s"}, *_unit_columns()],
    )


def _goes_on(x: dict, y: dict, end: str, beyond: str, arrow: str) -> dict:
    """Draw an arrow on each bar that extends beyond the axis."""
    sign = "-" if end == "low" else "+"
    cut = [{"filter": f"datum.average {sign} datum.sd {beyond} {end}s[stage_s]"}]
    return {"transform": cut, **_unit_mark(x, y, text(f"'{arrow}'", 20, color=EXACT), end)}


def _stage_rows(stage: str, by_rate: list[Comparison]) -> list[dict]:
    return [
        {"stage": stage, "unit": i + 1}
        | numbered("m", _short([float(c.average[i]) for c in by_rate]))
        | numbered("s", _short([float(c.spread[i]) for c in by_rate]))
        | numbered("v", _short([float(c.scaled[i]) for c in by_rate]))
        for i in range(len(by_rate[0].average))
    ]


def _stage_param(stage: str) -> dict:
    bind = {"input": "radio", "options": list(STAGES), "labels": list(STAGES.values()), "name": "stage "}
    return reported("stage", "s", stage, bind)


def _domains(by_rate: list[dict[str, Comparison]]) -> list[dict]:
    """Compute axis limits for each stage that include the averages and scaled values at all rates, with a margin."""
    lows, highs = {}, {}
    for stage in STAGES:
        values = np.concatenate([part for c in by_rate for part in (c[stage].average, c[stage].scaled)])
        margin = 0.25 * max(float(np.ptp(values)), 0.1)
        lows[stage], highs[stage] = float(values.min()) - margin, float(values.max()) + margin
    return [{"name": "lows", "value": lows}, {"name": "highs", "value": highs}]


def _unit_columns() -> list[dict]:
    at = {name: element(key, RATE_INDEX) for name, key in (("average", "m"), ("sd", "s"), ("scaled", "v"))}
    return calculate(
        **at,
        low="max(lows[datum.stage], datum.average - datum.sd)",
        high="min(highs[datum.stage], datum.average + datum.sd)",
    )


def _unit_mark(x: dict, y: dict, mark: dict, field: str, **more: dict) -> dict:
    return {"mark": mark, "encoding": {"x": {"field": field, **x}, "y": y, **more}}
