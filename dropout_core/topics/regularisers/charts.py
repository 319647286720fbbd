"""Charts of a method's validation loss, and of the variance shift at each rate."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from dropout_core.charts.label_places import apart
from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, NEUTRAL
from dropout_core.charts.vega import INK, ONE_ROW, RATE_LABEL, layered, nominal, reported, slider, text
from dropout_core.numerics.masks import RATE_STEP

HEIGHT = 280
_LINE = 18  # pixels between two lines of text


def curves(histories: pd.DataFrame, trial: str, base: str) -> dict:
    """Build the chart of validation loss by epoch, from record_tables.histories.

    base    the trial whose curves are drawn in the background
    """
    data = histories[histories["trial"].isin([trial, base])].round(4).to_dict("records")
    selected = [{"filter": {"field": "trial", "equal": trial}}]
    behind = [{"filter": {"field": "trial", "equal": base}}]
    lines = _line(2.2, 1)
    ends = text("datum.arm", align="left", dx=6, fontWeight="bold")
    layers: list[dict] = [
        {**_line(1.2, 0.45), "transform": behind},
        {**_band(), "transform": selected},
        {**lines, "transform": selected},
        {
            "data": {"values": _names(data, trial)},
            "transform": [],
            "mark": ends,
            "encoding": {"x": _x(), "y": _y("mean")},
        },
    ]
    return layered(layers, HEIGHT, [], data, [])


def _names(rows: list[dict], trial: str) -> list[dict]:
    """Return the place of each arm's name at the end of its curve. Neighbouring names are moved apart."""
    last = {row["arm"]: row for row in sorted(rows, key=lambda row: row["epoch"]) if row["trial"] == trial}
    reach = max(row["high"] for row in rows) / min(row["low"] for row in rows)
    places = np.exp(
        apart(np.log([row["mean"] for row in last.values()]).tolist(), _LINE / HEIGHT * float(np.log(reach)))
    )
    return [{**row, "mean": float(place)} for row, place in zip(last.values(), places, strict=True)]


def _x() -> dict:
    return {"field": "epoch", "type": "quantitative", "axis": {"title": "epoch", "grid": False, "tickCount": 8}}


def _y(column: str) -> dict:
    scale = {"type": "log", "nice": False, "padding": 8}
    axis = {"title": "validation loss", "tickCount": 5}
    return {"field": column, "type": "quantitative", "scale": scale, "axis": axis}


def _line(width: float, opacity: float) -> dict:
    colour, dash = nominal("arm", ARM_COLOURS), nominal("arm", ARM_DASHES)
    encoding = {"x": _x(), "y": _y("mean"), "color": colour, "strokeDash": dash}
    return {"mark": {"type": "line", "strokeWidth": width, "opacity": opacity}, "encoding": encoding}


def _band() -> dict:
    encoding = {"x": _x(), "y": _y("low"), "y2": {"field": "high"}, "color": nominal("arm", ARM_COLOURS)}
    return {"mark": {"type": "area", "opacity": 0.18}, "encoding": encoding}


def shift(ratios: Sequence[Float[np.ndarray, "units"]], rates: Sequence[float], rate: float) -> dict:
    """Build the chart of the variance shift at each rate: the median over units, and the middle 80 % of units.

    The median at the slider's rate is printed beside its point.

    ratios   for each rate, each unit's variance in training divided by its variance at inference
    rate     the slider's initial value
    """
    cuts = {"low": 0.1, "mid": 0.5, "high": 0.9}
    rows = [
        {"rate": p} | {name: round(float(np.quantile(r, cut)), 3) for name, cut in cuts.items()}
        for p, r in zip(rates, ratios, strict=True)
    ]
    here = [{"filter": "abs(datum.rate - rate_p) < 0.001"}]
    point = {"type": "point", "filled": True, "size": 90, "color": NEUTRAL}
    right = "rate_p < 0.25"  # where the axis leaves no room on the left
    side = {"align": {"expr": f"{right} ? 'left' : 'right'"}, "dx": {"expr": f"{right} ? 8 : -8"}}
    number = text("'×' + format(datum.mid, '.2f')", dy=-12, fontWeight="bold", **side)
    band = _by_rate("low") | {"y2": {"field": "high"}}
    slide = reported("rate", "p", rate, slider(RATE_LABEL, rates[0], rates[-1], RATE_STEP))
    layers: list[dict] = [
        {"params": [slide], "mark": {"type": "area", "opacity": 0.18, "color": NEUTRAL}, "encoding": band},
        {"mark": {"type": "line", "strokeWidth": 2, "color": NEUTRAL}, "encoding": _by_rate("mid")},
        {
            "data": ONE_ROW,
            "mark": {"type": "rule", "color": INK, "opacity": 0.6},
            "encoding": {"y": {"datum": 1, "type": "quantitative"}},
        },
        {"transform": here, "mark": point, "encoding": _by_rate("mid")},
        {"transform": here, "mark": number, "encoding": _by_rate("mid")},
    ]
    return layered(layers, 220, [], rows, [])


def _by_rate(column: str) -> dict:
    axis = {"title": "rate p", "grid": False, "format": "~g", "tickCount": 5}
    x = {"field": "rate", "type": "quantitative", "axis": axis}
    axis = {"title": "variance in training / at inference", "tickCount": 5, "format": "~s"}
    y = {"field": column, "type": "quantitative", "axis": axis, "scale": {"type": "log", "nice": False, "padding": 8}}
    return {"x": x, "y": y}
