"""Chart of the overview: the losses of a net that overfits."""

import pandas as pd

from dropout_core.charts.theme import ARM_DASHES, NO_DROPOUT, TRAINING_DASH
from dropout_core.charts.vega import layered, quantitative, slider, text


def memorising(losses: pd.DataFrame) -> dict:
    """Draw the loss on training and on validation images up to the slider's epoch, with the gap between them shaded.

    losses   columns epoch, training and validation, one row per epoch measured
    """
    epochs = losses["epoch"].astype(int).tolist()
    top = round(float(losses[["training", "validation"]].max().max()) + 0.1, 1)
    x = quantitative("epoch", [0, epochs[-1]], "epochs of training")
    y = quantitative("training", [0, top], "loss", tickCount=4)
    rows = losses.astype({"epoch": int}).map(lambda value: float(f"{value:.4g}")).to_dict("records")
    control = slider("Epochs", epochs[0], epochs[-1], epochs[1] - epochs[0])
    gap = {"type": "area", "color": NO_DROPOUT, "opacity": 0.18, "tooltip": None}
    ends = {"x": x, "y": y, "y2": {"field": "validation"}}
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
    at = {"x": x, "y": {**y, "field": field}}
    side = {"align": {"expr": "epoch_e > 30 ? 'right' : 'left'"}}
    label = text(f"{name} + format(datum.{field}, '.3f')", dy=dy, fontWeight=600, **side)
    line = {"type": "line", "color": NO_DROPOUT, "strokeWidth": 3, "strokeDash": dash, "tooltip": None}
    return [
        {"mark": line, "encoding": at},
        {"transform": here, "mark": {"type": "circle", "color": NO_DROPOUT, "size": 130, "opacity": 1}, "encoding": at},
        {"transform": here, "mark": label, "encoding": at},
    ]
