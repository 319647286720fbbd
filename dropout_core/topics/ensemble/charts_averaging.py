"""Charts of ensemble averages: their accuracy, error and loss, and their difference from the scaled pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dropout_core.charts.label_places import apart
from dropout_core.charts.theme import AVERAGED, DROPOUT, NEUTRAL, SOLID, WHOLE_NET, WHOLE_NET_DASH
from dropout_core.charts.vega import calculate, layered, reported, row_labels, slider, text
from dropout_core.numerics.statistics import Estimate
from dropout_core.topics.ensemble.findings import Curve

WAYS: dict[str, dict[str, object]] = {  # mark style of each prediction method, matching charts_subnetworks
    "alone": {"stroke": DROPOUT, "shape": "square", "strokeWidth": 2.5},
    "arithmetic": {"fill": AVERAGED, "shape": "stroke", "stroke": AVERAGED, "strokeWidth": 4, "angle": 90},
    "geometric": {"stroke": AVERAGED, "shape": "diamond", "strokeWidth": 2.5},
    "scaled": {"fill": WHOLE_NET, "stroke": WHOLE_NET, "shape": "circle"},
}
GAPS = 260  # height of the charts of gaps in pixels


@dataclass(frozen=True)
class Line:
    """A curve with its name and colour."""

    curve: Curve
    name: str
    colour: str


def right(
    names: Mapping[str, str],
    by_rate: Mapping[str, Sequence[Estimate]],
    rates: Sequence[float],
    rate: float,
    images: int,
) -> dict:
    """Draw one row per prediction method, with its accuracy (%) at the slider's rate and the 95 % interval."""
    step = round(rates[1] - rates[0], 4)
    at = f"[round((rate_p - {rates[0]}) / {step})]"
    rows = [{"way": way, "name": names[way], **_arrays(estimates)} for way, estimates in by_rate.items()]
    x = _linear(f"% of {images} images right", [30, 100])
    y = {"field": "way", "type": "nominal", "axis": None, "sort": list(by_rate), "scale": {"padding": 0.1}}
    layers = [_row_mark({"type": "rule", "color": NEUTRAL, "strokeWidth": 3}, x, y, "low", x2={"field": "high"})]
    for way in by_rate:
        mark = {"type": "point", "size": 130, "opacity": 1, **WAYS[way]}
        layers.append({"transform": [{"filter": f"datum.way == '{way}'"}], **_row_mark(mark, x, y, "mean")})
    numbers = "format(datum.mean, '.1f') + ' % (' + format(datum.low, '.1f') + '–' + format(datum.high, '.1f') + ')'"
    layers += row_labels("datum.name", numbers, y, dy=-20)
    params = [{"name": "rate_p", "value": rate, "bind": slider("Rate p, share right ", rates[0], rates[-1], step)}]
    return layered(
        layers, 250, params, rows, calculate(**{key: f"datum.{key}s{at}" for key in ("mean", "low", "high")})
    )


def _arrays(estimates: Sequence[Estimate]) -> dict:
    columns = {"means": "value", "lows": "low", "highs": "high"}
    return {name: [round(getattr(e, field), 3) for e in estimates] for name, field in columns.items()}


def _linear(title: str, domain: list[float]) -> dict:
    scale = {"domain": domain, "nice": False, "clamp": True}
    return {"type": "quantitative", "scale": scale, "axis": {"title": title, "tickCount": 5, "grid": False}}


def _row_mark(mark: dict, x: dict, y: dict, field: str, **more: dict) -> dict:
    return {"mark": {"tooltip": None, **mark}, "encoding": {"x": {"field": field, **x}, "y": y, **more}}


def gaps(by_depth: Mapping[int, Sequence[Estimate]], rates: Sequence[float], highest: float) -> dict:
    """Draw the scaled pass's mean gap (percentage points) against the rate, with one line for each network depth.

    A line may end before the highest rate.
    """
    x = _linear("rate p = P(drop)", [rates[0], rates[-1] + 0.14])
    x["axis"] = x["axis"] | {"values": list(rates), "format": ".1f"}
    y = _linear("mean gap, points of probability", [0, highest])
    rows = {depth: _gap_rows(estimates, rates) for depth, estimates in by_depth.items()}
    layers = []
    for depth in by_depth:
        layers += _band_and_line(rows[depth], x, y, "rate", AVERAGED)
    ends = {depth: row[-1]["mean"] for depth, row in rows.items()}
    for depth, place in zip(ends, apart(list(ends.values()), 16 * highest / GAPS), strict=True):
        words = f"'{depth} layer{'s' if depth > 1 else ''}'"
        dy = round((ends[depth] - place) * GAPS / highest)
        mark = text(words, align="left", baseline="middle", dx=7, dy=dy, fontWeight=600)
        end = {"data": {"values": [{"rate": rates[-1], "place": ends[depth]}]}}
        layers.append({**end, "mark": mark, "encoding": _at(x, y, "rate", "place")})
    return layered(layers, GAPS, [], [], [])


def _gap_rows(estimates: Sequence[Estimate], rates: Sequence[float]) -> list[dict]:
    points = ((100 * e.value, 100 * e.low, 100 * e.high) for e in estimates)
    return [{"rate": r, "mean": m, "low": lo, "high": hi} for r, (m, lo, hi) in zip(rates, points, strict=False)]


def _at(x: dict, y: dict, across: str, up: str, **more: dict) -> dict:
    return {"x": {"field": across, **x}, "y": {"field": up, **y}, **more}


def _band_and_line(
    rows: list[dict], x: dict, y: dict, across: str, colour: str, dash: Sequence[int] = SOLID
) -> list[dict]:
    data = {"data": {"values": rows}}
    band = {"type": "area", "color": colour, "opacity": 0.18, "clip": True, "tooltip": None}
    line = {"type": "line", "color": colour, "strokeWidth": 2.5, "strokeDash": list(dash), "tooltip": None}
    return [
        {**data, "mark": band, "encoding": _at(x, y, across, "low", y2={"field": "high"})},
        {**data, "mark": line, "encoding": _at(x, y, across, "mean")},
    ]


def _log_k(last: int) -> dict:
    return {
        "type": "quantitative",
        "scale": {"type": "log", "domain": [1, last], "nice": False},
        "axis": {"title": "members averaged, k (log scale)", "values": [1, 10, 100, 1000], "grid": False},
    }


def minus_scaled(
    differences: Mapping[int, Estimate],
    unit: str,
    form: str,
    control: dict,
    published: int | None = None,
) -> dict:
    """Draw the average of k members minus the scaled pass against k, with 95 % intervals and a line at zero.

    unit, form  the unit of the y axis and its number format
    control     the choice of k, from members()
    published   the smallest k at which the paper finds no difference, drawn as a vertical rule

    The point at the chosen k takes the colour of averages if its interval excludes zero, and its numbers are shown.
    """
    last = max(differences)
    rows = [{"k": k, "mean": e.value, "low": e.low, "high": e.high} for k, e in differences.items()]
    top = max(row["high"] for row in rows)
    ends = [min(*(row["low"] for row in rows), -0.09 * top), top]  # leaves room for the label below zero
    x, y = _log_k(last), _linear(f"average of k − scaled pass, {unit}", ends)
    here = {"data": {"values": rows}, "transform": [{"filter": "datum.k == members_k"}]}
    excludes = {"condition": {"test": "datum.low > 0 || datum.high < 0", "value": AVERAGED}, "value": NEUTRAL}
    interval = {"type": "rule", "strokeWidth": 3, "tooltip": None}
    point = {"type": "point", "filled": True, "size": 110, "opacity": 1, "tooltip": None}
    mean, low, high = (f"format(datum.{name}, '+{form}')" for name in ("mean", "low", "high"))
    numbers = f"{mean} + ' (' + {low} + ' to ' + {high} + ')'"
    label = text(f"'k = ' + datum.k + ': ' + {numbers}", align="right", baseline="top", fontWeight=600)
    name = text("'0: as good as the scaled pass'", align="left", baseline="top", dx=4, dy=5, fontWeight=600)
    zero = {"data": {"values": [{"k": 1, "mean": 0}]}}
    rule = {"type": "rule", "color": WHOLE_NET, "strokeDash": WHOLE_NET_DASH, "strokeWidth": 2, "tooltip": None}
    layers = [
        *_band_and_line(rows, x, y, "k", AVERAGED),
        {**zero, "mark": rule, "encoding": {"y": {"field": "mean", **y}}},
        {**zero, "mark": name, "encoding": _at(x, y, "k", "mean")},
        *_published(published, x),
        {**here, "mark": interval, "encoding": _at(x, y, "k", "low", y2={"field": "high"}, color=excludes)},
        {**here, "mark": point, "encoding": _at(x, y, "k", "mean", color=excludes)},
        {**here, "mark": label, "encoding": {"x": {"value": {"expr": "width"}}, "y": {"value": 4}}},
    ]
    return _with_control(layers, control)


def _with_control(layers: list[dict], control: dict) -> dict:
    if "select" not in control:
        return layered(layers, 320, [control], [], [])
    layers[0]["params"] = [control]  # Vega-Lite allows a selection only in a layer with a mark
    return layered(layers, 320, [], [], [])


def averaging(
    lines: Sequence[Line], scaled: Estimate, unit: str, form: str, domain: list[float], control: dict
) -> dict:
    """Draw the error of the average of k members against k, with the single scaled pass for comparison.

    unit, form, domain  the y axis's title, number format and limits; the axis is logarithmic
    control             the choice of k, from members()

    The point at the chosen k is marked and its numbers are shown. A curve that ends before k shows its last point.
    """
    last = lines[0].curve.counts[-1]
    x, y = _log_k(last), _linear(unit, domain)
    y["scale"] = {"type": "log", "domain": domain, "nice": False}
    y["axis"] = y["axis"] | {"values": [5, 10, 20, 50]}
    layers = _scaled(scaled, x, y, last)
    for place, line in enumerate(lines):
        layers += [
            *_band_and_line(_points(line.curve), x, y, "k", line.colour),
            *_at_chosen(line, place, form, x, y),
        ]
    return _with_control(layers, control)


def members(k: int, counts: Sequence[int], reports: bool = False) -> dict:
    """Return radio buttons for the number of members averaged. All charts use the same parameter name."""
    bind = {"input": "radio", "options": list(counts), "name": "Members k "}
    return reported("members", "k", k, bind) if reports else {"name": "members_k", "value": k, "bind": bind}


def _points(curve: Curve) -> list[dict]:
    rows = zip(curve.counts, curve.mean, curve.low, curve.high, strict=True)
    return [{"k": k, "mean": round(m, 4), "low": round(lo, 4), "high": round(hi, 4)} for k, m, lo, hi in rows]


def _scaled(scaled: Estimate, x: dict, y: dict, last: int) -> list[dict]:
    """Draw the scaled pass as a horizontal line, with its interval over the images."""
    rows = [{"k": k, "mean": scaled.value, "low": scaled.low, "high": scaled.high} for k in (1, last)]
    band, line = _band_and_line(rows, x, y, "k", WHOLE_NET, WHOLE_NET_DASH)
    band["mark"] = band["mark"] | {"opacity": 0.1}
    label = text("'one scaled pass'", align="right", baseline="top", dy=6, fontWeight=600)
    return [band, line, {"data": {"values": rows[1:]}, "mark": label, "encoding": _at(x, y, "k", "mean")}]


def _published(k: int | None, x: dict) -> list[dict]:
    """Draw a vertical rule at the paper's k."""
    if k is None:
        return []
    data, across = {"data": {"values": [{"k": k}]}}, {"x": {"field": "k", **x}}
    rule = {"type": "rule", "color": NEUTRAL, "strokeWidth": 1.5, "tooltip": None}
    label = text(f"'Srivastava et al.:|no difference|from about {k}'", align="right", dx=-5, lineBreak="|")
    return [
        {**data, "mark": rule, "encoding": across | {"y": {"value": 26}, "y2": {"value": {"expr": "height"}}}},
        {**data, "mark": label, "encoding": across | {"y": {"value": 60}}},
    ]


def _at_chosen(line: Line, place: int, form: str, x: dict, y: dict) -> list[dict]:
    """Label the line, mark its point at the chosen k, and write the point's values at the bottom of the chart."""
    rows = _points(line.curve)
    data = {"data": {"values": rows}, "transform": [{"filter": f"datum.k == min(members_k, {rows[-1]['k']})"}]}
    shape = ("circle", "square")[place]
    point = {"type": "point", "filled": True, "shape": shape, "color": line.colour, "size": 90, "opacity": 1}
    mean, low, high = (f"format(datum.{key}, '{form}')" for key in ("mean", "low", "high"))
    numbers = f"'k = ' + datum.k + ' {line.name}: ' + {mean} + ' (' + {low} + '–' + {high} + ')'"
    label = text(numbers, align="left", baseline="top", fontWeight=600)
    foot = {"x": {"value": 4}, "y": {"value": {"expr": f"height - {40 - 18 * place}"}}}
    name = text(f"'{line.name}'", align="left", baseline="bottom", dx=8, dy=-6, fontWeight=600)
    named = {"data": {"values": rows[place : place + 1]}, "mark": name, "encoding": _at(x, y, "k", "high")}
    return [
        named,
        {**data, "mark": {**point, "tooltip": None}, "encoding": _at(x, y, "k", "mean")},
        {**data, "mark": label, "encoding": foot},
    ]


def similarity(by_measure: Mapping[str, Mapping[str, Estimate]], names: Mapping[str, str]) -> dict:
    """Draw the similarity of two members with its 95 % interval, in one row for each measure and kind of ensemble."""
    looks = {"subnetworks": (DROPOUT, "circle"), "trees": (NEUTRAL, "square")}
    rows = [
        {"row": f"{measure} {kind}", "name": f"{names[measure]}: {names[kind]}", "kind": kind, **vars(estimate)}
        for measure, by_kind in by_measure.items()
        for kind, estimate in by_kind.items()
    ]
    x = _linear("0: never, or unrelated · 1: always, or the same errors", [0, 1])
    order = [row["row"] for row in rows]
    y = {"field": "row", "type": "nominal", "axis": None, "sort": order, "scale": {"padding": 0.1}}
    layers = []
    for kind, (colour, shape) in looks.items():
        only = {"transform": [{"filter": f"datum.kind == '{kind}'"}]}
        rule = {"type": "rule", "color": colour, "strokeWidth": 3, "opacity": 0.6}
        point = {"type": "point", "filled": True, "size": 110, "opacity": 1, "color": colour, "shape": shape}
        layers.append({**only, **_row_mark(rule, x, y, "low", x2={"field": "high"})})
        layers.append({**only, **_row_mark(point, x, y, "value")})
    numbers = "format(datum.value, '.2f') + ' (' + format(datum.low, '.2f') + '–' + format(datum.high, '.2f') + ')'"
    layers += row_labels("datum.name", numbers, y, dy=-18)
    return layered(layers, 56 * len(rows) + 20, [], rows, [])
