"""Variants of dropout on the network of the masks page, in the browser: what is gone, and how a factor is distributed.

Expressions know variant_v, rate_p and pass_k. A factor's size is the area of its neuron or the width of its line.
"""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from ..estimates import RATES
from ..variants import DRAWS, ON_THE_NETWORK, PASSES, VARIANTS, edges, measured, neurons
from .diagram import at, data, specification
from .live import RATE_INDEX, numbered, picked, rate_slider, slider
from .theme import DROPPED, EXACT, KEPT

FIELDS = {"variant": "v", "rate": "p", "pass": "k"}  # parameter → the field that its input sets
NAMES = tuple(VARIANTS[slug].name for slug in ON_THE_NETWORK)
HEIGHT = 560
WIDE = 640  # pixels of width from which the facts stand beside the network
_GAUSSIAN, _DROPCONNECT, _INPUTS = (VARIANTS[slug].name for slug in ON_THE_NETWORK[1:])
_REACH = (-2.6, 5.4)  # factors that the distribution's axis shows
LARGEST = 2.25  # a larger factor is drawn no larger
_CROSS = "M-1,-1L1,1M1,-1L-1,1"
_DASHES = [3, 3]
_BOX = {
    "wide": f"width > {WIDE}",
    "net_w": "width * (wide ? 0.6 : 1) - 88",
    "net_h": "height * (wide ? 1 : 0.49) - 72",
    "radius": "min(14, 0.25 * net_h / 6)",
    "rate_i": RATE_INDEX,
    "facts_x": "wide ? 0.65 * width : 4",
    "facts_w": "wide ? 0.35 * width : width - 8",
    "facts_y": "wide ? 0 : 0.52 * height",
    "facts_h": "wide ? height : 0.48 * height",
}
_SAID = {  # what is random, in two short lines
    "dropout": ("A coin for every hidden neuron, image and pass:", "out, or kept and scaled up."),
    "gaussian": ("A normal factor for every hidden neuron, image", "and pass: none is out, some are turned round."),
    "dropconnect": ("A coin for every connection, and here one for all", "images of a batch; every neuron stays."),
    "inputs": ("A coin for every input, image and pass:", "the net sees a picture with holes."),
}


def network_chart(start: dict[str, Any]) -> dict[str, Any]:
    """The network under the variant that the reader picks, and beside it the factor's distribution and moments.

    start   the controls' first values by FIELDS' keys; variant is one of NAMES
    """
    nodes = data(_wide(neurons()), "neurons")
    layers = [
        _connections(nodes),
        *_neurons(nodes),
        *_layer_names(nodes),
        *_distribution(nodes),
        *_sentences(),
    ]
    box = [alt.param(name=name, expr=expr) for name, expr in _BOX.items()]
    return specification(layers, [*_controls(start), *box], HEIGHT)


def _controls(start: dict[str, Any]) -> list[alt.Parameter]:
    """Reversed, as Vega lists inputs from the last to the first."""
    binds = {
        "pass": slider("Forward pass ", 1, PASSES, 1),
        "rate": rate_slider(),
        "variant": {"input": "radio", "options": list(NAMES), "name": "Noise "},
    }
    return [
        alt.selection_point(name=name, fields=[FIELDS[name]], bind=bind, value=[{FIELDS[name]: start[name]}])
        for name, bind in binds.items()
    ]


# --- expressions -----------------------------------------------------------------------------------------------------


def _is(name: str) -> str:
    return f"variant_v === '{name}'"


def _bernoulli(u: str) -> str:
    return f"({picked(u, 'pass_k - 1')} >= rate_p ? 1 / (1 - rate_p) : 0)"


def _touched(layer: str) -> str:
    """Is a neuron of this layer multiplied by anything?"""
    hidden = f"({layer} === 1 || {layer} === 2)"
    return f"({_is(_INPUTS)} ? {layer} === 0 : {hidden} && !({_is(_DROPCONNECT)}))"


def _factor(layer: str, u: str, z: str) -> str:
    normal = f"1 + sqrt(rate_p / (1 - rate_p)) * {picked(z, 'pass_k - 1')}"
    return f"{_touched(layer)} ? ({_is(_GAUSSIAN)} ? {normal} : {_bernoulli(u)}) : 1"


def _x(share: str) -> str:
    return f"44 + net_w * {share}"


def _y(share: str) -> str:
    return f"34 + net_h * {share}"


def _when(test: str, then: Any, otherwise: Any) -> Any:
    return alt.when(test).then(alt.value(then)).otherwise(alt.value(otherwise))


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its draws, lists over the passes, numbered; where there are none, empty."""
    rows = table.to_dict("records")
    for row in rows:
        for draw in [name for name in ("u", "z") if name in row]:
            row |= numbered(draw, row.pop(draw) or [None] * PASSES)
    return pd.DataFrame(rows, dtype=object)


# --- the network -----------------------------------------------------------------------------------------------------


def _connections(nodes: alt.Data) -> alt.Chart:
    """Lines from rim to rim; faint and dashed where they or either end are out, as wide as their factor."""
    chart = alt.Chart(data(_wide(edges()), "edges"))
    for end, mark in (("source", "1"), ("target", "2")):
        names = {field: f"{field}{mark}" for field in ("x", "y", "layer", "name")}
        names |= {f"{draw}{k}": f"{draw}{mark}_{k}" for draw in "uz" for k in range(PASSES)}
        looked_up = alt.LookupData(data=nodes, key="id", fields=list(names))
        chart = chart.transform_lookup(lookup=end, from_=looked_up, as_=list(names.values()))
    own = f"{_is(_DROPCONNECT)} && isValid(datum.u0) ? {_bernoulli('u')} : 1"
    ends = [_factor(f"datum.layer{i}", f"u{i}_", f"z{i}_") for i in (1, 2)]
    return (
        chart.transform_calculate(factor=own, kept=f"({own}) !== 0 && ({ends[0]}) !== 0 && ({ends[1]}) !== 0")
        .transform_calculate(dx="net_w * (datum.x2 - datum.x1)", dy="net_h * (datum.y2 - datum.y1)")
        .transform_calculate(rim="(radius + 3) / sqrt(datum.dx * datum.dx + datum.dy * datum.dy)")
        .transform_calculate(
            px=f"{_x('datum.x1')} + datum.rim * datum.dx", py=f"{_y('datum.y1')} + datum.rim * datum.dy"
        )
        .transform_calculate(
            qx=f"{_x('datum.x2')} - datum.rim * datum.dx", qy=f"{_y('datum.y2')} - datum.rim * datum.dy"
        )
        .transform_calculate(
            wide=f"datum.kept ? 1.3 * min(datum.factor, {LARGEST}) : 1",
            link="datum.name1 + ' → ' + datum.name2",
            said="datum.kept ? format(datum.factor, '.2f') : 'out'",
        )
        .mark_rule()
        .encode(
            **at(),
            x2="qx",
            y2="qy",
            color=_when("datum.kept", KEPT, DROPPED),
            opacity=_when("datum.kept", 0.6, 0.35),
            strokeDash=_when("datum.kept", [1, 0], _DASHES),
            strokeWidth=alt.StrokeWidth("wide:Q", scale=None),
            tooltip=[alt.Tooltip("link:N", title="Connection"), alt.Tooltip("said:N", title="Factor")],
        )
    )


def _neurons(nodes: alt.Data) -> list[alt.Chart]:
    """Discs with the factor as area in a ring for 1; hollow and dashed where it is negative, crossed where it is 0."""
    placed = (
        alt.Chart(nodes)
        .transform_calculate(px=_x("datum.x"), py=_y("datum.y"), touched=_touched("datum.layer"))
        .transform_calculate(factor=_factor("datum.layer", "u", "z"))
        .transform_calculate(
            area=f"4 * radius * radius * min(abs(datum.factor), {LARGEST})",
            state="!datum.touched ? 'plain' : datum.factor === 0 ? 'out' : datum.factor < 0 ? 'turned' : 'kept'",
            shown="datum.touched ? format(datum.factor, '.2f') : '1: no noise here'",
        )
        .transform_calculate(said="datum.name + ': factor ' + datum.shown")
    )
    size = alt.Size("area:Q", scale=None)
    ring = placed.mark_circle(size=alt.ExprRef("4 * radius * radius"), fill="transparent", strokeWidth=1.2, opacity=1)
    ring = ring.transform_filter("datum.state !== 'plain'").encode(
        **at(),
        stroke=_when("datum.state === 'out'", DROPPED, KEPT),
        strokeDash=_when("datum.state === 'out'", _DASHES, [1, 0]),
    )
    full = placed.transform_filter("datum.state !== 'out'")
    disc = full.mark_circle(strokeWidth=1.6, opacity=1, stroke=KEPT, aria=True).encode(
        **at(),
        size=size,
        fill=_when("datum.state === 'turned'", "transparent", KEPT),
        fillOpacity=_when("datum.state === 'plain'", 0.2, 1),
        strokeDash=_when("datum.state === 'turned'", [2, 2], [1, 0]),
        description="said:N",
    )
    minus = placed.transform_filter("datum.state === 'turned'").mark_text(text="−", fontSize=16, fontWeight=700)
    cross = placed.transform_filter("datum.state === 'out'").mark_point(
        shape=_CROSS, size=alt.ExprRef("0.5 * radius * radius"), stroke=DROPPED, strokeWidth=1.8
    )
    # A target of one size over all of it, for the pointer.
    over = placed.mark_circle(size=alt.ExprRef("9 * radius * radius"), fill="transparent").encode(
        **at(), tooltip=[alt.Tooltip("name:N", title="Neuron"), alt.Tooltip("shown:N", title="Factor")]
    )
    return [disc, ring, minus.encode(**at()), cross.encode(**at()), over]


def _layer_names(nodes: alt.Data) -> list[alt.Chart]:
    """The name above each layer; below it, how many of what noise acts on are out."""
    chart = alt.Chart(nodes).transform_calculate(
        title="split(datum.name, ',')[0]",
        touched=_touched("datum.layer"),
        gone=f"({_factor('datum.layer', 'u', 'z')}) === 0 ? 1 : 0",
    )
    layers = chart.transform_aggregate(
        gone="sum(gone)", size="count()", touched="max(touched)", groupby=["x", "title", "layer"]
    ).transform_calculate(
        px=_x("datum.x"),
        top="10",
        bottom="48 + net_h",
        count="datum.touched ? datum.gone + ' of ' + datum.size + ' out' : 'no noise'",
    )
    return [
        layers.mark_text(fontSize=13).encode(**at(y="top"), text="title:N"),
        layers.mark_text(fontSize=13, fontWeight=600).encode(
            **at(y="bottom"), text="count:N", opacity=_when("datum.touched", 1, 0.6)
        ),
    ]


# --- the facts beside it ---------------------------------------------------------------------------------------------


def _left(factor: str) -> str:
    """Where a factor lies on the distribution's axis, in pixels; what lies beyond is put at its end."""
    low, high = _REACH
    return f"facts_x + facts_w * (clamp({factor}, {low}, {high}) - {low}) / {high - low}"


def _down(share: float | str) -> str:
    return f"facts_y + facts_h * ({share})"


_FLOOR, _TALL = 0.49, 0.23  # of the distribution, as shares of the facts' height


def _distribution(nodes: alt.Data) -> list[alt.Chart]:
    """Two bars, or the bell; the axis; ticks at this pass's factors; a rule at the mean, 1."""
    axis = pd.DataFrame({"f": range(-2, 6)})
    ticks = alt.Chart(data(axis, "axis")).transform_calculate(
        px=_left("datum.f"), py=_down(_FLOOR), qy=f"{_down(_FLOOR)} + 4", ty=f"{_down(_FLOOR)} + 24"
    )
    one = alt.Chart(data(pd.DataFrame({"f": [1]}), "one"))
    mean = one.transform_calculate(
        px=_left("1"), py=_down(_FLOOR), qy=_down(_FLOOR - _TALL - 0.03), ty=_down(_FLOOR - _TALL - 0.05)
    )
    base = one.transform_calculate(px="facts_x", qx="facts_x + facts_w", py=_down(_FLOOR))
    return [
        *_bars(),
        _bell(),
        base.mark_rule(color=DROPPED).encode(**at(), x2="qx"),
        ticks.mark_rule(color=DROPPED).encode(**at(), y2="qy"),
        ticks.mark_text(fontSize=12).encode(**at(y="ty"), text="f:Q"),
        mean.mark_rule(color=EXACT, strokeWidth=2, strokeDash=[5, 3]).encode(**at(), y2="qy"),
        mean.mark_text(fontSize=12, fontWeight=600, text="mean 1").encode(**at(y="ty")),
        _this_pass(nodes),
    ]


def _bars() -> list[alt.Chart]:
    """P(factor = 0) = p and P(factor = 1 / (1 − p)) = 1 − p, as heights."""
    rows = pd.DataFrame({"kept": [0, 1]})
    bars = (
        alt.Chart(data(rows, "bars"))
        .transform_filter(f"!({_is(_GAUSSIAN)})")
        .transform_calculate(f="datum.kept ? 1 / (1 - rate_p) : 0", chance="datum.kept ? 1 - rate_p : rate_p")
        .transform_calculate(
            left=f"{_left('datum.f')} - 7",
            right=f"{_left('datum.f')} + 7",
            floor=_down(_FLOOR),
            top=_down(f"{_FLOOR} - {_TALL} * datum.chance"),
            beyond=f"datum.f > {_REACH[1]} ? format(datum.f, '.0f') + ' ▸ ' : ''",
        )
        .transform_calculate(
            px="min((datum.left + datum.right) / 2, facts_x + facts_w - (datum.beyond ? 30 : 0))",
            said="datum.beyond + format(datum.chance, '.0%')",
            above="datum.top - 8",
        )
    )
    return [
        bars.mark_rect(strokeWidth=1.4).encode(
            **at("left", "top"),
            x2="right",
            y2="floor",
            fill=_when("datum.kept", KEPT, "transparent"),
            stroke=_when("datum.kept", KEPT, DROPPED),
        ),
        bars.mark_text(fontSize=12).encode(**at("px", "above"), text="said:N"),
    ]


def _bell() -> alt.Chart:
    """The normal density of mean 1 and variance p / (1 − p); the narrowest that is shown is the tallest."""
    rows = pd.DataFrame({"f": np.round(np.linspace(*_REACH, 81), 3)})
    spread = "max(sqrt(rate_p / (1 - rate_p)), 0.05)"
    density = f"exp(-0.5 * pow((datum.f - 1) / {spread}, 2)) * min(1, 0.35 / {spread})"
    bell = (
        alt.Chart(data(rows, "bell"))
        .transform_filter(_is(_GAUSSIAN))
        .transform_calculate(px=_left("datum.f"), py=_down(f"{_FLOOR} - {_TALL} * {density}"), floor=_down(_FLOOR))
    )
    return bell.mark_area(color=KEPT, opacity=0.45).encode(**at(), y2="floor")


def _this_pass(nodes: alt.Data) -> alt.Chart:
    """A tick under the axis for the factor of every neuron that the noise touches in this pass."""
    placed = (
        alt.Chart(nodes)
        .transform_filter(f"{_touched('datum.layer')} && {_is(_GAUSSIAN)}")
        .transform_calculate(factor=_factor("datum.layer", "u", "z"))
        .transform_calculate(px=_left("datum.factor"), py=f"{_down(_FLOOR)} + 5", qy=f"{_down(_FLOOR)} + 15")
    )
    return placed.mark_rule(color=KEPT, strokeWidth=2, opacity=0.8).encode(**at(), y2="qy")


def _sentences() -> list[alt.Chart]:
    """What is random, and the factor's moments: exact, and measured."""
    rows = alt.Chart(data(_facts(), "facts")).transform_filter("datum.name === variant_v")
    mean, variance = (
        f"'measured ' + format({picked(m, 'rate_i')}, '.3f') + ' ± ' + format({picked(f'{m}_error', 'rate_i')}, '.3f')"
        for m in ("mean", "variance")
    )
    return [
        _line(rows, "datum.title", 0.03, large=True),
        _line(rows, "datum.first", 0.09),
        _line(rows, "datum.second", 0.14),
        _line(rows, "'Mean of a factor: 1'", 0.69, large=True),
        _line(rows, mean, 0.76),
        _line(rows, "'Variance: p / (1 − p) = ' + format(rate_p / (1 - rate_p), '.3f')", 0.85, large=True),
        _line(rows, variance, 0.91),
        _line(rows, f"'± one standard error, over {DRAWS:,} seeded draws'", 0.98),
    ]


def _facts() -> pd.DataFrame:
    """A row for each variant on the network; moments are numbered over RATES."""
    rows = []
    for slug in ON_THE_NETWORK:
        variant, each = VARIANTS[slug], [measured(slug, rate) for rate in RATES]
        first, second = _SAID[slug]
        row = {"name": variant.name, "title": f"{variant.name} · {variant.source}", "first": first, "second": second}
        for name in ("mean", "mean_error", "variance", "variance_error"):
            row |= numbered(name, [round(getattr(one, name), 5) for one in each])
        rows.append(row)
    return pd.DataFrame(rows)


def _line(chart: alt.Chart, sentence: str, down: float, large: bool = False) -> alt.Chart:
    style = {"fontSize": 14, "fontWeight": 600} if large else {"fontSize": 12.5, "opacity": 0.8}
    placed = chart.transform_calculate(px="facts_x", py=_down(down), sentence=sentence)
    return placed.mark_text(align="left", aria=True, **style).encode(
        **at(), text="sentence:N", description="sentence:N"
    )
