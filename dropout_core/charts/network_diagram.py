"""Diagram of a network with dropout. Its controls work in the browser, without the server.

Every mark is placed in pixels by expressions of the chart's width, so that one specification puts the facts beside the
network on a wide screen and below it on a phone. The controls are Vega parameters bound to inputs; expressions call
them rate_p, pass_k and mode_m.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dropout_core.charts.network_tables import PASSES
from dropout_core.charts.theme import DROPPED, DROPPED_DASH, KEPT, SOLID
from dropout_core.charts.vega import CONFIG, SVG
from dropout_core.numerics.masks import RATE_STEP, RATES

TRAINING, INFERENCE = "training", "inference"
MODES = (TRAINING, INFERENCE)
FIELDS = {"rate": "p", "pass": "k", "mode": "m"}  # maps each parameter to the field that its input sets
START: dict[str, Any] = {"rate": 0.5, "pass": 1, "mode": TRAINING}
SIDE_BY_SIDE = 640  # width in pixels above which the facts are shown beside the network

_CROSS = "M-1,-1L1,1M1,-1L-1,1"
_MARGIN = {"side": 44, "top": 34, "bottom": 38}  # margin around the neurons in pixels, for the layer labels


def controls(offered: Sequence[str] = tuple(FIELDS)) -> list[alt.Parameter]:
    """Build the controls for rate, forward pass and mode as selections bound to inputs, which Streamlit can report.

    Controls that are not offered to the reader are fixed at START.
    """
    binds = {
        "rate": alt.binding_range(min=0, max=RATES[-1], step=RATE_STEP, name="Rate p = P(drop)"),
        "pass": alt.binding_range(min=1, max=PASSES, step=1, name="Forward pass"),
        "mode": alt.binding_radio(options=list(MODES), name="Mode"),
    }
    return [  # reversed, since Vega lists inputs in reverse order
        alt.selection_point(name=name, fields=[field], bind=binds[name], value=[{field: START[name]}])
        if name in offered
        else alt.param(name=f"{name}_{field}", value=START[name])
        for name, field in reversed(FIELDS.items())
    ]


def frame(neurons: pd.DataFrame, share: tuple[float, float]) -> list[alt.Parameter]:
    """Return the chart parameters that control the layout: the network's size and the neurons' radius, in pixels.

    share  the network's share of the width when beside the facts, and of the height when above them
    """
    largest_layer = int(neurons.groupby("layer").size().max())
    box = {
        "wide": f"width > {SIDE_BY_SIDE}",
        "net_w": f"width * (wide ? {share[0]} : 1) - {2 * _MARGIN['side']}",
        "net_h": f"height * (wide ? 1 : {share[1]}) - {_MARGIN['top'] + _MARGIN['bottom']}",
        "radius": f"min(17, 0.36 * net_h / {largest_layer})",
    }
    return [alt.param(name=name, expr=expr) for name, expr in box.items()]


def network(neurons: pd.DataFrame, edges: pd.DataFrame) -> list[alt.Chart]:
    """Build the diagram's chart layers: connections, neurons, crosses on dropped neurons, and layer labels."""
    nodes = data(neurons, "neurons")
    placed = alt.Chart(nodes).transform_calculate(kept=_kept("u"), px=_x("x"), py=_y("y"))
    return [_connections(nodes, edges), _circles(placed), _crosses(placed), *_layer_labels(nodes)]


def network_diagram(
    neurons: pd.DataFrame, edges: pd.DataFrame, height: int, offered: Sequence[str] = tuple(FIELDS)
) -> dict[str, Any]:
    """Build a diagram without facts, `height` pixels tall, from the tables of network_tables."""
    return specification(network(neurons, edges), [*controls(offered), *frame(neurons, share=(1, 1))], height)


def specification(layers: list[alt.Chart], params: list[alt.Parameter], height: int) -> dict[str, Any]:
    """Build the layered chart as a dictionary. This is slow: cache it, and set initial values with starting_at."""
    # With automatic sizing, the whole chart would shift whenever a sentence got longer.
    chart = alt.layer(*layers).add_params(*params).properties(height=height, autosize="none", padding=0)
    # In SVG, marks are sharp at any size, can have the page's text colour, and are readable by screen readers.
    return _each_table_once(chart.properties(usermeta=SVG).to_dict() | {"config": CONFIG})


def starting_at(spec: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """Copy the specification and set its controls to the values in start, keyed as in FIELDS."""
    params = [
        {**p, "value": [{FIELDS[p["name"]]: start[p["name"]]}]} if p["name"] in start else p for p in spec["params"]
    ]
    return {**spec, "params": params}


def data(table: pd.DataFrame, name: str) -> alt.Data:
    """Embed a table in the specification; its cells may hold lists. Give the table the same name in every layer."""
    return alt.Data(values=table.to_dict("records"), name=name)


def _each_table_once(spec: dict[str, Any]) -> dict[str, Any]:
    """Keep each table's rows only at its first occurrence, to make the specification smaller."""
    sent: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, dict) and "values" in node and "name" in node:
            if node["name"] in sent:
                del node["values"]
            sent.add(node["name"])
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            visit(child)

    visit(spec["layer"])
    return spec


def at(x: str = "px", y: str = "py") -> dict[str, Any]:
    """Build encodings that use two fields as pixel positions. Vega-Lite fails unless every layer sets axis=None."""
    return {
        "x": alt.X(field=x, type="quantitative", scale=None, axis=None),
        "y": alt.Y(field=y, type="quantitative", scale=None, axis=None),
    }


def _kept(u: str) -> str:
    """Return the expression that tests whether a neuron is kept, given its draws u. Neurons without draws are kept."""
    return f"mode_m === '{INFERENCE}' || !datum.{u} || datum.{u}[pass_k - 1] >= rate_p"


def _x(field: str) -> str:
    return f"{_MARGIN['side']} + net_w * datum.{field}"


def _y(field: str) -> str:
    return f"{_MARGIN['top']} + net_h * datum.{field}"


def _connections(nodes: alt.Data, edges: pd.DataFrame) -> alt.Chart:
    """Draw connections between the edges of the neurons, faint and dashed if either neuron is dropped."""
    node = alt.LookupData(data=nodes, key="id", fields=["x", "y", "u"])
    chart = (
        alt.Chart(data(edges, "edges"))
        .transform_lookup(lookup="source", from_=node, as_=["x", "y", "u"])
        .transform_lookup(lookup="target", from_=node, as_=["x2", "y2", "u2"])
    )
    return (
        chart.transform_calculate(kept=f"({_kept('u')}) && ({_kept('u2')})", dx="net_w * (datum.x2 - datum.x)")
        .transform_calculate(dy="net_h * (datum.y2 - datum.y)")
        .transform_calculate(rim="radius / sqrt(datum.dx * datum.dx + datum.dy * datum.dy)")
        .transform_calculate(px=f"{_x('x')} + datum.rim * datum.dx", py=f"{_y('y')} + datum.rim * datum.dy")
        .transform_calculate(qx=f"{_x('x2')} - datum.rim * datum.dx", qy=f"{_y('y2')} - datum.rim * datum.dy")
        .mark_rule(tooltip=None)
        .encode(
            **at(),
            x2="qx",
            y2="qy",
            color=_when_kept(KEPT, DROPPED),
            opacity=_when_kept(0.6, 0.3),
            strokeDash=_when_kept(SOLID, DROPPED_DASH),
            strokeWidth=_when_kept(1.4, 1),
        )
    )


def _circles(placed: alt.Chart) -> alt.Chart:
    """Draw kept hidden neurons as discs, inputs and outputs as pale discs, and dropped neurons as dashed rings."""
    return (
        placed.transform_calculate(
            description="datum.name + (datum.kept ? ': kept' : ': dropped')",
            draw="datum.u ? format(datum.u[pass_k - 1], '.4f') : 'none: never dropped'",
            state=f"mode_m === '{INFERENCE}' ? 'kept: inference drops nothing' : datum.kept ? 'kept' : 'dropped'",
        )
        .mark_circle(size=alt.ExprRef("4 * radius * radius"), strokeWidth=1.8, opacity=1, aria=True)
        .encode(
            **at(),
            fill=_when_kept(KEPT, "transparent"),
            fillOpacity=alt.when("datum.kept && !datum.u").then(alt.value(0.2)).otherwise(alt.value(1)),
            stroke=_when_kept(KEPT, DROPPED),
            strokeDash=_when_kept(SOLID, DROPPED_DASH),
            description="description:N",
            tooltip=[
                alt.Tooltip("name:N", title="Neuron"),
                alt.Tooltip("draw:N", title="Draw u"),
                alt.Tooltip("state:N", title="This pass"),
            ],
        )
    )


def _crosses(placed: alt.Chart) -> alt.Chart:
    """Draw a cross in each dropped neuron, so that dropped neurons can be recognised without colour."""
    return (
        placed.transform_filter("!datum.kept")
        .mark_point(shape=_CROSS, size=alt.ExprRef("0.5 * radius * radius"), stroke=DROPPED, strokeWidth=1.8)
        .encode(**at())
    )


def _layer_labels(nodes: alt.Data) -> list[alt.Chart]:
    """Write the name above each layer and, below hidden layers, the number of neurons kept in this pass."""
    layers = (
        alt.Chart(nodes)
        .transform_calculate(title="split(datum.name, ',')[0]", on=f"({_kept('u')}) ? 1 : 0", hidden="!!datum.u")
        .transform_aggregate(on="sum(on)", size="count()", groupby=["x", "title", "hidden"])
        .transform_calculate(px=_x("x"), top="10", bottom=f"{_MARGIN['top'] + 14} + net_h")
        .transform_calculate(count="datum.hidden ? datum.on + ' of ' + datum.size + ' kept' : 'always kept'")
    )
    names = layers.mark_text().encode(**at(y="top"), text="title:N")
    counts = layers.mark_text(fontWeight=600).encode(
        **at(y="bottom"), text="count:N", opacity=alt.when("datum.hidden").then(alt.value(1)).otherwise(alt.value(0.6))
    )
    return [names, counts]


def _when_kept(kept: Any, dropped: Any) -> Any:
    return alt.when("datum.kept").then(alt.value(kept)).otherwise(alt.value(dropped))
