"""Chart of one network under dropout and, beside it, under the variant that the reader chooses, in the same pass.

The area of a neuron, or the width of a connection, shows its factor. Below each network stands the distribution of the
factor. See charts_factor for the expressions.
"""

from typing import Any

from dropout_core.charts.network_tables import draws, neurons
from dropout_core.charts.network_tables import edges as connections
from dropout_core.charts.theme import DROPPED, DROPPED_DASH, KEPT, LARGE_TEXT, NEGATIVE, SOLID
from dropout_core.charts.vega import calculate, layered, pixels, rate_slider, reported, slider, text
from dropout_core.topics.variants import charts_captions as captions
from dropout_core.topics.variants.charts_factor import (
    DROPCONNECT,
    DROPOUT,
    KIND,
    PARAMETERS,
    bernoulli,
    distribution,
    either,
    factor_of,
    layer,
    on_both_sides,
    touched,
)
from dropout_core.topics.variants.numerics import (
    ON_THE_NETWORK,
    PASSES,
    SEED,
    SIZES,
    VARIANTS,
    connection_draws,
    neuron_draws,
)

FIELDS = {"variant": "v", "rate": "p"}  # the reported field of each parameter
NAMES = tuple(VARIANTS[slug].name for slug in ON_THE_NETWORK)
HEIGHT = 402
LARGEST = 2.25  # larger factors are drawn as if they were equal to this value
_TOP, _TALL, _NAMES = 69, 161, 56  # top and height of the networks, and the place of the layers' names, in pixels
_CROSS = "M-1,-1L1,1M1,-1L-1,1"
_BOX = {
    "wide": "width > 640",
    "gap": "wide ? 48 : 26",
    "panel": "(width - gap) / 2",
    "margin": "wide ? 44 : 14",
    "radius": "7.5",  # the largest neurons of a column do not touch
}


def network_chart(start: dict[str, Any]) -> dict[str, Any]:
    """Draw the network twice: under dropout, and under the selected variant.

    start   the controls' initial values: variant, one of NAMES; rate; and pass
    """
    nodes, links = _nodes(), _links()
    layers = [_connections(links), *_neurons(nodes), *distribution(nodes), *captions.names()]
    layers += [captions.layer_names(nodes, _x("datum.x"), _NAMES), *captions.counts(nodes, links, _TOP + _TALL + 20)]
    layers += [captions.variance(HEIGHT - 9)]
    layers[0]["params"] = _controls(start)  # Vega-Lite allows selections only in a layer with a mark
    passes = {"name": "pass_k", "value": start["pass"], "bind": slider("Forward pass ", 1, PASSES, 1)}
    data = {"draws": neuron_draws(), "coins": connection_draws()}
    params = [passes, *({"name": name, "value": values.tolist()} for name, values in data.items())]
    params += [{"name": name, "expr": expr} for name, expr in (_BOX | PARAMETERS).items()]
    # With automatic sizing, the whole chart would shift whenever a label got longer.
    return layered(layers, HEIGHT, params, [], []) | {"autosize": "none", "padding": 0}


def _controls(start: dict[str, Any]) -> list[dict]:
    menu = {"input": "radio", "options": [name for name in NAMES if name != DROPOUT], "name": "Beside dropout "}
    binds = {"rate": rate_slider(), "variant": menu}
    return [reported(name, FIELDS[name], start[name], bind) for name, bind in binds.items()]


def _nodes() -> list[dict]:
    table = neurons(SIZES, draws(SIZES, SEED)).drop(columns="u").round(4)
    return on_both_sides(table.to_dict("records"))


def _links() -> list[dict]:
    """Build one row per connection on each side, with the positions and layers of the two neurons it connects."""
    nodes = neurons(SIZES, draws(SIZES, SEED)).round(4).to_dict("records")
    rows = []
    for i, (source, target) in enumerate(connections(SIZES).to_numpy().tolist()):
        ends = {
            f"{end}{mark}": nodes[at][end] for at, mark in ((source, 1), (target, 2)) for end in ("x", "y", "layer")
        }
        rows.append({"i": i, "source": source, "target": target, **ends})
    return on_both_sides(rows)


def _x(share: str) -> str:
    return f"({captions.LEFT} + margin + (panel - 2 * margin) * {share})"


def _y(share: str) -> str:
    return f"({_TOP} + {_TALL} * {share})"


# --- the networks ----------------------------------------------------------------------------------------------------


def _connections(links: list[dict]) -> dict:
    """Draw each connection with a width proportional to its factor.

    Lines run between the edges of the neurons' circles. A line is faint and dashed if the connection, or a neuron at
    either end, is dropped.
    """
    ends = (factor_of("datum.layer1", "datum.source"), factor_of("datum.layer2", "datum.target"))
    place = calculate(
        factor=f"{KIND} === '{DROPCONNECT}' && datum.layer2 < 3 ? {bernoulli('coins[datum.i][pass_k - 1]')} : 1",
        kept=f"datum.factor !== 0 && {ends[0]} !== 0 && {ends[1]} !== 0",
        px=_x("datum.x1"),
        py=_y("datum.y1"),
        qx=_x("datum.x2"),
        qy=_y("datum.y2"),
        rim="(radius + 3) / sqrt(pow(datum.qx - datum.px, 2) + pow(datum.qy - datum.py, 2))",
        fromx="datum.px + datum.rim * (datum.qx - datum.px)",
        fromy="datum.py + datum.rim * (datum.qy - datum.py)",
        tox="datum.qx - datum.rim * (datum.qx - datum.px)",
        toy="datum.qy - datum.rim * (datum.qy - datum.py)",
        thick=f"datum.kept ? 1.3 * min(datum.factor, {LARGEST}) : 1",
    )
    return layer(
        links,
        place,
        {"type": "rule", "tooltip": None},
        **pixels("fromx", "fromy", x2="tox", y2="toy"),
        color=either("datum.kept", KEPT, DROPPED),
        opacity=either("datum.kept", 0.6, 0.35),
        strokeDash=either("datum.kept", SOLID, DROPPED_DASH),
        strokeWidth={"field": "thick", "type": "quantitative", "scale": None},
    )


def _neurons(nodes: list[dict]) -> list[dict]:
    """Draw each neuron as a disc whose area shows its factor, inside a ring that marks a factor of 1.

    The disc is hollow, and has a minus sign, if the factor is negative. A cross replaces the disc if the factor is 0.
    """
    place = calculate(
        px=_x("datum.x"),
        py=_y("datum.y"),
        touched=touched("datum.layer"),
        factor=factor_of("datum.layer", "datum.id"),
        area=f"4 * radius * radius * min(abs(datum.factor), {LARGEST})",
        state="!datum.touched ? 'plain' : datum.factor === 0 ? 'out' : datum.factor < 0 ? 'negative' : 'kept'",
        shown="datum.touched ? format(datum.factor, '.2f') : '1, no noise here'",
        description=f"{KIND} + ', ' + datum.name + ': factor ' + datum.shown",
    )
    at = pixels("px", "py")
    ring = {"type": "circle", "size": {"expr": "4 * radius * radius"}, "fill": "transparent", "strokeWidth": 1.2}
    disc = {"type": "circle", "strokeWidth": 1.6, "aria": True}
    cross = {"type": "point", "shape": _CROSS, "size": {"expr": "0.5 * radius * radius"}, "stroke": DROPPED}
    # Cover each neuron with a transparent disc, so that the pointer's target has a constant size.
    target = {"type": "circle", "size": {"expr": "9 * radius * radius"}, "fill": "transparent"}
    tooltip = [{"field": "name", "title": "Neuron"}, {"field": "shown", "title": "Factor"}]
    return [
        layer(
            nodes,
            [*place, {"filter": "datum.state !== 'out'"}],
            {**disc, "opacity": 1},
            **at,
            size={"field": "area", "type": "quantitative", "scale": None, "legend": None},
            fill=either("datum.state === 'negative'", "transparent", KEPT),
            fillOpacity=either("datum.state === 'plain'", 0.2, 1),
            stroke=either("datum.state === 'negative'", NEGATIVE, KEPT),
            description={"field": "description", "type": "nominal"},
        ),
        layer(
            nodes,
            [*place, {"filter": "datum.state !== 'plain'"}],
            {**ring, "opacity": 1},
            **at,
            stroke=either("datum.state === 'out'", DROPPED, KEPT),
            strokeDash=either("datum.state === 'out'", DROPPED_DASH, SOLID),
        ),
        layer(
            nodes,
            [*place, {"filter": "datum.state === 'negative'"}],
            text("'−'", fontSize=LARGE_TEXT, fontWeight=700),
            **at,
        ),
        layer(nodes, [*place, {"filter": "datum.state === 'out'"}], {**cross, "strokeWidth": 1.8, "opacity": 1}, **at),
        layer(nodes, place, target, **at, tooltip=tooltip),
    ]
