"""Chart of accuracy by epoch at each rate. A slider in the browser selects the rate that is compared with rate 0."""

import pandas as pd

from dropout_core.charts.theme import ARM_DASHES, DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.charts.vega import INK, ONE_ROW, RATE_LABEL, layered, slider, text

_NARROW = 460  # largest width of the plot, in pixels, in which texts have two lines
LOWEST = 70  # lower end of the accuracy axis in %, where curves are cut off
_HERE = "abs(datum.rate - rate_p) < 0.01"


def learning(curves: pd.DataFrame, by_rate: pd.DataFrame, level: float, rate: float) -> dict:
    """Build the chart.

    curves   rate, epoch and mean accuracy in %
    by_rate  for each rate: reached, the mean epoch at which it reaches the level or NaN, and final, its last accuracy
    rate     the slider's initial value
    """
    rates = by_rate["rate"]
    bind = slider(RATE_LABEL, float(rates.min()), float(rates.max()), 0.1)
    summary = by_rate.round(3).astype(object).where(by_rate.notna(), None)
    data = curves.round(3).to_dict("records") + summary.to_dict("records")
    chosen, zero = [{"filter": _HERE}], [{"filter": "datum.rate == 0"}]
    thin = {"type": "rule", "color": INK, "opacity": 0.7}
    layers: list[dict] = [
        {"data": ONE_ROW, "mark": thin, "encoding": {"y": _y({"datum": level})}},
        _line(0.25, 1, NEUTRAL, []),
        _line(1, 2.2, NO_DROPOUT, zero, ARM_DASHES["no dropout"]),
        _line(1, 3, DROPOUT, chosen),
        *_texts(level, chosen),
    ]
    return layered(layers, 260, [{"name": "rate_p", "value": rate, "bind": bind}], data, [])


def _line(opacity: float, width: float, colour: str, transform: list[dict], dash: list[int] | None = None) -> dict:
    mark = {"type": "line", "clip": True, "opacity": opacity, "strokeWidth": width, "color": colour}
    mark |= {"strokeDash": dash} if dash else {}
    axis = {"title": "epoch", "grid": False, "tickCount": 6}
    x = {"field": "epoch", "type": "quantitative", "axis": axis}
    encoding = {"x": x, "y": _y({"field": "mean"}), "detail": {"field": "rate"}}
    return {"mark": mark, "encoding": encoding, "transform": [{"filter": "isValid(datum.epoch)"}, *transform]}


def _y(value: dict) -> dict:
    axis = {"title": "validation accuracy, %", "tickCount": 5}
    scale = {"zero": False, "nice": True, "domainMin": LOWEST}
    return {**value, "type": "quantitative", "scale": scale, "axis": axis}


def _texts(level: float, chosen: list[dict]) -> list[dict]:
    """Build two texts at the lower right, with the results of the chosen rate and of rate 0.

    In a narrow chart, each text has two lines, so that it does not reach the steep parts of the curves.
    """
    epoch = f"'first {level:g} % at epoch ' + format(datum.reached, '.0f')"
    when = f"(datum.reached === null ? '{level:g} % not reached' : {epoch})"
    start = f"'p = ' + format(datum.rate, '~g') + ': ' + {when} + (width < {_NARROW} ? ',\\n' : ', ')"
    line = f"{start} + 'ends at ' + format(datum.final, '.1f') + ' %'"
    place = {"x": {"value": {"expr": "width - 4"}}}
    summary = [{"filter": "isValid(datum.final)"}]
    zero = [{"filter": f"datum.rate == 0 && !({_HERE})"}]
    return [
        {
            "mark": text(line, align="right", fontWeight=weight, lineBreak="\n", lineHeight=16),
            "transform": summary + which,
            "encoding": place | {"y": {"value": {"expr": f"{y} - (width < {_NARROW} ? {lift} : 0)"}}},
        }
        for weight, which, y, lift in (("bold", chosen, 205, 38), ("normal", zero, 230, 20))
    ]
