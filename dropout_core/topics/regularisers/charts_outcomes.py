"""Chart of each method's effect on accuracy, alone and with dropout. The reader chooses a combination."""

import pandas as pd

from dropout_core.charts.theme import ARM_COLOURS, ARM_SHAPES
from dropout_core.charts.vega import INK, ONE_ROW, by_name, layered, nominal, reported, text
from dropout_core.common.text import signed
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT

ROW = 34  # height of a method's row in pixels
FAINT = 0.4  # opacity of the combinations that are not chosen
CHOSEN = "datum.trial == pick_trial && datum.arm == add_arm"


def rows(changes: pd.DataFrame) -> list[dict]:
    """Build the chart's rows from outcomes.changes."""
    shown = changes.assign(label=[signed(value, 1) for value in changes["change"]])
    return shown.round(3).astype(object).where(shown.notna(), None).to_dict("records")


def outcomes(changes: pd.DataFrame, trial: str, arm: str) -> dict:
    """Build the chart from outcomes.changes, with controls for the method and for dropout.

    trial, arm  the combination that is chosen initially
    """
    trials = [*dict.fromkeys(changes["trial"])]
    methods = {"input": "radio", "options": trials, "name": "Method "}
    switch = {"input": "radio", "options": [NO_DROPOUT, DROPOUT], "labels": ["off", "on"], "name": "Dropout "}
    params = [reported("pick", "trial", trial, methods), reported("add", "arm", arm, switch)]
    y = _rows_of(trials)
    zero = {"data": ONE_ROW, "mark": {"type": "rule", "color": INK, "opacity": 0.6}, "encoding": {"x": {"datum": 0}}}
    interval = {"mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": _place(y, "low") | {"x2": {"field": "high"}}}
    dot = {"mark": {"type": "point", "filled": True, "size": 90}, "encoding": _place(y, "change") | _shape()}
    return layered([zero, {**interval, "params": params}, dot, *_chosen(y)], ROW * len(trials), [], rows(changes), [])


def _rows_of(trials: list[str]) -> dict:
    axis = {"title": None, "labelLimit": 160, "ticks": False, "domain": False, "grid": True}
    return {"field": "trial", "type": "nominal", "scale": {"domain": trials}, "axis": axis}


def _place(y: dict, column: str) -> dict:
    axis = {"title": "change in accuracy, points", "tickCount": 6}
    x = {"field": column, "type": "quantitative", "axis": axis, "scale": {"padding": 16}}
    offset = {"field": "arm", "scale": {"domain": [NO_DROPOUT, DROPOUT], "paddingOuter": 0.4}}
    legend = {"orient": "top", "title": None, "symbolSize": 110}
    colour = nominal("arm", ARM_COLOURS, legend=legend)
    opacity = {"condition": {"test": CHOSEN, "value": 1}, "value": FAINT}
    return {"x": x, "y": y, "yOffset": offset, "color": colour, "opacity": opacity}


def _shape() -> dict:
    numbers = [
        {"field": name, "type": "quantitative", "format": "+.2f", "title": title}
        for name, title in (("change", "change, points"), ("low", "95 % from"), ("high", "to"))
    ]
    tooltip = [{"field": "trial", "title": "method"}, {"field": "arm", "title": "network"}, *numbers]
    return {"shape": {"field": "arm", "type": "nominal", "scale": by_name(ARM_SHAPES)}, "tooltip": tooltip}


def _chosen(y: dict) -> list[dict]:
    """Build the ring around the chosen combination and the number beside it."""
    here, place = [{"filter": CHOSEN}], {name: _place(y, "change")[name] for name in ("x", "y", "yOffset")}
    ring = {"type": "point", "shape": "circle", "size": 260, "strokeWidth": 2, "color": INK, "filled": False}
    number = text("datum.label", dy=-15, fontWeight="bold")
    return [{"transform": here, "mark": mark, "encoding": place} for mark in (ring, number)]
