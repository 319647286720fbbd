"""Chart of a tiny network's predictions for one image: all subnetworks, their averages, and the scaled pass.

The chart contains the data for every image and rate, so the reader's selection is applied in the browser.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float, Int

from dropout_core.charts.theme import DROPOUT, DROPPED, EXACT, KEPT
from dropout_core.charts.vega import INK, RATE_LABEL, calculate, element, layered, numbered, reported, slider, text
from dropout_core.topics.ensemble.averages import BINS, Ensemble

CELL = 13  # screen pixels per image pixel
FLOOR, ROOF = 268, 136  # y coordinates of the histogram's base and top, in pixels
ROWS = {"arithmetic": 330, "geometric": 386, "scaled": 442}
NAMES = {"arithmetic": "arithmetic mean", "geometric": "geometric mean", "scaled": "one scaled pass"}
MARKS = {
    "arithmetic": {"type": "tick", "color": EXACT, "orient": "vertical", "thickness": 4, "size": 22},
    "geometric": {"type": "point", "shape": "diamond", "stroke": EXACT, "strokeWidth": 2.5, "size": 150},
    "scaled": {"type": "point", "shape": "circle", "filled": True, "color": KEPT, "size": 150},
}
HEIGHT = 500
EQUAL = 1e-10  # smaller differences are float64 rounding errors
X = {
    "type": "quantitative",
    "scale": {"domain": [0, 1], "range": [0, {"expr": "width"}], "nice": False},
    "axis": {"title": "probability given to the true digit", "tickCount": 5, "grid": False},
}
Y = {
    "type": "quantitative",
    "scale": {"domain": [0, HEIGHT], "range": [0, HEIGHT], "nice": False, "zero": False},
    "axis": None,
}


def outputs(
    images: Float[np.ndarray, "images 49"],
    labels: Int[np.ndarray, "images"],
    classes: Sequence[int],
    by_rate: Sequence[Ensemble],
    rates: Sequence[float],
    rate: float,
    shown: int,
) -> dict:
    """Draw a histogram of the subnetworks' outputs for one image, above one row for each combined prediction.

    labels       indices into classes
    by_rate      the results of all subnetworks on these images, for each rate
    rates        the rates, evenly spaced
    rate, shown  the sliders' initial values; shown is the image's number, counted from 1
    """
    step = round(rates[1] - rates[0], 4)
    params = [
        reported("image", "i", shown, slider("image ", 1, len(images), 1)),
        reported("rate", "p", rate, slider(RATE_LABEL, rates[0], rates[-1], step)),
    ]
    at = f"round((rate_p - {rates[0]}) / {step})"
    facts = [_facts(i, label, classes, by_rate) for i, label in enumerate(labels.tolist())]
    layers = [
        {"params": params, **_cells(images)},
        *_words(facts, at, len(images), by_rate),
        *_bars(by_rate, at),
        *_answers(facts, at),
    ]
    return layered(layers, HEIGHT, [], [], [])


def _facts(i: int, label: int, classes: Sequence[int], by_rate: Sequence[Ensemble]) -> dict:
    """Return the true digit's probability and the predicted digit for one image, at each rate and by each method."""
    row = {"image": i + 1, "digit": classes[label]} | numbered("alone", _short([e.alone[i] for e in by_rate]))
    for name in ROWS:
        answers = [getattr(e.averages, name)[i] for e in by_rate]
        row |= numbered(name, _short([p[label] for p in answers]))
        row |= numbered(f"{name}_says", [classes[int(p.argmax())] for p in answers])
    for name in ("arithmetic", "geometric"):
        off = [float(e.averages.scaled[i, label] - getattr(e.averages, name)[i, label]) for e in by_rate]
        row |= numbered(f"off_{name}", [float(f"{value:.3g}") for value in off])
    return row


def _short(values: Iterable[float]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _layer(data: list[dict], transform: list[dict], mark: dict, **encoding: dict) -> dict:
    """Build a layer that shows only the selected image's rows."""
    transform = [{"filter": "datum.image == image_i"}, *transform]
    return {"data": {"values": data}, "transform": transform, "mark": mark, "encoding": encoding}


def _x(field: str) -> dict:
    return {"field": field, **X}


def _y(field: str) -> dict:
    return {"field": field, **Y}


def _cells(images: np.ndarray) -> dict:
    """Draw the network's input image. Larger pixel values give darker cells."""
    side = round(images.shape[1] ** 0.5)
    data = [
        {"image": i + 1, "row": place // side, "column": place % side, "value": round(float(value), 3)}
        for i, image in enumerate(images)
        for place, value in enumerate(image)
    ]
    edges = calculate(
        left=f"datum.column * {CELL} / width",
        right=f"(datum.column + 1) * {CELL} / width",
        top=f"datum.row * {CELL}",
        bottom=f"(datum.row + 1) * {CELL}",
    )
    mark = {"type": "rect", "fill": INK, "stroke": DROPPED, "strokeWidth": 0.5, "strokeOpacity": 0.5, "tooltip": None}
    value = {"field": "value", "type": "quantitative", "scale": None, "legend": None}
    places = {"x": _x("left"), "x2": {"field": "right"}, "y": _y("top"), "y2": {"field": "bottom"}}
    return _layer(data, edges, mark, **places, fillOpacity=value)


def _words(facts: list[dict], at: str, images: int, by_rate: Sequence[Ensemble]) -> list[dict]:
    """Beside the image, write its digit and the probability that a random subnetwork classifies it correctly."""
    lines = (
        (f"'a ' + datum.digit + ' (image ' + image_i + ' of {images})'", 18, 15, 600),
        ("'a random subnetwork is right'", 46, 13, 400),
        (f"'with chance ' + format({element('alone', at)}, '.0%')", 64, 13, 400),
    )
    left = 7 * CELL + 18
    layers = []
    for words, y, size, weight in lines:
        mark = text(words, size, align="left", baseline="middle", fontWeight=weight)
        layers.append(_layer(facts, calculate(x=f"{left} / width", y=str(y)), mark, x=_x("x"), y=_y("y")))
    title = text("'outputs of all subnetworks, by weight'", 13, align="left", fontWeight=600, color=DROPOUT)
    return [*layers, _layer(facts, calculate(x="0", y=str(ROOF - 16)), title, x=_x("x"), y=_y("y"))]


def _bars(by_rate: Sequence[Ensemble], at: str) -> list[dict]:
    """Draw the histogram, scaled so that the highest bar reaches ROOF for every image and rate."""
    shares = np.stack([e.histogram / e.histogram.max(axis=1, keepdims=True) for e in by_rate], axis=-1)
    data = [
        {"image": i + 1, "bin": b, **numbered("w", _short(shares[i, b]))}
        for i in range(shares.shape[0])
        for b in range(BINS)
        if shares[i, b].max() > 5e-4
    ]
    edges = calculate(
        left=f"(datum.bin + 0.06) / {BINS}",
        right=f"(datum.bin + 0.94) / {BINS}",
        floor=str(FLOOR),
        top=f"{FLOOR} - {FLOOR - ROOF} * {element('w', at)}",
    )
    mark = {"type": "rect", "color": DROPOUT, "opacity": 0.75, "tooltip": None}
    line = {"type": "rule", "color": DROPPED, "tooltip": None}
    places = {"x": _x("left"), "x2": {"field": "right"}, "y": _y("top"), "y2": {"field": "floor"}}
    ground = {"data": {"values": [{"x": 0, "end": 1, "y": FLOOR}]}, "mark": line}
    return [
        {**ground, "encoding": {"x": _x("x"), "x2": {"field": "end"}, "y": _y("y")}},
        _layer(data, edges, mark, **places),
    ]


def _answers(facts: list[dict], at: str) -> list[dict]:
    """Draw one row per combined prediction, and a vertical line through all rows at the arithmetic mean."""
    rule = {"type": "rule", "color": EXACT, "opacity": 0.5, "strokeDash": [2, 3], "tooltip": None}
    ends = calculate(x=element("arithmetic", at), y=str(FLOOR), end=str(ROWS["scaled"]))
    layers = [_layer(facts, ends, rule, x=_x("x"), y=_y("y"), y2={"field": "end"})]
    for name, y in ROWS.items():
        value, says = element(name, at), element(f"{name}_says", at)
        place = calculate(x=value, y=str(y))
        mark = {"opacity": 1, "tooltip": None, **MARKS[name]}
        verdict = f"format({value}, '.3f') + ': says ' + {says} + ({says} == datum.digit ? ' ✓' : ' ✗')"
        layers.append(_layer(facts, place, mark, x=_x("x"), y=_y("y")))
        layers.append(_beside(facts, f"'{NAMES[name]}'", y, "left", 600))
        layers.append(_beside(facts, verdict, y, "right", 400))
    off = " + ', ' + ".join(f"'{name} ' + {_off(element(f'off_{name}', at))}" for name in ("arithmetic", "geometric"))
    return [*layers, _beside(facts, f"'scaled pass − mean: ' + {off}", HEIGHT + 8, "left", 400)]


def _off(value: str) -> str:
    """Return an expression that formats a difference, in scientific notation if it is only a rounding error."""
    return f"(abs({value}) < {EQUAL} ? ({value} == 0 ? '0' : format({value}, '.0e')) : format({value}, '+.3f'))"


def _beside(facts: list[dict], words: str, y: int, align: str, weight: int) -> dict:
    """Draw a label above a row, at the row's left or right end."""
    mark = text(words, align=align, baseline="middle", fontWeight=weight)
    place = calculate(x="0" if align == "left" else "1", y=str(y - 24))
    return _layer(facts, place, mark, x=_x("x"), y=_y("y"))
