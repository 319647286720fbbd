"""The chart of a live training: the validation loss of both pieces of code after each epoch."""

from functools import cache

import pandas as pd

from dropout_core.charts.theme import NEUTRAL, PICKED
from dropout_core.charts.vega import CONFIG, INK, PADDING, SCHEMA, SVG, nominal, quantitative
from dropout_core.topics.pitfalls.live_training import BUG, CODES, EPOCHS, RIGHT, SEEDS

HEIGHT = 260
_COLOURS, _SHAPES = {BUG: PICKED, RIGHT: NEUTRAL}, {BUG: "cross", RIGHT: "circle"}
_RUN, _MEAN = "run", "mean"


def rows(points: list[tuple]) -> pd.DataFrame:
    """Return one row per point, and one per code and epoch with the mean over seeds, if all seeds have reached it."""
    table = pd.DataFrame(points, columns=["code", "seed", "epoch", "loss", "accuracy"]).assign(kind=_RUN)
    groups = table.groupby(["code", "epoch"])
    means = groups[["loss", "accuracy"]].mean()[groups.size() == len(SEEDS)].reset_index()
    whole = pd.concat([table, means.assign(kind=_MEAN, seed=-1)], ignore_index=True)
    return whole.sort_values(["kind", "code", "seed", "epoch"], ignore_index=True)


@cache
def spec() -> dict:
    """Build the specification, without data: a thin line per run, and a thick line with points for the mean."""
    legend = {"title": None, "orient": "top", "symbolOpacity": 1, "symbolStrokeWidth": 0}
    colour, shape = (nominal("code", values, legend=legend) for values in (_COLOURS, _SHAPES))
    line = {"type": "line", "tooltip": None, "strokeWidth": 1.5, "opacity": 0.5}
    thick = line | {"strokeWidth": 3, "opacity": 1}
    dots = {"type": "point", "filled": True, "size": 60, "opacity": 1}
    tip = [{"field": "code"}, {"field": "epoch"}, {"field": "loss", "format": ".3f"}]
    tip += [{"field": "accuracy", "title": "accuracy, %", "format": ".1f"}]
    x = quantitative("epoch", [1, EPOCHS], "epoch", format="d", tickMinStep=1)
    axis = {"title": None, "tickCount": 6, "grid": False}
    y = {"field": "loss", "type": "quantitative", "axis": axis, "scale": {"zero": False}}
    encoding = {"x": x, "y": y, "color": colour}
    layers = [
        _layer(_RUN, line, encoding | {"detail": {"field": "seed"}}),
        _layer(_MEAN, thick, encoding),
        _layer(_MEAN, dots, encoding | {"shape": shape, "tooltip": tip}),
    ]
    title = {"text": "validation loss", "anchor": "start", "fontWeight": 400, "color": INK}
    return {
        "$schema": SCHEMA, "width": "container", "height": HEIGHT, "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": PADDING, "usermeta": SVG, "config": CONFIG, "title": title, "layer": layers,
    }  # fmt: skip


def _layer(kind: str, mark: dict, encoding: dict) -> dict:
    return {"transform": [{"filter": f"datum.kind == '{kind}'"}], "mark": mark, "encoding": encoding}


def text_alternative(points: list[tuple]) -> str:
    """Describe the chart: the loss of each piece of code after the last epoch that all of its seeds have reached."""
    means = rows(points).query("kind == @_MEAN")
    parts = []
    for code in CODES:
        if len(own := means[means["code"] == code]):
            last = own.iloc[-1]
            parts.append(f"{code}, {last['loss']:.2f} after epoch {last['epoch']:.0f}")
    return f"Validation loss, {'; '.join(parts) or 'growing while the nets train'}."
