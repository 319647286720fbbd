"""Chart of the validation loss by epoch for no dropout, plain dropout, and the variant that the reader selects."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dropout_core.charts.label_places import apart
from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, PICKED, PICKED_DASH
from dropout_core.charts.vega import INK, layered
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT

HEIGHT = 340
_APART = 0.06  # minimum distance between line labels, as a fraction of the axis
_SHOWN = f"datum.trial === '{NO_DROPOUT}' || datum.trial === '{DROPOUT}' || datum.trial === pick_v"


def curves(histories: pd.DataFrame, picks: tuple[str, ...], pick: str) -> dict[str, Any]:
    """Draw the validation loss of both baselines and of the selected trial, each with its interval as a band.

    histories  a table with the columns trial, epoch, mean, low, high
    picks      the trials that can be selected
    pick       the trial selected initially
    """
    reach = [float(histories["low"].min()), float(histories["high"].max())]
    bind = {"input": "radio", "options": list(picks), "name": "Beside them "}
    select = {"type": "point", "fields": ["v"]}
    param = {"name": "pick", "select": select, "bind": {"v": bind}, "value": [{"v": pick}]}
    names = _names(histories, picks, reach[1] - reach[0])
    band = {"mark": {"type": "area", "opacity": 0.15, "tooltip": None}, "encoding": _encoding(reach, "low", "high")}
    line = {"mark": {"type": "line", "strokeWidth": 2.2, "tooltip": None}, "encoding": _encoding(reach)}
    line["encoding"]["strokeDash"] = _by_trial(ARM_DASHES, PICKED_DASH)
    point = {"mark": {"type": "circle", "size": 40, "opacity": 1}, "encoding": _encoding(reach)}
    point["encoding"]["tooltip"] = _tooltip()
    shown = [{"filter": _SHOWN}]
    chart = layered([{"params": [param], **band}, line, point], HEIGHT, [], histories.to_dict("records"), shown)
    chart["layer"].append(_named(names, reach))
    return chart


def _by_trial(by_arm: Mapping[str, Any], picked: Any) -> dict:
    """Encode the trial with a condition instead of a scale, because all selectable trials share one style."""
    return {
        "condition": [
            {"test": f"datum.trial === '{trial}'", "value": by_arm[trial]} for trial in (NO_DROPOUT, DROPOUT)
        ],
        "value": picked,
    }


def _encoding(reach: list[float], y: str = "mean", y2: str = "") -> dict:
    epochs = {"title": "epoch", "grid": False, "tickCount": 8}
    encoding = {
        "x": {"field": "epoch", "type": "quantitative", "axis": epochs, "scale": {"zero": False, "nice": False}},
        "y": {"field": y, "type": "quantitative", "axis": {"title": None, "tickCount": 5}, "scale": {"domain": reach}},
        "color": _by_trial(ARM_COLOURS, PICKED),
        "detail": {"field": "trial", "type": "nominal"},
    }
    return encoding | ({"y2": {"field": y2}} if y2 else {})


def _tooltip() -> list[dict]:
    numbers = [("mean", "mean"), ("low", "95 % from"), ("high", "to")]
    return [
        {"field": "trial", "title": "net"},
        {"field": "epoch", "type": "quantitative"},
        *({"field": f, "type": "quantitative", "title": t, "format": ".3f"} for f, t in numbers),
    ]


def _named(names: list[dict], reach: list[float]) -> dict:
    mark = {"type": "text", "align": "left", "dx": 8, "fontWeight": 600, "color": INK, "tooltip": None}
    encoding = _encoding(reach, "at")
    del encoding["detail"], encoding["color"]
    encoding["text"] = {"field": "trial", "type": "nominal"}
    return {
        "data": {"values": names},
        "transform": [{"filter": "datum.pick === pick_v"}],
        "mark": mark,
        "encoding": encoding,
    }


def _names(histories: pd.DataFrame, picks: tuple[str, ...], reach: float) -> list[dict]:
    """For each pick, place the three line labels at the ends of their lines, without overlap."""
    last = histories.loc[histories.groupby("trial")["epoch"].idxmax()].set_index("trial")
    rows = []
    for pick in picks:
        ends = last.loc[[NO_DROPOUT, DROPOUT, pick]]
        for (trial, row), y in zip(ends.iterrows(), apart(ends["mean"].to_list(), _APART * reach), strict=True):
            rows.append({"pick": pick, "trial": trial, "epoch": float(row["epoch"]), "at": y})
    return rows
