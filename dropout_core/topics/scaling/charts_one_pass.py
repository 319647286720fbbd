"""Charts of one pass under a mask, and of the three schemes side by side. The browser handles the sliders."""

import numpy as np
from jaxtyping import Float

from dropout_core.charts.theme import DROPPED, EXACT, KEPT
from dropout_core.charts.vega import (
    RATE_INDEX,
    calculate,
    element,
    layered,
    numbered,
    rate_param,
    rate_slider,
    reported,
    row_labels,
    slider,
    text,
)
from dropout_core.numerics.masks import RATES, SCHEMES, inference_scale, moments

ROW_HEIGHT = 58
REACH = (-3.5, 5.5)  # axis limits that include mean ± standard deviation, 1 ± 4.4 at the highest rate
STRIPS = {  # Vega expressions for the labels, keyed by strip
    "a": "'A · the activations'",
    "m": "'M · mask of pass ' + pass_k + ' (1 = kept, 0 = dropped)'",
    "am": "'A ⊙ M · training: no scaling, standard'",
    "inverted": "'A ⊙ M × ' + format(1 / (1 - rate_p), '.2f') + ' · training: inverted'",
    "full": "'A · inference: no scaling, inverted'",
    "scaled": "'A × ' + format(1 - rate_p, '.2f') + ' · inference: standard'",
}
X = {"field": "i", "type": "ordinal", "axis": None, "scale": {"paddingInner": 0.06, "paddingOuter": 0}}
Y = {
    "field": "row",
    "type": "nominal",
    "axis": None,
    "sort": list(STRIPS),
    "scale": {"paddingInner": 0.46, "paddingOuter": 0.22, "align": 1},
}


def pass_strips(a: Float[np.ndarray, "units"], u: Float[np.ndarray, "passes units"], rate: float, shown: int) -> dict:
    """Draw six strips of cells: A, the mask, and each scheme's outputs in training and at inference.

    u            the draws for every pass on the slider; a unit is kept if its draw is at least the rate
    rate, shown  the sliders' initial values; shown is the pass, counted from 1
    """
    params = [reported("pass", "k", shown, slider("pass ", 1, len(u), 1)), reported("rate", "p", rate, rate_slider())]
    return layered(
        [{"params": params, **_kept_cells(a)}, _dropped_cells(), _numbers(), _labels(), _sums()],
        ROW_HEIGHT * len(STRIPS),
        params=[],
        data=[_unit(i, a, u) for i in range(len(a))],
        transform=_strip_values(),
    )


def _unit(i: int, a: np.ndarray, u: np.ndarray) -> dict:
    return {"i": i + 1, "a": float(a[i])} | numbered("u", [round(float(v), 4) for v in u[:, i]])


def _strip_values() -> list[dict]:
    """Expand each unit's row into one row per cell, with the columns row (strip), v (value) and live (not dropped)."""
    return [
        *calculate(
            m=f"{element('u', 'pass_k - 1')} >= rate_p ? 1 : 0",
            am="datum.a * datum.m",
            inverted="datum.am / (1 - rate_p)",
            full="datum.a",
            scaled="datum.a * (1 - rate_p)",
        ),
        {"fold": list(STRIPS), "as": ["row", "v"]},
        {"joinaggregate": [{"op": "sum", "field": "v", "as": "total"}], "groupby": ["row"]},
        *calculate(live="datum.m == 1 || indexof(['a', 'full', 'scaled'], datum.row) >= 0"),
    ]


def _kept_cells(a: np.ndarray) -> dict:
    """Draw the cells that are not dropped, with an opacity that increases with the absolute value."""
    full = 2 * max(float(np.abs(a).max()), 1e-12)
    opacity = {"field": "weight", "type": "quantitative", "scale": None, "legend": None}
    return {
        "transform": [{"filter": "datum.live"}, *calculate(weight=f"0.08 + 0.62 * min(1, abs(datum.v) / {full})")],
        "mark": {"type": "rect", "cornerRadius": 4, "fill": KEPT, "stroke": KEPT, "tooltip": None},
        "encoding": {"x": X, "y": Y, "fillOpacity": opacity},
    }


def _dropped_cells() -> dict:
    mark = {"type": "rect", "cornerRadius": 4, "fill": None, "stroke": DROPPED, "strokeDash": [3, 3]}
    return {"transform": [{"filter": "!datum.live"}], "mark": mark, "encoding": {"x": X, "y": Y}}


def _numbers() -> dict:
    shown = "datum.row == 'm' || !datum.live ? format(datum.v, '.0f') : format(datum.v, '.3~r')"
    return {"mark": text(shown), "encoding": {"x": X, "y": Y}}


def _labels() -> dict:
    """Write the name of each strip above its first cell."""
    label = "''"
    for key, expression in STRIPS.items():
        label = f"datum.row == '{key}' ? {expression} : {label}"
    mark = text(label, align="left", baseline="bottom", dy=-4, fontWeight=600)
    return {"transform": [{"filter": "datum.i == 1"}], "mark": mark, "encoding": _above(0)}


def _sums() -> dict:
    mark = text("'Σ ' + format(datum.total, '.2f')", align="right", baseline="bottom", dy=-4)
    only = {"filter": "datum.i == 1 && datum.row != 'm'"}
    return {"transform": [only], "mark": mark, "encoding": _above({"expr": "width"})}


def _above(x: object) -> dict:
    return {"x": {"value": x}, "y": {**Y, "bandPosition": 0}}


def scheme_means(rate: float) -> dict:
    """Draw each scheme's effect on a unit whose activation is 1.

    The chart shows mean ± standard deviation over the masks in training, and the value at inference.
    """
    x = {
        "type": "quantitative",
        "scale": {"domain": list(REACH), "nice": False},
        "axis": {"title": "a unit whose activation is 1", "values": [*range(-3, 6)], "format": "d"},
    }
    y = {"field": "scheme", "type": "nominal", "axis": None, "sort": None, "scale": {"padding": 0.1}}
    layers = [
        _point(x, y, "rule", {"color": KEPT, "strokeWidth": 3, "opacity": 0.4}, "low", x2={"field": "high"}),
        _point(x, y, "tick", {"color": EXACT, "thickness": 4, "size": 26, "opacity": 1}, "after"),
        _point(x, y, "circle", {"color": KEPT, "size": 150, "opacity": 1}, "average"),
        *row_labels("datum.scheme", _numbers_of_scheme(), y, dy=-28),
    ]
    at = {name: f"datum.{name}s[{RATE_INDEX}]" for name in ("average", "sd", "after")}
    return layered(
        layers,
        260,
        params=[rate_param(rate, "schemes")],
        data=[_scheme(scheme) for scheme in SCHEMES],
        transform=calculate(**at, low="datum.average - datum.sd", high="datum.average + datum.sd"),
    )


def _scheme(scheme: str) -> dict:
    """Compute the exact moments of a unit whose activation is 1, for each rate in RATES."""
    one = np.ones(1)
    pairs = [moments(one, rate, scheme) for rate in RATES]
    return {
        "scheme": scheme,
        "averages": [float(mean[0]) for mean, _ in pairs],
        "sds": [float(np.sqrt(variance[0])) for _, variance in pairs],
        "afters": [inference_scale(rate, scheme) for rate in RATES],
    }


def _point(x: dict, y: dict, kind: str, mark: dict, field: str, **more: dict) -> dict:
    return {"mark": {"type": kind, **mark}, "encoding": {"x": {"field": field, **x}, "y": y, **more}}


def _numbers_of_scheme() -> str:
    """Return an expression that shows mean ± sd in training, and whether the mean equals the value at inference."""
    numbers = "format(datum.average, '.2f') + ' ± ' + format(datum.sd, '.2f')"
    ratio = "datum.after / datum.average"
    off = f"abs({ratio} - 1) < 1e-9 ? ' = ' : ' ≠ '"
    return f"'training ' + {numbers} + ({off}) + 'inference ' + format(datum.after, '.2f')"
