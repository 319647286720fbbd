"""Chart of one unit's output under each scheme: two values in training, one at inference."""

from dropout_core.charts.theme import AVERAGED, DROPPED, KEPT, WHOLE_NET
from dropout_core.charts.vega import RATE_INDEX, calculate, layered, quantitative, rate_param, row_labels, text
from dropout_core.numerics.masks import RATES, SCHEMES, inference_scale, training_scale

ROW = 104  # height of each scheme's row in pixels
BAR = 50  # height in pixels of a bar whose probability is 1


def schemes(rate: float) -> dict:
    """Draw the two outputs in training of a unit with activation 1, as bars whose heights are the probabilities.

    A triangle marks the mean in training, and a vertical line the value at inference.
    """
    x = quantitative("v", [{"expr": "-0.08 * top"}, {"expr": "top"}], "what the unit passes on")
    y = {"field": "row", "type": "quantitative", "scale": None, "axis": None}
    rows = [
        {"scheme": scheme, "row": ROW * i + ROW - 26}
        | {
            name: [scale(r, scheme) for r in RATES]
            for name, scale in (("ups", training_scale), ("at", inference_scale))
        }
        for i, scheme in enumerate(SCHEMES)
    ]
    return layered(
        [*_bars(x, y), *_marks(x, y), *row_labels("datum.scheme", _comparison(), y, dy=-62, weight=600)],
        ROW * len(SCHEMES),
        params=[rate_param(rate, "schemes"), {"name": "top", "expr": "max(2.2, 1.15 / (1 - rate_p))"}],
        data=rows,
        transform=calculate(
            kept=f"datum.ups[{RATE_INDEX}]",
            inference=f"datum.at[{RATE_INDEX}]",
            mean="datum.kept * (1 - rate_p)",
            base="datum.row",
        ),
    )


def _bars(x: dict, y: dict) -> list[dict]:
    """Draw the values 0 and kept as bars, each with its probability above it."""
    both = [
        {"fold": ["zero", "kept"], "as": ["which", "v"]},
        *calculate(chance="datum.which == 'kept' ? 1 - rate_p : rate_p", top=f"datum.row - {BAR} * datum.chance"),
        {"filter": "datum.chance > 0"},
    ]
    columns = [*calculate(zero="0"), *both]
    ends = {"x": x, "y": {**y, "field": "top"}}
    bar = {"type": "rule", "strokeWidth": 14, "opacity": 0.75, "tooltip": None}
    colour = {"condition": {"test": "datum.which == 'kept'", "value": KEPT}, "value": DROPPED}
    chance = text("format(datum.chance, '.0%')", align="left", baseline="bottom", dx=10, dy=12)
    return [
        {"transform": columns, "mark": bar, "encoding": {**ends, "y2": {"field": "base"}, "color": colour}},
        {"transform": columns, "mark": chance, "encoding": ends},
    ]


def _marks(x: dict, y: dict) -> list[dict]:
    line = {"type": "tick", "orient": "vertical", "color": WHOLE_NET, "thickness": 3, "size": 34, "opacity": 1}
    arrow = {"type": "point", "shape": "triangle-up", "filled": True, "size": 130, "opacity": 1, "color": AVERAGED}
    return [
        {"mark": {**line, "yOffset": -4}, "encoding": {"x": {**x, "field": "inference"}, "y": y}},
        {"mark": {**arrow, "yOffset": 8}, "encoding": {"x": {**x, "field": "mean"}, "y": y}},
    ]


def _comparison() -> str:
    """Return an expression that compares the mean in training with the value at inference."""
    sign = "abs(datum.mean - datum.inference) < 1e-9 ? ' = ' : ' ≠ '"
    return f"'training ' + format(datum.mean, '.2f') + ({sign}) + 'inference ' + format(datum.inference, '.2f')"
