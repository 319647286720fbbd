"""Charts of the overview: the losses of a net that overfits, and the gain from dropout in each comparison."""

from collections.abc import Sequence

import pandas as pd

from dropout_core.charts.theme import ARM_DASHES, DROPOUT, NEUTRAL, NO_DROPOUT, TRAINING_DASH
from dropout_core.charts.vega import SIGNED, calculate, layered, row_labels, slider, text, zero_by_row
from dropout_core.topics.overview.findings import Gain

ROW = 48  # height in pixels of each row of the gains chart, including its label
VERDICTS = {1: "better", -1: "worse", 0: "inconclusive"}  # keyed by the sign of the gain
COLOURS = {"better": DROPOUT, "worse": NO_DROPOUT, "inconclusive": NEUTRAL}
SHAPES = {"better": "circle", "worse": "square", "inconclusive": "diamond"}


def memorising(losses: pd.DataFrame) -> dict:
    """Draw the loss on training and on validation images up to the slider's epoch, with the gap between them shaded.

    losses   columns epoch, training and validation, one row per epoch measured
    """
    epochs = losses["epoch"].astype(int).tolist()
    top = round(float(losses[["training", "validation"]].max().max()) + 0.1, 1)
    x = {
        "field": "epoch",
        "type": "quantitative",
        "scale": {"domain": [0, epochs[-1]], "nice": False},
        "axis": {"title": "epochs of training", "tickCount": 6, "grid": False},
    }
    y = {
        "type": "quantitative",
        "scale": {"domain": [0, top], "nice": False},
        "axis": {"title": "loss", "tickCount": 4, "grid": False},
    }
    pairs = zip(losses["training"].tolist(), losses["validation"].tolist(), strict=True)
    rows = [
        {"epoch": epoch, "training": _short(training), "validation": _short(validation)}
        for epoch, (training, validation) in zip(epochs, pairs, strict=True)
    ]
    control = slider("Epochs", epochs[0], epochs[-1], epochs[1] - epochs[0])
    gap = {"type": "area", "color": NO_DROPOUT, "opacity": 0.18, "tooltip": None}
    ends = {"x": x, "y": {"field": "training", **y}, "y2": {"field": "validation"}}
    layers = [
        {"mark": gap, "encoding": ends},
        *_curve(x, y, "training", TRAINING_DASH, "'training images '", dy=-14),
        *_curve(x, y, "validation", ARM_DASHES["no dropout"], "'new images '", dy=-16),
    ]
    params = [{"name": "epoch_e", "value": epochs[-1], "bind": control}]
    return layered(layers, 300, params, rows, [{"filter": "datum.epoch <= epoch_e"}])


def _curve(x: dict, y: dict, field: str, dash: list[int], name: str, dy: int) -> list[dict]:
    """Draw a curve with a dot and its value at the slider's epoch. Near the left edge, the label is on the right."""
    here = [{"filter": "datum.epoch == epoch_e"}]
    at = {"x": x, "y": {"field": field, **y}}
    side = {"align": {"expr": "epoch_e > 30 ? 'right' : 'left'"}}
    label = text(f"{name} + format(datum.{field}, '.3f')", dy=dy, fontWeight=600, **side)
    line = {"type": "line", "color": NO_DROPOUT, "strokeWidth": 3, "strokeDash": dash, "tooltip": None}
    return [
        {"mark": line, "encoding": at},
        {"transform": here, "mark": {"type": "circle", "color": NO_DROPOUT, "size": 130, "opacity": 1}, "encoding": at},
        {"transform": here, "mark": label, "encoding": at},
    ]


def gains(rows: Sequence[Gain]) -> dict:
    """Draw the accuracy gained with dropout in each comparison, with its 95 % interval and a line at zero."""
    table = [
        {"name": g.name, "value": g.difference.mean, "low": g.difference.low, "high": g.difference.high}
        | {"verdict": VERDICTS[g.difference.sign]}
        for g in rows
    ]
    x = {
        "type": "quantitative",
        "scale": {"nice": True, "zero": True},
        "axis": {"title": "points of accuracy gained with dropout", "tickCount": 6, "grid": False} | SIGNED,
    }
    y = {"field": "name", "type": "nominal", "axis": None, "scale": {"domain": [g.name for g in rows], "padding": 0.1}}
    colour, shape = (
        {"field": "verdict", "type": "nominal", "legend": None}
        | {"scale": {"domain": list(values), "range": list(values.values())}}
        for values in (COLOURS, SHAPES)
    )
    numbers = "datum.verdict + ': ' + replace(format(datum.value, '+.1f'), '-', '−')"
    return layered(
        [
            zero_by_row(x, y, ROW),
            {
                "mark": {"type": "rule", "strokeWidth": 3, "tooltip": None},
                "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y, "color": colour},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1, "tooltip": None},
                "encoding": {"x": {"field": "value", **x}, "y": y, "color": colour, "shape": shape},
            },
            *row_labels("datum.name", numbers, y, dy=-18, weight=600),
        ],
        ROW * len(rows) + 20,
        [],
        table,
        calculate(),
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")
