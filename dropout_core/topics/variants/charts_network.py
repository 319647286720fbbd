"""Chart of the masks page's network under each variant of dropout, beside the distribution of the noise factor.

The area of a neuron, or the width of a connection, shows its factor. See charts_moments for the expressions.
"""

from typing import Any

import altair as alt
import pandas as pd

from dropout_core.charts.network_diagram import at, data, specification
from dropout_core.charts.theme import DROPPED, KEPT
from dropout_core.charts.vega import RATE_INDEX, numbered, rate_slider, slider
from dropout_core.topics.variants.charts_moments import (
    DROPCONNECT,
    bernoulli,
    distribution,
    factor_of,
    is_variant,
    sentences,
    touched,
    when,
)
from dropout_core.topics.variants.numerics import ON_THE_NETWORK, PASSES, VARIANTS, edges, neurons

FIELDS = {"variant": "v", "rate": "p", "pass": "k"}  # selected field, keyed by parameter
NAMES = tuple(VARIANTS[slug].name for slug in ON_THE_NETWORK)
HEIGHT = 560
WIDE = 640  # on charts wider than this (in pixels), the facts are beside the network
LARGEST = 2.25  # larger factors are drawn as if they were equal to this value
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


def network_chart(start: dict[str, Any]) -> dict[str, Any]:
    """Draw the network under the selected variant, beside the factor's distribution and moments.

    start   the controls' initial values, with the keys of FIELDS; variant is one of NAMES
    """
    nodes = data(_wide(neurons()), "neurons")
    layers = [_connections(nodes), *_neurons(nodes), *_layer_names(nodes), *distribution(nodes), *sentences()]
    box = [alt.param(name=name, expr=expr) for name, expr in _BOX.items()]
    return specification(layers, [*_controls(start), *box], HEIGHT)


def _controls(start: dict[str, Any]) -> list[alt.Parameter]:
    """Build the controls in reverse order, because Vega shows inputs from last to first."""
    binds: dict[str, Any] = {
        "pass": slider("Forward pass ", 1, PASSES, 1),
        "rate": rate_slider(),
        "variant": {"input": "radio", "options": list(NAMES), "name": "Noise "},
    }
    return [
        alt.selection_point(name=name, fields=[FIELDS[name]], bind=bind, value=[{FIELDS[name]: start[name]}])
        for name, bind in binds.items()
    ]


def _x(share: str) -> str:
    return f"44 + net_w * {share}"


def _y(share: str) -> str:
    return f"34 + net_h * {share}"


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    """Split the table's lists of draws into numbered columns, which are empty if there are no draws."""
    rows = table.to_dict("records")
    for row in rows:
        for draw in [name for name in ("u", "z") if name in row]:
            row |= numbered(draw, row.pop(draw) or [None] * PASSES)
    return pd.DataFrame(rows, dtype=object)


# --- the network -----------------------------------------------------------------------------------------------------


def _connections(nodes: alt.Data) -> alt.Chart:
    """Draw each connection with a width proportional to its factor.

    Lines run between the edges of the neurons' circles. A line is faint and dashed if the connection, or a neuron at
    either end, is dropped.
    """
    chart = alt.Chart(data(_wide(edges()), "edges"))
    for end, mark in (("source", "1"), ("target", "2")):
        names = {field: f"{field}{mark}" for field in ("x", "y", "layer", "name")}
        names |= {f"{draw}{k}": f"{draw}{mark}_{k}" for draw in "uz" for k in range(PASSES)}
        looked_up = alt.LookupData(data=nodes, key="id", fields=list(names))
        chart = chart.transform_lookup(lookup=end, from_=looked_up, as_=list(names.values()))
    factor = f"{is_variant(DROPCONNECT)} && isValid(datum.u0) ? {bernoulli('u')} : 1"
    ends = [factor_of(f"datum.layer{i}", f"u{i}_", f"z{i}_") for i in (1, 2)]
    return (
        chart.transform_calculate(factor=factor, kept=f"({factor}) !== 0 && ({ends[0]}) !== 0 && ({ends[1]}) !== 0")
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
            shown="datum.kept ? format(datum.factor, '.2f') : 'out'",
        )
        .mark_rule()
        .encode(
            **at(),
            x2="qx",
            y2="qy",
            color=when("datum.kept", KEPT, DROPPED),
            opacity=when("datum.kept", 0.6, 0.35),
            strokeDash=when("datum.kept", [1, 0], _DASHES),
            strokeWidth=alt.StrokeWidth("wide:Q", scale=None),
            tooltip=[alt.Tooltip("link:N", title="Connection"), alt.Tooltip("shown:N", title="Factor")],
        )
    )


def _neurons(nodes: alt.Data) -> list[alt.Chart]:
    """Draw each neuron as a disc whose area shows its factor, inside a ring that marks a factor of 1.

    The disc is hollow and dashed if the factor is negative. A cross replaces the disc if the factor is 0.
    """
    placed = (
        alt.Chart(nodes)
        .transform_calculate(px=_x("datum.x"), py=_y("datum.y"), touched=touched("datum.layer"))
        .transform_calculate(factor=factor_of("datum.layer", "u", "z"))
        .transform_calculate(
            area=f"4 * radius * radius * min(abs(datum.factor), {LARGEST})",
            state="!datum.touched ? 'plain' : datum.factor === 0 ? 'out' : datum.factor < 0 ? 'negative' : 'kept'",
            shown="datum.touched ? format(datum.factor, '.2f') : '1: no noise here'",
        )
        .transform_calculate(description="datum.name + ': factor ' + datum.shown")
    )
    size = alt.Size("area:Q", scale=None)
    ring = placed.mark_circle(size=alt.ExprRef("4 * radius * radius"), fill="transparent", strokeWidth=1.2, opacity=1)
    ring = ring.transform_filter("datum.state !== 'plain'").encode(
        **at(),
        stroke=when("datum.state === 'out'", DROPPED, KEPT),
        strokeDash=when("datum.state === 'out'", _DASHES, [1, 0]),
    )
    full = placed.transform_filter("datum.state !== 'out'")
    disc = full.mark_circle(strokeWidth=1.6, opacity=1, stroke=KEPT, aria=True).encode(
        **at(),
        size=size,
        fill=when("datum.state === 'negative'", "transparent", KEPT),
        fillOpacity=when("datum.state === 'plain'", 0.2, 1),
        strokeDash=when("datum.state === 'negative'", [2, 2], [1, 0]),
        description="description:N",
    )
    minus = placed.transform_filter("datum.state === 'negative'").mark_text(text="−", fontSize=16, fontWeight=700)
    cross = placed.transform_filter("datum.state === 'out'").mark_point(
        shape=_CROSS, size=alt.ExprRef("0.5 * radius * radius"), stroke=DROPPED, strokeWidth=1.8
    )
    # Cover each neuron with a transparent disc, so that the pointer's target has a constant size.
    target = placed.mark_circle(size=alt.ExprRef("9 * radius * radius"), fill="transparent").encode(
        **at(), tooltip=[alt.Tooltip("name:N", title="Neuron"), alt.Tooltip("shown:N", title="Factor")]
    )
    return [disc, ring, minus.encode(**at()), cross.encode(**at()), target]


def _layer_names(nodes: alt.Data) -> list[alt.Chart]:
    """Write each layer's name above it and, if noise acts on the layer, the number of dropped neurons below it."""
    chart = alt.Chart(nodes).transform_calculate(
        title="split(datum.name, ',')[0]",
        touched=touched("datum.layer"),
        dropped=f"({factor_of('datum.layer', 'u', 'z')}) === 0 ? 1 : 0",
    )
    layers = chart.transform_aggregate(
        dropped="sum(dropped)", size="count()", touched="max(touched)", groupby=["x", "title", "layer"]
    ).transform_calculate(
        px=_x("datum.x"),
        top="10",
        bottom="48 + net_h",
        count="datum.touched ? datum.dropped + ' of ' + datum.size + ' out' : 'no noise'",
    )
    return [
        layers.mark_text(fontSize=13).encode(**at(y="top"), text="title:N"),
        layers.mark_text(fontSize=13, fontWeight=600).encode(
            **at(y="bottom"), text="count:N", opacity=when("datum.touched", 1, 0.6)
        ),
    ]
