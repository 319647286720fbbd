"""Chart that compares the scaled pass with the exact average over all subnetworks, for each stage and rate."""

from dropout_core.charts.theme import NEUTRAL, WHOLE_NET
from dropout_core.charts.vega import RATE_INDEX, calculate, layered, quantitative, rate_param, row_labels, text
from dropout_core.common.text import superscript

POWERS = (-16, -12, -8, -4, 0, 3)  # powers of ten that label the logarithmic axis
FLOOR = 1e-17  # a gap of zero is drawn at this value
ROUNDING = 1e-10  # smaller gaps are float64 rounding errors


def gaps(rows: dict[str, list[float]], others: dict[str, list[list[float]]], rate: float) -> dict:
    """Draw each row's largest gap on a logarithmic axis: a large dot for this network, and ticks for other networks.

    rows    this network's largest gap at each rate, keyed by row label
    others  the same for each of the other networks, keyed by row label
    """
    powers, title = [10.0**power for power in POWERS], "largest gap over the units (log scale)"
    x = quantitative("gap", [FLOOR, 1e3], title, values=powers, labelExpr=_power_labels())
    x["scale"] |= {"type": "log", "clamp": True}
    y = {"field": "row", "type": "nominal", "axis": None, "sort": list(rows), "scale": {"padding": 0.1}}
    values = [{"row": row, "main": True, "g": _short(g)} for row, g in rows.items()]
    values += [{"row": row, "main": False, "g": _short(g)} for row, nets in others.items() for g in nets]
    number = f"datum.gap < {ROUNDING} ? 'equal (' + format(datum.gap, '.0e') + ')' : format(datum.gap, '.3~r')"
    main, rest = [{"filter": "datum.main"}], [{"filter": "!datum.main"}]
    tick = {"type": "tick", "color": NEUTRAL, "thickness": 1.5, "size": 14, "opacity": 0.6}
    dot = {"type": "point", "filled": True, "color": WHOLE_NET, "size": 160, "opacity": 1}
    layers = [
        *_rounding(x),
        {"transform": rest, "mark": tick, "encoding": {"x": x, "y": y}},
        {
            "transform": [*main, {"filter": f"datum.gap >= {ROUNDING}"}],
            "mark": {**dot, "shape": "circle"},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [*main, {"filter": f"datum.gap < {ROUNDING}"}],
            "mark": {**dot, "shape": "diamond"},
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
    names = {str(power): f"10{superscript(power)}" if power else "1" for power in POWERS}
    return f"{names}[round(log(datum.value) / LN10)]"


def _rounding(x: dict) -> list[dict]:
    """Shade and label the part of the axis in which gaps are rounding errors."""
    area = {
        "mark": {"type": "rect", "color": NEUTRAL, "opacity": 0.1, "tooltip": None},
        "encoding": {"x": x, "x2": {"field": "end"}},
    }
    name = text("'rounding'", align="left", baseline="bottom", dx=4, dy=-4)
    label = {"mark": name, "encoding": {"x": x, "y": {"value": {"expr": "height"}}}}
    data = {"values": [{"gap": FLOOR, "end": ROUNDING}]}
    return [{"data": data, "transform": [], **layer} for layer in (area, label)]
