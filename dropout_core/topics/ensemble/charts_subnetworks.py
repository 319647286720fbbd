"""Chart of a tiny network's predictions for one image: a histogram of all subnetworks, pictures of some, and means.

The chart contains the data for every image and rate, so the reader's selection is applied in the browser.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dropout_core.charts.pictures import data_url
from dropout_core.charts.theme import AVERAGED, DROPOUT, NEUTRAL, PICKED, WHOLE_NET
from dropout_core.charts.vega import RATE_LABEL, calculate, element, layered, numbered, pixels, reported, slider, text
from dropout_core.topics.ensemble import charts_thumbnails as thumbnails
from dropout_core.topics.ensemble.averages import BINS, Ensemble

NAMES = {"arithmetic": "arithmetic mean", "geometric": "geometric mean", "scaled": "one scaled pass"}
MARKS = {
    "arithmetic": {"type": "tick", "color": AVERAGED, "orient": "vertical", "thickness": 4, "size": 22},
    "geometric": {"type": "point", "shape": "diamond", "stroke": AVERAGED, "strokeWidth": 2.5, "size": 150},
    "scaled": {"type": "point", "shape": "circle", "filled": True, "color": WHOLE_NET, "size": 150},
}
HEIGHT, ROW = 368, 36  # height in pixels of the chart, and of the row for each mean
EQUAL = 1e-10  # smaller differences are float64 rounding errors
# Positions in pixels. On a phone, the small pictures are below the image instead of beside it.
_BOX = {
    "wide": "width > 640",
    "side": "wide ? 124 : 64",
    "roof": "wide ? 164 : 190",  # of the histogram
    "floor_": f"{HEIGHT - 3 * ROW - 6}",
}
_X = {
    "type": "quantitative",
    "scale": {"domain": [0, 1], "range": [0, {"expr": "width"}], "nice": False},
    "axis": {"title": "probability given to the true digit", "tickCount": 5, "grid": False},
}
_PIXELS = {"type": "quantitative", "scale": {"domain": [0, HEIGHT], "range": [0, HEIGHT], "nice": False}, "axis": None}


@dataclass(frozen=True)
class Shown:
    """One network's data for the chart.

    pictures  the images at the resolution that the network reads; 0 is black and 255 is white
    labels    the true digits
    classes   the digits that the network tells apart, in the order of its outputs
    rates     the rates, evenly spaced
    by_rate   the results of all subnetworks on the images, for each rate
    draws     the draws of the hidden units in the subnetworks that are shown as pictures
    outputs   the outputs of those subnetworks for each rate and image
    hidden    the number of units of each hidden layer
    """

    pictures: Int[np.ndarray, "images side side"]
    labels: Sequence[int]
    classes: Sequence[int]
    rates: Sequence[float]
    by_rate: Sequence[Ensemble]
    draws: Float[np.ndarray, "members units"]
    outputs: Float[np.ndarray, "rates members images classes"]
    hidden: tuple[int, ...]


def outputs(shown: Shown, rate: float, image: int) -> dict:
    """Draw a histogram of the subnetworks' outputs for one image, above one row for each combined prediction.

    rate, image  the sliders' initial values; images are counted from 1
    """
    rates, first = shown.rates, shown.rates[0]
    step = round(rates[1] - first, 4) if len(rates) > 1 else 0.1
    params = [
        reported("image", "i", image, slider("Image ", 1, len(shown.labels), 1)),
        reported("rate", "p", rate, slider(RATE_LABEL, first, rates[-1], step)),
    ]
    at = f"round((rate_p - {first}) / {step})"
    facts = [_facts(i, shown) for i in range(len(shown.labels))]
    some = thumbnails.rows(shown.outputs, shown.labels, shown.classes)
    layers = [
        {"params": params, **_image(shown)},
        *_titles(facts, some, at, shown),
        *_bars(shown.by_rate, at),
        *_pin(some, at),
        *thumbnails.pictures(some, shown.hidden, len(shown.draws), at),
        *_answers(facts, at),
    ]
    draws = {"name": "draws", "value": np.round(shown.draws, 4).tolist()}
    return layered(layers, HEIGHT, [draws, *({"name": name, "expr": expr} for name, expr in _BOX.items())], [], [])


def _facts(i: int, shown: Shown) -> dict:
    """Return the true digit's probability and the predicted digit for one image, at each rate and by each method."""
    true, by_rate = shown.classes.index(shown.labels[i]), shown.by_rate
    row = {"image": i + 1, "digit": shown.labels[i]} | numbered("alone", _short([e.alone[i] for e in by_rate]))
    for name in NAMES:
        answers = [getattr(e.averages, name)[i] for e in by_rate]
        row |= numbered(name, _short([p[true] for p in answers]))
        row |= numbered(f"{name}_says", [shown.classes[int(p.argmax())] for p in answers])
    for name in ("arithmetic", "geometric"):
        off = [float(e.averages.scaled[i, true] - getattr(e.averages, name)[i, true]) for e in by_rate]
        row |= numbered(f"off_{name}", [float(f"{value:.3g}") for value in off])
    return row


def _short(values: Iterable[float]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _layer(data: list[dict], transform: list[dict], mark: dict, **encoding: dict) -> dict:
    """Build a layer that shows only the selected image's rows."""
    transform = [{"filter": "datum.image == image_i"}, *transform]
    return {"data": {"values": data}, "transform": transform, "mark": mark, "encoding": encoding}


def _x(field: str) -> dict:
    return {"field": field, **_X}


def _y(field: str) -> dict:
    return {"field": field, **_PIXELS}


def _image(shown: Shown) -> dict:
    rows = [{"image": i + 1, "url": data_url(picture.astype(np.uint8))} for i, picture in enumerate(shown.pictures)]
    side = {"expr": "side"}
    mark = {"type": "image", "width": side, "height": side, "align": "left", "baseline": "top", "smooth": False}
    return _layer(rows, [], mark, x={"value": 0}, y={"value": 0}, url={"field": "url", "type": "nominal"})


def _titles(facts: list[dict], some: list[dict], at: str, shown: Shown) -> list[dict]:
    """Write the titles of the digit, the small pictures and the histogram."""
    count = f"{2 ** sum(shown.hidden):,}"
    chance = f"format({element('alone', at)}, '.0%')"
    wide, short = (
        f"'a random subnetwork classifies it correctly with probability ' + {chance}",
        f"'random subnetwork right: ' + {chance}",
    )
    here = [{"filter": "datum.m == member_m"}]
    chosen = f"'number ' + datum.m + ': ' + format({thumbnails.output(at)}, '.2f')"
    left = "wide ? side + 24 : side + 12"
    some_of = f"{len(shown.draws)} of the {count}"
    every = f"wide ? 'All {count} outputs, weighted by the probability of the mask' : 'All {count} outputs'"
    lines = [
        (facts, f"(datum.digit === 8 ? 'An ' : 'A ') + datum.digit + ': ' + (wide ? {wide} : {short})", left, "10"),
        (facts, f"wide ? '{some_of}, drawn at random:' : '{some_of}:'", left, "32"),
        (facts, every, "0", "roof - 14"),
    ]
    layers = [
        _layer(rows, calculate(left=x, top=y), text(words, align="left", fontWeight=600), **pixels("left", "top"))
        for rows, words, x, y in lines
    ]
    end = text(chosen, align="right", fontWeight=600)
    return [*layers, _layer(some, [*here, *calculate(left="width", top="roof - 14")], end, **pixels("left", "top"))]


def _bars(by_rate: Sequence[Ensemble], at: str) -> list[dict]:
    """Draw the histogram, scaled so that its highest bar has the full height for every image and rate.

    The heights are sent in thousandths, which take half the bytes.
    """
    shares = np.stack([e.histogram / e.histogram.max(axis=1, keepdims=True) for e in by_rate], axis=-1)
    data = [
        {"image": i + 1, "bin": b, **numbered("w", np.rint(1000 * shares[i, b]).astype(int).tolist())}
        for i in range(shares.shape[0])
        for b in range(BINS)
        if shares[i, b].max() > 5e-4
    ]
    edges = calculate(
        left=f"(datum.bin + 0.06) / {BINS}",
        right=f"(datum.bin + 0.94) / {BINS}",
        floor="floor_",
        top=f"floor_ - (floor_ - roof) * {element('w', at)} / 1000",
    )
    mark = {"type": "rect", "color": DROPOUT, "opacity": 0.75, "tooltip": None}
    line = {"type": "rule", "color": NEUTRAL, "tooltip": None}
    places = {"x": _x("left"), "x2": {"field": "right"}, "y": _y("top"), "y2": {"field": "floor"}}
    ground = {"data": {"values": [{"x": 0, "end": 1}]}, "transform": calculate(y="floor_"), "mark": line}
    return [
        {**ground, "encoding": {"x": _x("x"), "x2": {"field": "end"}, "y": _y("y")}},
        {**_layer(data, edges, mark, **places), "params": [thumbnails.HOVERED]},
    ]


def _pin(some: list[dict], at: str) -> list[dict]:
    """Mark the output of the chosen subnetwork in the histogram."""
    place = [{"filter": "datum.m == member_m"}, *calculate(v=thumbnails.output(at), top="roof - 2", floor="floor_")]
    line = {"type": "rule", "color": PICKED, "strokeWidth": 2.5, "tooltip": None}
    head = {"type": "point", "shape": "triangle-down", "filled": True, "color": PICKED, "size": 110, "opacity": 1}
    return [
        _layer(some, place, line, x=_x("v"), y=_y("top"), y2={"field": "floor"}),
        _layer(some, place, head, x=_x("v"), y=_y("top")),
    ]


def _answers(facts: list[dict], at: str) -> list[dict]:
    """Draw one row per combined prediction, with a line at the arithmetic mean beside each mark."""
    rule = {"type": "rule", "color": AVERAGED, "opacity": 0.5, "tooltip": None}
    layers: list[dict] = []
    for row, name in enumerate(NAMES):
        value, says = element(name, at), element(f"{name}_says", at)
        y = HEIGHT - (len(NAMES) - row) * ROW + 24
        mark = {"opacity": 1, "tooltip": None, **MARKS[name]}
        ends = calculate(x=element("arithmetic", at), y=str(y - 10), end=str(y + 10))
        layers.append(_layer(facts, ends, rule, x=_x("x"), y=_y("y"), y2={"field": "end"}))
        verdict = f"format({value}, '.3f') + ': says ' + {says} + ({says} == datum.digit ? ' ✓' : ' ✗')"
        if name != "scaled":
            off = _off(element(f"off_{name}", at))
            verdict = f"{verdict} + (wide ? '; the scaled pass differs by ' + {off} : '')"
        layers.append(_layer(facts, calculate(x=value, y=str(y)), mark, x=_x("x"), y=_y("y")))
        layers.append(_beside(facts, f"'{NAMES[name]}'", y, "left", 600))
        layers.append(_beside(facts, verdict, y, "right", 400))
    return layers


def _off(value: str) -> str:
    """Return an expression that formats a difference, in scientific notation if it is only a rounding error."""
    return f"(abs({value}) < {EQUAL} ? ({value} == 0 ? '0' : format({value}, '.0e')) : format({value}, '+.3f'))"


def _beside(facts: list[dict], words: str, y: int, align: str, weight: int) -> dict:
    """Draw a label above a row, at the row's left or right end."""
    mark = text(words, align=align, baseline="middle", fontWeight=weight)
    place = calculate(x="0" if align == "left" else "1", y=str(y - 18))
    return _layer(facts, place, mark, x=_x("x"), y=_y("y"))
