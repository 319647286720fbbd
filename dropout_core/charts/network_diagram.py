"""The network under dropout, driven in the browser: reader's controls in, picture out, no server in between.

Every mark is placed in pixels by expressions of the chart's width, so one specification lays the facts beside the
network on a screen and below it on a phone. Controls are Vega parameters bound to inputs; in expressions they are
rate_p, pass_k and mode_m.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from dropout_core.charts.network_tables import PASSES
from dropout_core.charts.theme import DROPPED, KEPT
from dropout_core.numerics.masks import RATE_STEP, RATES

TRAINING, INFERENCE = "training", "inference"
MODES = (TRAINING, INFERENCE)
FIELDS = {"rate": "p", "pass": "k", "mode": "m"}  # parameter → the field that its input sets
START = {"rate": 0.5, "pass": 1, "mode": TRAINING}
SIDE_BY_SIDE = 640  # pixels of width from which the facts stand beside the network

_CROSS = "M-1,-1L1,1M1,-1L-1,1"
_DASHES = [3, 3]
_MARGIN = {"side": 44, "top": 34, "bottom": 38}  # pixels around the neurons, for the layers' labels


def controls(offered: Sequence[str] = tuple(FIELDS)) -> list[alt.Parameter]:
    """Rate, forward pass and mode as selections bound to inputs, so that Streamlit can report them.

    Those not offered to the reader stay at START.
    """
    binds = {
        "rate": alt.binding_range(min=0, max=RATES[-1], step=RATE_STEP, name="Rate p = P(drop)"),
        "pass": alt.binding_range(min=1, max=PASSES, step=1, name="Forward pass"),
        "mode": alt.binding_radio(options=list(MODES), name="Mode"),
    }
    return [  # reversed, as Vega lists inputs from the last to the first
        alt.selection_point(name=name, fields=[field], bind=binds[name], value=[{field: START[name]}])
        if name in offered
        else alt.param(name=f"{name}_{field}", value=START[name])
        for name, field in reversed(FIELDS.items())
    ]


def frame(neurons: pd.DataFrame, share: tuple[float, float]) -> list[alt.Parameter]:
    """The network's box in pixels, as parameters; share is its part of the width (wide) and of the height (narrow)."""
    crowd = int(neurons.groupby("layer").size().max())
    box = {
        "wide": f"width > {SIDE_BY_SIDE}",
        "net_w": f"width * (wide ? {share[0]} : 1) - {2 * _MARGIN['side']}",
        "net_h": f"height * (wide ? 1 : {share[1]}) - {_MARGIN['top'] + _MARGIN['bottom']}",
        "radius": f"min(17, 0.36 * net_h / {crowd})",
    }
    return [alt.param(name=name, expr=expr) for name, expr in box.items()]


def network(neurons: pd.DataFrame, edges: pd.DataFrame) -> list[alt.Chart]:
    """Layers of the picture: connections, neurons, crosses on dropped ones, what each layer is and keeps."""
    nodes = data(neurons, "neurons")
    placed = alt.Chart(nodes).transform_calculate(kept=_kept("u"), px=_x("x"), py=_y("y"))
    return [_connections(nodes, edges), _circles(placed), _crosses(placed), *_layer_labels(nodes)]


def network_diagram(
    neurons: pd.DataFrame, edges: pd.DataFrame, height: int, offered: Sequence[str] = tuple(FIELDS)
) -> dict[str, Any]:
    """Specification of the picture alone, height pixels high; tables as in dropout_core.charts.network_tables."""
    return specification(network(neurons, edges), [*controls(offered), *frame(neurons, share=(1, 1))], height)


def specification(layers: list[alt.Chart], params: list[alt.Parameter], height: int) -> dict[str, Any]:
    """The layered chart as a dict: build it once, keep it, set its start with starting_at."""
    # Without automatic sizing nothing shifts when a sentence gets longer.
    chart = alt.layer(*layers).add_params(*params).properties(height=height, autosize="none", padding=0)
    # As SVG, marks are elements: sharp at any size, text in the page's colour, and what they say can be read aloud.
    chart = chart.properties(usermeta={"embedOptions": {"renderer": "svg"}}).configure_view(stroke=None)
    return _each_table_once(chart.configure_text(fill="currentColor").configure_mark(aria=False).to_dict())


def starting_at(spec: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """The specification with its controls at start, keys as in FIELDS; the given one stays as it is."""
    params = [
        {**p, "value": [{FIELDS[p["name"]]: start[p["name"]]}]} if p["name"] in start else p for p in spec["params"]
    ]
    return {**spec, "params": params}


def data(table: pd.DataFrame, name: str) -> alt.Data:
    """The table inside the specification, lists in cells included; the same table always under the same name."""
    return alt.Data(values=table.to_dict("records"), name=name)


def _each_table_once(spec: dict[str, Any]) -> dict[str, Any]:
    """Leave a table's rows only where the specification first names it; it is sent whole to every reader."""
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
    """Encodings that take two fields as pixels. Every layer says axis=None: Vega-Lite fails where only some do."""
    pixels = {"type": "quantitative", "scale": None, "axis": None}
    return {"x": alt.X(field=x, **pixels), "y": alt.Y(field=y, **pixels)}


def _kept(u: str) -> str:
    """Expression: is the neuron with these draws kept? Neurons without draws always are."""
    return f"mode_m === '{INFERENCE}' || !datum.{u} || datum.{u}[pass_k - 1] >= rate_p"


def _x(field: str) -> str:
    return f"{_MARGIN['side']} + net_w * datum.{field}"


def _y(field: str) -> str:
    return f"{_MARGIN['top']} + net_h * datum.{field}"


def _connections(nodes: alt.Data, edges: pd.DataFrame) -> alt.Chart:
    """Lines from rim to rim; faint and dashed where either end is dropped."""
    ends = {"source": ["x", "y", "u"], "target": ["x2", "y2", "u2"]}
    chart = alt.Chart(data(edges, "edges"))
    for end, names in ends.items():
        looked_up = alt.LookupData(data=nodes, key="id", fields=ends["source"])
        chart = chart.transform_lookup(lookup=end, from_=looked_up, as_=names)
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
            strokeDash=_when_kept([1, 0], _DASHES),
            strokeWidth=_when_kept(1.4, 1),
        )
    )


def _circles(placed: alt.Chart) -> alt.Chart:
    """Kept hidden neurons are discs, inputs and outputs pale discs, dropped neurons dashed rings."""
    return (
        placed.transform_calculate(
            said="datum.name + (datum.kept ? ': kept' : ': dropped')",
            draw="datum.u ? format(datum.u[pass_k - 1], '.4f') : 'none: never dropped'",
            state=f"mode_m === '{INFERENCE}' ? 'kept: inference drops nothing' : datum.kept ? 'kept' : 'dropped'",
        )
        .mark_circle(size=alt.ExprRef("4 * radius * radius"), strokeWidth=1.8, opacity=1, aria=True)
        .encode(
            **at(),
            fill=_when_kept(KEPT, "transparent"),
            fillOpacity=alt.when("datum.kept && !datum.u").then(alt.value(0.2)).otherwise(alt.value(1)),
            stroke=_when_kept(KEPT, DROPPED),
            strokeDash=_when_kept([1, 0], _DASHES),
            description="said:N",
            tooltip=[
                alt.Tooltip("name:N", title="Neuron"),
                alt.Tooltip("draw:N", title="Draw u"),
                alt.Tooltip("state:N", title="This pass"),
            ],
        )
    )


def _crosses(placed: alt.Chart) -> alt.Chart:
    """A cross in every dropped neuron: the cue that needs no colour."""
    return (
        placed.transform_filter("!datum.kept")
        .mark_point(shape=_CROSS, size=alt.ExprRef("0.5 * radius * radius"), stroke=DROPPED, strokeWidth=1.8)
        .encode(**at())
    )


def _layer_labels(nodes: alt.Data) -> list[alt.Chart]:
    """The name above each layer and, under hidden layers, how many neurons this pass keeps."""
    layers = (
        alt.Chart(nodes)
        .transform_calculate(title="split(datum.name, ',')[0]", on=f"({_kept('u')}) ? 1 : 0", hidden="!!datum.u")
        .transform_aggregate(on="sum(on)", size="count()", groupby=["x", "title", "hidden"])
        .transform_calculate(px=_x("x"), top="10", bottom=f"{_MARGIN['top'] + 14} + net_h")
        .transform_calculate(count="datum.hidden ? datum.on + ' of ' + datum.size + ' kept' : 'always kept'")
    )
    names = layers.mark_text(fontSize=13).encode(**at(y="top"), text="title:N")
    counts = layers.mark_text(fontSize=13, fontWeight=600).encode(
        **at(y="bottom"),
        text="count:N",
        opacity=alt.when("datum.hidden").then(alt.value(1)).otherwise(alt.value(0.6)),
    )
    return [names, counts]


def _when_kept(kept: Any, dropped: Any) -> Any:
    return alt.when("datum.kept").then(alt.value(kept)).otherwise(alt.value(dropped))
