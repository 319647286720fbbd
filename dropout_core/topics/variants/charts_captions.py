"""Captions of the two networks: the variant, its source of randomness, the layers, and the number of dropped parts."""

from dropout_core.charts.theme import LARGE_TEXT
from dropout_core.charts.vega import calculate, pixels, text
from dropout_core.topics.variants.charts_factor import (
    DROPCONNECT,
    GAUSSIAN,
    KIND,
    bernoulli,
    factor_of,
    layer,
    on_both_sides,
    touched,
)
from dropout_core.topics.variants.numerics import ON_THE_NETWORK, VARIANTS

LEFT = "datum.side * (panel + gap)"  # expression for the left edge of either network's panel, in pixels
_CHANCE = {
    "dropout": "a coin per neuron",
    "gaussian": "a bell curve per neuron",
    "dropconnect": "a coin per connection",
    "inputs": "a coin per input",
}


def names() -> list[dict]:
    """Write each side's variant above its network and, where there is room, the paper that proposed it."""
    rows = [
        {"name": VARIANTS[slug].name, "source": VARIANTS[slug].source, "chance": _CHANCE[slug]}
        for slug in ON_THE_NETWORK
    ]
    place = [{"filter": f"datum.name === {KIND}"}, *calculate(x=LEFT, y="12", below="34")]
    name = text("datum.name + (wide ? ' · ' + datum.source : '')", align="left", fontSize=LARGE_TEXT, fontWeight=600)
    return [
        layer(on_both_sides(rows), place, name, **pixels("x", "y")),
        layer(on_both_sides(rows), place, text("datum.chance", align="left"), **pixels("x", "below")),
    ]


def layer_names(nodes: list[dict], x: str, y: int) -> dict:
    """Write the name of each layer above it, where there is room.

    x   expression for a neuron's x in pixels
    """
    place = [
        {"filter": "wide && test(/neuron 1$/, datum.name)"},
        *calculate(x=x, y=f"{y}", title="split(datum.name, ',')[0]"),
    ]
    return layer(nodes, place, text("datum.title", opacity=0.8), **pixels("x", "y"))


def counts(nodes: list[dict], links: list[dict], y: int) -> list[dict]:
    """Write the number of dropped parts (for Gaussian noise, of negative factors) in this pass below each network."""
    place = calculate(x=LEFT, y=f"{y}")
    where = pixels("x", "y")
    factor = {"neurons": factor_of("datum.layer", "datum.id"), "connections": bernoulli("coins[datum.i][pass_k - 1]")}
    acts = {"neurons": touched("datum.layer"), "connections": f"{KIND} === '{DROPCONNECT}' && datum.layer2 < 3"}
    dropped = "datum.dropped + ' of ' + datum.size + ' dropped'"
    negative = "datum.negative + (datum.negative === 1 ? ' factor is negative' : ' factors are negative')"
    texts = {"neurons": f"{KIND} === '{GAUSSIAN}' ? {negative} : {dropped}", "connections": dropped}
    return [
        layer(
            rows,
            [
                {"filter": acts[what]},
                *calculate(is_dropped=f"{factor[what]} === 0 ? 1 : 0", is_negative=f"{factor[what]} < 0 ? 1 : 0"),
                {
                    "aggregate": [
                        {"op": "sum", "field": "is_dropped", "as": "dropped"},
                        {"op": "sum", "field": "is_negative", "as": "negative"},
                        {"op": "count", "as": "size"},
                    ],
                    "groupby": ["side"],
                },
                *place,
            ],
            text(texts[what], align="left", fontWeight=600),
            **where,
        )
        for what, rows in (("neurons", nodes), ("connections", links))
    ]


def variance(y: int) -> dict:
    """Write the variance that the factors of all variants share."""
    variance = "'Every factor has mean 1 and variance p / (1 − p) = ' + format(rate_p / (1 - rate_p), '.2f')"
    short = "'mean 1, variance p / (1 − p) = ' + format(rate_p / (1 - rate_p), '.2f')"
    mark = text(f"wide ? {variance} : {short}", align="left", fontWeight=600)
    return layer([{}], calculate(x="0", y=f"{y}"), mark, **pixels("x", "y"))
