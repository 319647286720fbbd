"""The chart of a symptom: the numbers of the broken code and, once the reader has answered, of the correct code."""

from dropout_core.charts.theme import NEUTRAL, PICKED
from dropout_core.charts.vega import INK, RATE_LABEL, layered, nominal, reported, slider, text
from dropout_core.numerics.masks import RATE_STEP
from dropout_core.topics.pitfalls.pitfall import Pitfall
from dropout_core.topics.pitfalls.symptoms import RATES, Symptom

HEIGHT, FIELD = 240, "p"
CORRECT = "correct"
_KEY_LINE = 20  # height of each line of the legend above the points


def symptom_chart(pitfall: Pitfall, symptom: Symptom, revealed: bool, rate: float) -> dict:
    """Plot the values against the rate or the step. A rate slider selects the rate whose values are printed.

    revealed  whether to show the correct code's values, and to say which are which
    rate      the slider's initial value
    """
    series = {f"with the {pitfall.kind}": (symptom.bug, PICKED, "cross")}
    if revealed:
        series[CORRECT] = (symptom.right, NEUTRAL, "circle")
    rows = [
        {"x": x, "y": y, "code": code}
        for code, (values, *_) in series.items()
        for x, at in zip(symptom.x, values, strict=True)
        for y in at
    ]
    layers = [_points(pitfall, rows, series, len(rows) == len(series) * len(symptom.x))]
    if not pitfall.steps:
        layers.append(_rule(rate))
    layers += [layer for i, code in enumerate(series) for layer in _key(i, code, series, symptom, pitfall, revealed)]
    spec = layered(layers, HEIGHT, [], [], [])
    title = {"text": pitfall.quantity, "anchor": "start", "fontWeight": 400, "color": INK}
    return spec | {"title": title | {"offset": 8}}


def _points(pitfall: Pitfall, rows: list[dict], series: dict, single: bool) -> dict:
    """Plot the points, joined by lines if there is a single value for each position."""
    label, whole = (pitfall.steps, {"tickMinStep": 1}) if pitfall.steps else ("rate p", {})
    across, upright = {"grid": False, "title": label, **whole}, {"grid": False, "title": None, "tickCount": 5}
    x = {"field": "x", "type": "quantitative", "axis": across, "scale": {"nice": False, "padding": 8}}
    y = {"field": "y", "type": "quantitative", "axis": upright, "scale": {"zero": False}}
    colour, shape = (nominal("code", {name: look[i] for name, look in series.items()}) for i in (1, 2))
    encoding = {"x": x, "y": y, "color": colour}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 45, "opacity": 0.7},
        "encoding": encoding | {"shape": shape},
    }
    line = {"mark": {"type": "line", "tooltip": None}, "encoding": encoding}
    return {"data": {"values": rows}, "layer": [line, dots] if single else [dots]}


def _rule(rate: float) -> dict:
    bind = slider(RATE_LABEL, RATES[0], RATES[-1], RATE_STEP)
    return {
        "data": {"values": [{}]},
        "params": [reported("rate", FIELD, rate, bind)],
        "mark": {"type": "rule", "color": INK, "opacity": 0.5, "tooltip": None},
        "encoding": {"x": {"datum": {"expr": f"rate_{FIELD}"}, "type": "quantitative"}},
    }


def _key(row: int, code: str, series: dict, symptom: Symptom, pitfall: Pitfall, revealed: bool) -> list[dict]:
    """Draw one line of the legend: the symbol, the name of the code, and its value or range at the slider's rate."""
    if pitfall.steps and not revealed:
        return []  # a symbol without a name or a value would look like a data point
    values, colour, shape = series[code]
    y = {"value": -_KEY_LINE * (len(series) - row) + 6}
    name = f"{code}: " if revealed else ""
    if pitfall.steps:
        lines, here = [{"x": 0, "say": code}], []
    else:
        lines = [{"x": x, "say": name + in_words(at)} for x, at in zip(symptom.x, values, strict=True)]
        here = [{"filter": f"abs(datum.x - rate_{FIELD}) < {RATE_STEP / 2}"}]
    symbol = {"type": "point", "filled": True, "size": 70, "color": colour, "shape": shape, "tooltip": None}
    words = text("datum.say", align="left", baseline="middle")
    return [
        {"data": {"values": [{}]}, "mark": symbol, "encoding": {"x": {"value": 6}, "y": y}},
        {"data": {"values": lines}, "transform": here, "mark": words, "encoding": {"x": {"value": 18}, "y": y}},
    ]


def in_words(values: tuple[float, ...]) -> str:
    """Return the value, or the range of the values, with three significant digits."""
    low, high = (f"{value:.3g}".replace("-", "−") for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
