"""Charts of an image, a net's 100 predictions for it, and the predictions' entropies, with a browser-side slider."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.charts.pictures import data_url
from dropout_core.charts.theme import (
    AVERAGED,
    BETWEEN_PASSES_DASH,
    DROPOUT,
    LARGE_TEXT,
    NEUTRAL,
    SOLID,
    TEXT_SIZE,
    WHOLE_NET,
    WHOLE_NET_DASH,
)
from dropout_core.charts.vega import calculate, element, layered, numbered, quantitative, reported, slider, text

HEIGHT, CURVES_HEIGHT = 330, 300
CURVES = {  # colour and dash of each curve; the predictive entropy is that of the average of the passes
    "predictive entropy": (AVERAGED, SOLID),
    "mutual information": (DROPOUT, BETWEEN_PASSES_DASH),
    "entropy with masks off": (WHOLE_NET, WHOLE_NET_DASH),
}
# Positions in pixels. The image is to the left of the cloud, or above the cloud on a phone.
_BOX = {
    "wide": "width > 560",
    "side": "wide ? 224 : 112",
    "left": "wide ? 300 : 34",
    "slot": "(width - left) / 10",
    "top": "wide ? 34 : 168",
    "floor": "height - 24",
}
_DIAMOND = {"type": "point", "shape": "diamond", "filled": True, "size": 90, "opacity": 1}
_ONCE: dict = {"data": {"values": [{}]}}  # a data set with one row, for layers with a single mark
_PIXELS = {"type": "quantitative", "scale": None, "axis": None}


def picture(
    images: UInt8[np.ndarray, "amounts 28 28"],
    on: Float[np.ndarray, "passes amounts classes"],
    off: Float[np.ndarray, "amounts classes"],
    amounts: Sequence[float],
    start: float,
    label: str,
) -> dict:
    """Draw the image beside a cloud of the net's softmax outputs for it.

    The cloud has one dot for each pass and class, and marks for the mean of the passes and the pass without dropout.
    start  initial value of the slider, one of the evenly spaced amounts; a single amount gets no slider
    """
    i = _index(amounts)
    shown = {"data": {"values": _image_rows(images, on.mean(0), off)}, "transform": [{"filter": f"datum.i == {i}"}]}
    control = [_slider(amounts, start, label)] if len(amounts) > 1 else []
    layers = [{"params": control, **shown, **_image()}, *_answers(shown), *_grid(), *_key(), *_cloud(on, off, i)]
    return layered(layers, HEIGHT, [{"name": name, "expr": expr} for name, expr in _BOX.items()], [], [])


def _index(amounts: Sequence[float]) -> str:
    return f"round(amount_a / {amounts[1]})" if len(amounts) > 1 else "0"


def _slider(amounts: Sequence[float], start: float, label: str) -> dict:
    return reported("amount", "a", start, slider(label, amounts[0], amounts[-1], amounts[1]))


def _image_rows(images: np.ndarray, on: np.ndarray, off: np.ndarray) -> list[dict]:
    def answer(p: np.ndarray) -> str:
        return f"{p.argmax()}, {100 * p.max():.0f} %"

    return [
        {"i": i, "url": data_url(image), "on": answer(on[i]), "off": answer(off[i])} for i, image in enumerate(images)
    ]


def _image() -> dict:
    side = {"expr": "side"}
    mark = {"type": "image", "width": side, "height": side, "align": "left", "baseline": "top", "smooth": False}
    return {
        "mark": mark,
        "encoding": {"x": {"value": 0}, "y": {"value": 4}, "url": {"field": "url", "type": "nominal"}},
    }


def _answers(shown: dict) -> list[dict]:
    """Write the predictions with dropout on and off below the image or, on a phone, beside it."""
    lines = [
        ("'answer, mean of 100 passes'", 20, TEXT_SIZE, 400),
        ("datum.on", 40, LARGE_TEXT, 600),
        ("'answer, masks off'", 64, TEXT_SIZE, 400),
        ("datum.off", 84, LARGE_TEXT, 600),
    ]
    layers = []
    for expression, down, size, weight in lines:
        mark = text(expression, fontSize=size, align="left", baseline="middle", fontWeight=weight)
        place = {"x": "wide ? 0 : side + 14", "y": f"(wide ? side + 4 : 0) + {down}"}
        layers.append({**shown, "mark": mark, "encoding": {axis: {"value": {"expr": e}} for axis, e in place.items()}})
    return layers


def _grid() -> list[dict]:
    """Draw labelled lines at 0, 50 and 100 %, and the names of the classes below them."""
    lines = {"data": {"values": [{"v": v} for v in (0, 0.5, 1)]}, "transform": calculate(py=_down("datum.v"))}
    classes = {"data": {"values": [{"k": k} for k in range(10)]}, "transform": calculate(px=_across("datum.k"))}
    y, x = {"field": "py", **_PIXELS}, {"field": "px", **_PIXELS}
    rule = {"type": "rule", "color": NEUTRAL, "opacity": 0.4, "tooltip": None}
    ends = {"x": {"value": {"expr": "left"}}, "x2": {"value": {"expr": "width"}}}
    percent = text("format(datum.v, '.0%')", align="right", baseline="middle", dx=-4)
    digit = text("datum.k", align="center", baseline="bottom")
    return [
        {**lines, "mark": rule, "encoding": {**ends, "y": y}},
        {**lines, "mark": percent, "encoding": {"x": ends["x"], "y": y}},
        {**classes, "mark": digit, "encoding": {"x": x, "y": {"value": {"expr": "height"}}}},
    ]


def _key() -> list[dict]:
    """Draw a legend for the cloud's marks above the cloud."""
    dot, bar = {"type": "circle", "size": 40, "opacity": 0.8}, {"type": "rule", "strokeWidth": 4}
    parts = [(dot, "one pass", 6, DROPOUT), (bar, "their mean", 92, AVERAGED), (_DIAMOND, "masks off", 194, WHOLE_NET)]
    layers = []
    for mark, words, x, colour in parts:
        at = {"x": {"value": {"expr": f"left + {x}"}}, "y": {"value": {"expr": "top - 22"}}}
        end = {"x2": {"value": {"expr": f"left + {x} - 12"}}} if mark is bar else {}
        label = text(f"'{words}'", align="left", baseline="middle", dx=10)
        layers.append({**_ONCE, "mark": {**mark, "color": colour, "tooltip": None}, "encoding": {**at, **end}})
        layers.append({**_ONCE, "mark": label, "encoding": at})
    return layers


def _cloud(on: np.ndarray, off: np.ndarray, i: str) -> list[dict]:
    # Horizontal jitter keeps the dots of a class from overlapping.
    spread = np.random.default_rng(0).uniform(-0.36, 0.36, on.shape[::2])
    dots = [
        {"k": k, "j": round(float(spread[n, k]), 3), **_per_mille(on[n, :, k])}
        for k in range(on.shape[2])
        for n in range(len(on))
    ]
    means = [{"k": k, "j": 0, **_per_mille(on.mean(0)[:, k])} for k in range(on.shape[2])]
    alone = [{"k": k, "j": 0, **_per_mille(off[:, k])} for k in range(on.shape[2])]
    bar = {"type": "tick", "orient": "horizontal", "thickness": 4, "size": {"expr": "0.76 * slot"}}
    return [
        _marks(dots, i, {"type": "circle", "size": 16, "color": DROPOUT, "opacity": 0.4}),
        _marks(means, i, {**bar, "color": AVERAGED, "opacity": 1}),
        _marks(alone, i, {**_DIAMOND, "color": WHOLE_NET}),
    ]


def _per_mille(p: np.ndarray) -> dict[str, int]:
    return numbered("p", np.rint(1000 * p).astype(int).tolist())


def _marks(rows: list[dict], i: str, mark: dict) -> dict:
    place = calculate(v=f"{element('p', i)} / 1000", px=_across("datum.k + datum.j"), py=_down("datum.v"))
    encoding = {"x": {"field": "px", **_PIXELS}, "y": {"field": "py", **_PIXELS}}
    return {"data": {"values": rows}, "transform": place, "mark": {**mark, "tooltip": None}, "encoding": encoding}


def _across(k: str) -> str:
    return f"left + slot * ({k} + 0.5)"


def _down(v: str) -> str:
    return f"floor - (floor - top) * ({v})"


def curves(
    amounts: Sequence[float],
    total: Float[np.ndarray, "amounts"],
    between: Float[np.ndarray, "amounts"],
    off: Float[np.ndarray, "amounts"],
    start: float,
    label: str,
    title: str,
) -> dict:
    """Plot three measures in bits against the amount of distortion. Show their values at the current amount.

    label   label of the slider
    title   title of the x axis, which shows the amount
    """
    top = 1.5 * max(1.0, float(total.max()), float(off.max()))  # leaves room for the legend above the curves
    x = quantitative("a", [amounts[0], amounts[-1]], title)
    y = quantitative("v", [0, top], "bits")
    bind = {"name": "amount_a", "value": start, "bind": slider(label, amounts[0], amounts[-1], amounts[1])}
    layers = []
    for row, (name, values) in enumerate(zip(CURVES, (total, between, off), strict=True)):
        rows = [{"a": a, "v": round(max(0.0, float(v)), 4)} for a, v in zip(amounts, values, strict=True)]
        present: dict = {
            "data": {"values": rows},
            "transform": [{"filter": f"abs(datum.a - amount_a) < {amounts[1] / 2}"}],
        }
        layers.append({"data": {"values": rows}, "mark": line(*CURVES[name]), "encoding": {"x": x, "y": y}})
        layers.append({**present, "mark": _dot(CURVES[name][0]), "encoding": {"x": x, "y": y}})
        layers += key_line(row, f"'{name}: ' + format(datum.v, '.2f') + ' bits'", *CURVES[name], present)
    return layered([_now(x), *layers], CURVES_HEIGHT, [bind], [], [])


def line(colour: str, dash: list[int], **more: object) -> dict:
    return {"type": "line", "color": colour, "strokeDash": dash, "strokeWidth": 2.5, "tooltip": None, **more}


def key_line(row: int, expression: str, colour: str, dash: list[int], rows: dict) -> list[dict]:
    """Draw one row of the legend above the curves: a short sample of the line, followed by text.

    rows   the layers' data, which must have a single row
    """
    down = {"value": 10 + 20 * row}
    words = text(expression, align="left", baseline="middle")
    sample = {"x": {"value": 8}, "x2": {"value": 44}, "y": down}
    return [
        {**rows, "mark": {**line(colour, dash), "type": "rule"}, "encoding": sample},
        {**rows, "mark": words, "encoding": {"x": {"value": 52}, "y": down}},
    ]


def _dot(colour: str) -> dict:
    return {"type": "circle", "color": colour, "size": 90, "opacity": 1, "tooltip": None}


def _now(x: dict) -> dict:
    """Draw a vertical line at the current amount of distortion."""
    data = {**_ONCE, "transform": calculate(a="amount_a")}
    ends = {"y": {"value": 20 * len(CURVES)}, "y2": {"value": {"expr": "height"}}}
    return {**data, "mark": {"type": "rule", "color": NEUTRAL, "tooltip": None}, "encoding": {"x": x, **ends}}
