"""Chart of the sums that one neuron receives, pass after pass, with and without scaling."""

from math import floor, log10

import numpy as np
from jaxtyping import Float

from dropout_core.charts.theme import AVERAGED, DROPOUT, NEUTRAL, WHOLE_NET
from dropout_core.charts.vega import INK, RATE_INDEX, calculate, element, layered, nominal, numbered, slider, text
from dropout_core.numerics.masks import RATES, keep_mask

BINS = 16  # number of bars in the scaled row; bars in the unscaled row are narrower by a factor of 1 − p
BAR = 92  # height in pixels of the tallest bar of each row
BASES = {"unscaled": 132, "scaled": 274}  # y of each row's baseline in pixels
HEIGHT = 300
COLOURS = {"unscaled": NEUTRAL, "scaled": DROPOUT}
NAMES = "datum.row == 'scaled' ? 'scaled by 1 / (1 − p) = ' + format(1 / (1 - rate_p), '.2f') : 'unscaled'"


def masked_sums(
    a: Float[np.ndarray, "units"], u: Float[np.ndarray, "passes units"]
) -> Float[np.ndarray, "rates passes"]:
    """Sum the kept activations of every pass, for each rate in RATES; a unit is kept if its draw is at least the rate.

    a   each unit's activation, times its weight to the neuron that receives the sum
    """
    return np.stack([keep_mask(u, rate) @ a for rate in RATES])


def sums(
    a: Float[np.ndarray, "units"], u: Float[np.ndarray, "passes units"], rate: dict, shown: int, step: bool = True
) -> dict:
    """Draw the sums of the first passes as two histograms, the last pass as a dot, and the sum at inference as a line.

    rate   the parameter "rate" (reported to Streamlit) or "rate_p" of the chart
    shown  the number of passes drawn at first
    step   whether the reader can step through the passes; otherwise all of them are drawn
    """
    by_rate = masked_sums(a, u)
    rows = [{"k": k + 1} | numbered("s", [_short(v) for v in by_rate[:, k]]) for k in range(len(u))]
    passes = {"name": "pass_k", "value": shown if step else len(u)}
    if step:
        passes["bind"] = slider("Passes", 1, len(u), 1)
    reports = "select" in rate
    bars, *rest = [*_bars(), *_target(float(a.sum())), *_means(_places(by_rate)), *_last_pass(step), *_labels()]
    return layered(
        [{"params": [rate], **bars} if reports else bars, *rest],
        HEIGHT,
        params=[*([] if reports else [rate]), passes, *_ends(by_rate, float(a.sum()))],
        data=rows,
        transform=[
            {"filter": "datum.k <= pass_k"},
            *calculate(unscaled=element("s", RATE_INDEX), scaled="datum.unscaled / (1 - rate_p)"),
            {"fold": list(BASES), "as": ["row", "v"]},
            *calculate(base=f"datum.row == 'scaled' ? {BASES['scaled']} : {BASES['unscaled']}"),
        ],
    )


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _places(by_rate: np.ndarray) -> int:
    """Return the decimal places that a mean needs: two, or more if all sums are small."""
    largest = float(np.abs(by_rate).max()) or 1.0
    return max(2, 2 - floor(log10(largest)))


def _ends(by_rate: np.ndarray, target: float) -> list[dict]:
    """Return parameters for the ends of the axis, which contains all sums at the slider's rate and the target."""
    lows, highs = [], []
    for rate, values in zip(RATES, by_rate, strict=True):
        points = np.concatenate([values, values / (1 - rate), [target]])
        margin = max(float(np.ptp(points)), 1e-3) / BINS  # half a bar and a gap
        lows.append(_short(points.min() - margin))
        highs.append(_short(points.max() + margin))
    ends = {"lows": lows, "highs": highs}
    arrays = [{"name": name, "value": value} for name, value in ends.items()]
    return [*arrays, *({"name": name[:-1], "expr": f"{name}[{RATE_INDEX}]"} for name in ends)]


def _x(field: str) -> dict:
    axis = {"title": "sum that the next neuron receives", "tickCount": 6, "grid": False}
    scale = {"domain": [{"expr": "low"}, {"expr": "high"}], "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def _y(field: str) -> dict:
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def _bars() -> list[dict]:
    width = f"(high - low) / {BINS} * (datum.row == 'scaled' ? 1 : max(0.1, 1 - rate_p))"
    steps = [
        *calculate(width=width, bin="floor(datum.v / datum.width + 0.5)"),
        {"aggregate": [{"op": "count", "as": "n"}], "groupby": ["row", "base", "width", "bin"]},
        {"joinaggregate": [{"op": "max", "field": "n", "as": "most"}], "groupby": ["row"]},
        *calculate(
            left="(datum.bin - 0.45) * datum.width",
            right="(datum.bin + 0.45) * datum.width",
            top=f"datum.base - {BAR} * datum.n / datum.most",
        ),
    ]
    ends = {"x": _x("left"), "x2": {"field": "right"}, "y": _y("top"), "y2": {"field": "base"}}
    mark = {"type": "rect", "opacity": 0.75, "clip": True, "tooltip": None}
    return [{"transform": steps, "mark": mark, "encoding": {**ends, "color": nominal("row", COLOURS)}}]


def _target(target: float) -> list[dict]:
    """Draw the sum at inference as a line in both rows, with its value on the side that has more space.

    The line leaves out the labels of the rows.
    """
    left = "datum.v > (low + high) / 2"
    side = {"align": {"expr": f"{left} ? 'right' : 'left'"}, "dx": {"expr": f"{left} ? -6 : 6"}}
    name = text("'target ' + format(datum.v, '.4~r') + ': all active'", baseline="top", fontWeight=600, **side)
    where = {"data": {"values": [{"v": target}]}, "transform": []}
    parts = [(0, 16), *((base - BAR, base + 14) for base in BASES.values())]
    pieces = {"data": {"values": [{"v": target, "from": top, "to": end} for top, end in parts]}, "transform": []}
    line = {"type": "rule", "color": WHOLE_NET, "strokeWidth": 2.5, "tooltip": None}
    return [
        {**pieces, "mark": line, "encoding": {"x": _x("v"), "y": _y("from"), "y2": {"field": "to"}}},
        {**where, "mark": name, "encoding": {"x": _x("v"), "y": {"value": 0}}},
    ]


def _means(places: int) -> list[dict]:
    """Mark each row's mean so far by a triangle below its baseline, and write it at the right."""
    steps = [{"aggregate": [{"op": "mean", "field": "v", "as": "mean"}], "groupby": ["row", "base"]}]
    arrow = {"type": "point", "shape": "triangle-up", "filled": True, "size": 130, "opacity": 1, "color": AVERAGED}
    # A phone has no room for the word.
    passes = "(width > 480 ? (pass_k === 1 ? ' pass: ' : ' passes: ') : ': ')"
    number = text(f"'mean of ' + pass_k + {passes} + format(datum.mean, '.{places}f')", align="right", fontWeight=600)
    return [
        {
            "transform": [*steps, *calculate(y="datum.base + 8")],
            "mark": arrow,
            "encoding": {"x": _x("mean"), "y": _y("y")},
        },
        {
            "transform": [*steps, *calculate(y=f"datum.base - {BAR + 12}")],
            "mark": number,
            "encoding": {"x": {"value": {"expr": "width"}}, "y": _y("y")},
        },
    ]


def _last_pass(drawn: bool) -> list[dict]:
    """Draw the sum of the last pass as a large dot, which jumps from pass to pass."""
    dot = {"type": "circle", "size": 230, "opacity": 1, "stroke": INK, "strokeWidth": 1.5}
    here = [{"filter": "datum.k == pass_k"}, *calculate(y="datum.base - 8")]
    encoding = {"x": _x("v"), "y": _y("y"), "color": nominal("row", COLOURS)}
    return [{"transform": here, "mark": dot, "encoding": encoding}] if drawn else []


def _labels() -> list[dict]:
    here = [{"filter": "datum.k == 1"}, *calculate(y=f"datum.base - {BAR + 12}", label=NAMES)]
    names = text("datum.label", align="left", fontWeight=600)
    return [{"transform": here, "mark": names, "encoding": {"x": {"value": 0}, "y": _y("y")}}]
