"""The noise factor of each variant, as Vega expressions, and charts of its distribution.

Expressions use the parameters variant_v, rate_p and pass_k. Rows have a column side: 0 for dropout, 1 for the variant
that the reader has chosen. Draws are whole numbers in units of 1 / SCALE.
"""

from typing import Any

import numpy as np

from dropout_core.charts.network_tables import DECIMALS
from dropout_core.charts.theme import AVERAGED, DROPPED, KEPT, NEUTRAL
from dropout_core.charts.vega import calculate, pixels, text
from dropout_core.topics.variants.numerics import ON_THE_NETWORK, VARIANTS

DROPOUT, GAUSSIAN, DROPCONNECT, INPUTS = (VARIANTS[slug].name for slug in ON_THE_NETWORK)
SCALE = 10**DECIMALS
KIND = f"(datum.side ? variant_v : '{DROPOUT}')"  # expression for the name of the row's variant
PARAMETERS = {
    "drops_below": f"round({SCALE} * rate_p)",
    "scaled_up": "1 / (1 - rate_p)",
    "spread": "sqrt(rate_p / (1 - rate_p))",
}
FLOOR, TALL = 348, 62  # baseline and height of the distribution in pixels
_REACH = (-2.6, 5.4)  # range of the distribution's axis
_SIDES = (0, 1)
HALF = 7  # half the width of a bar in pixels; at the end of the axis, a bar stays inside it


def touched(layer: str) -> str:
    """Return an expression that tests whether noise acts on the neurons of this layer."""
    hidden = f"({layer} === 1 || {layer} === 2)"
    return f"({KIND} === '{INPUTS}' ? {layer} === 0 : {hidden} && {KIND} !== '{DROPCONNECT}')"


def bernoulli(draw: str) -> str:
    """Return an expression for the Bernoulli factor of this draw."""
    return f"({draw} >= drops_below ? scaled_up : 0)"


def factor_of(layer: str, neuron: str) -> str:
    """Return an expression for a neuron's factor. A draw is centred in its interval, so no quantile is infinite."""
    draw = f"draws[{neuron}][pass_k - 1]"
    normal = f"quantileNormal(({draw} + 0.5) / {SCALE}, 1, spread)"
    return f"({touched(layer)} ? ({KIND} === '{GAUSSIAN}' ? {normal} : {bernoulli(draw)}) : 1)"


def either(test: str, then: Any, otherwise: Any) -> dict:
    """Build an encoding that takes one of two values, depending on a test."""
    return {"condition": {"test": test, "value": then}, "value": otherwise}


def layer(rows: list[dict], transform: list[dict], mark: dict, **encoding: Any) -> dict:
    return {"data": {"values": rows}, "transform": transform, "mark": mark, "encoding": encoding}


def on_both_sides(rows: list[dict]) -> list[dict]:
    return [{"side": side, **row} for side in _SIDES for row in rows]


def across(factor: str) -> str:
    """Return an expression for a factor's position in pixels, clamped to the ends of the distribution's axis."""
    low, high = _REACH
    return f"datum.side * (panel + gap) + panel * (clamp({factor}, {low}, {high}) - {low}) / {high - low}"


def distribution(hidden: list[dict]) -> list[dict]:
    """Draw the factor's distribution as two bars or a bell curve, with a rule at the mean.

    hidden  the rows of the neurons; their Gaussian factors in this pass are ticks below the axis
    """
    one = on_both_sides([{}])
    ends = calculate(x=across(f"{_REACH[0]}"), x2=across(f"{_REACH[1]}"), y=f"{FLOOR}")
    mean = calculate(x=across("1"), y=f"{FLOOR}", top=f"{FLOOR - TALL - 8}", label=f"{FLOOR - TALL - 16}")
    line, centre = {"type": "rule", "color": NEUTRAL}, {"type": "rule", "color": AVERAGED, "strokeWidth": 2}
    return [
        _bell(),
        *_bars(),
        layer(one, ends, line, **pixels("x", "y", x2="x2")),
        _numbers(),
        layer(one, mean, centre, **pixels("x", "y", y2="top")),
        layer(one, mean, text("'mean 1'", fontWeight=600), **pixels("x", "label")),
        _this_pass(hidden),
    ]


def _numbers() -> dict:
    rows = on_both_sides([{"f": f} for f in range(-2, 6)])
    # A phone has room for only every second number.
    place = [{"filter": "wide || datum.f % 2 === 0"}, *calculate(x=across("datum.f"), y=f"{FLOOR + 26}")]
    return layer(rows, place, text("datum.f < 0 ? '−' + -datum.f : datum.f"), **pixels("x", "y"))


def _bars() -> list[dict]:
    """Draw P(factor = 0) = p and P(factor = 1 / (1 − p)) = 1 − p as bars."""
    rows = on_both_sides([{"kept": 0}, {"kept": 1}])
    place = [
        {"filter": f"{KIND} !== '{GAUSSIAN}'"},
        *calculate(
            f="datum.kept ? scaled_up : 0",
            chance="datum.kept ? 1 - rate_p : rate_p",
            centre=f"clamp({across('datum.f')}, {across(str(_REACH[0]))} + {HALF}, {across(str(_REACH[1]))} - {HALF})",
            left=f"datum.centre - {HALF}",
            right=f"datum.centre + {HALF}",
            floor=f"{FLOOR}",
            top=f"{FLOOR} - {TALL} * datum.chance",
            beyond=f"datum.f > {_REACH[1]} ? format(datum.f, '.0f') + ' ▸ ' : ''",
            beside=f"datum.kept && {across('datum.f')} < {across('1')} + 22",  # keep the label off the mean's rule
            # On a phone, the label of a high bar at 0 stands left of the bar, and not on the words above the mean.
            shift="datum.beyond || !datum.kept && !wide && rate_p > 0.8 ? 24 : 0",
            middle="datum.beside ? datum.right + 20 : (datum.left + datum.right) / 2 - datum.shift",
            above="datum.top + (datum.beside ? 7 : -9)",
        ),
    ]
    colours = {"fill": either("datum.kept", KEPT, "transparent"), "stroke": either("datum.kept", KEPT, DROPPED)}
    bar = {"type": "rect", "strokeWidth": 1.4, "tooltip": None}
    return [
        layer(rows, place, bar, **pixels("left", "top", x2="right", y2="floor"), **colours),
        layer(rows, place, text("datum.beyond + format(datum.chance, '.0%')"), **pixels("middle", "above")),
    ]


def _bell() -> dict:
    """Draw the normal density with mean 1 and variance p / (1 − p). At small p, its height is capped."""
    rows = [{"side": 1, "f": round(float(f), 3)} for f in np.linspace(*_REACH, 61)]
    density = "exp(-0.5 * pow((datum.f - 1) / max(spread, 0.05), 2)) * min(1, 0.35 / max(spread, 0.05))"
    place = [
        {"filter": f"{KIND} === '{GAUSSIAN}'"},
        *calculate(x=across("datum.f"), y=f"{FLOOR} - {TALL} * {density}", floor=f"{FLOOR}"),
    ]
    mark = {"type": "area", "color": KEPT, "opacity": 0.45, "tooltip": None}
    return layer(rows, place, mark, **pixels("x", "y", y2="floor"))


def _this_pass(neurons: list[dict]) -> dict:
    """Draw a tick below the axis for each neuron's Gaussian factor in this pass, if it lies within the axis."""
    place = [
        {"filter": f"{KIND} === '{GAUSSIAN}' && {touched('datum.layer')}"},
        *calculate(factor=factor_of("datum.layer", "datum.id")),
        {"filter": f"datum.factor > {_REACH[0]} && datum.factor < {_REACH[1]}"},
        *calculate(x=across("datum.factor"), y=f"{FLOOR + 4}", end=f"{FLOOR + 14}"),
    ]
    mark = {"type": "rule", "color": KEPT, "strokeWidth": 2, "opacity": 0.8, "tooltip": None}
    return layer(neurons, place, mark, **pixels("x", "y", y2="end"))
