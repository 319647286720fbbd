"""The noise factor of each variant: Vega expressions for the factor, and charts of its distribution and moments.

Expressions use the parameters variant_v, rate_p and pass_k. Each draw is a column of the row; see vega.numbered.
"""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dropout_core.charts.network_diagram import at, data
from dropout_core.charts.theme import DROPPED, EXACT, KEPT
from dropout_core.charts.vega import element, numbered
from dropout_core.numerics.masks import RATES
from dropout_core.topics.variants.numerics import DRAWS, ON_THE_NETWORK, VARIANTS, measured

GAUSSIAN, DROPCONNECT, INPUTS = (VARIANTS[slug].name for slug in ON_THE_NETWORK[1:])
_REACH = (-2.6, 5.4)  # range of the distribution's axis
_DESCRIPTIONS = {  # each variant's source of randomness, in two short lines of text
    "dropout": ("A coin for every hidden neuron, image and pass:", "dropped, or kept and scaled up."),
    "gaussian": ("A normal factor for every activation, after the", "ReLU: none is dropped; some change sign."),
    "dropconnect": ("A coin for every connection, and here one for all", "images of a batch; every neuron stays."),
    "inputs": ("A coin for every input, image and pass:", "the net sees a picture with holes."),
}


def is_variant(name: str) -> str:
    """Return an expression that tests whether this variant is selected."""
    return f"variant_v === '{name}'"


def bernoulli(u: str) -> str:
    """Return an expression for the Bernoulli factor, computed from the draws in the columns u."""
    return f"({element(u, 'pass_k - 1')} >= rate_p ? 1 / (1 - rate_p) : 0)"


def touched(layer: str) -> str:
    """Return an expression that tests whether noise acts on the neurons of this layer."""
    hidden = f"({layer} === 1 || {layer} === 2)"
    return f"({is_variant(INPUTS)} ? {layer} === 0 : {hidden} && !({is_variant(DROPCONNECT)}))"


def factor_of(layer: str, u: str, z: str) -> str:
    """Return an expression for a neuron's factor. The columns u hold uniform draws; z holds their normal quantiles."""
    normal = f"1 + sqrt(rate_p / (1 - rate_p)) * {element(z, 'pass_k - 1')}"
    return f"{touched(layer)} ? ({is_variant(GAUSSIAN)} ? {normal} : {bernoulli(u)}) : 1"


def when(test: str, then: Any, otherwise: Any) -> Any:
    """Build an encoding that takes one of two values, depending on a test."""
    return alt.when(test).then(alt.value(then)).otherwise(alt.value(otherwise))


def _left(factor: str) -> str:
    """Return an expression for a factor's position in pixels, clamped to the ends of the distribution's axis."""
    low, high = _REACH
    return f"facts_x + facts_w * (clamp({factor}, {low}, {high}) - {low}) / {high - low}"


def _down(share: float | str) -> str:
    return f"facts_y + facts_h * ({share})"


_FLOOR, _TALL = 0.49, 0.23  # baseline and height of the distribution, as fractions of the panel's height


def distribution(nodes: alt.Data) -> list[alt.Chart]:
    """Draw the factor's distribution as two bars or a bell curve, with a rule at the mean and ticks for this pass."""
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
    """Draw P(factor = 0) = p and P(factor = 1 / (1 − p)) = 1 − p as bars."""
    rows = pd.DataFrame({"kept": [0, 1]})
    bars = (
        alt.Chart(data(rows, "bars"))
        .transform_filter(f"!({is_variant(GAUSSIAN)})")
        .transform_calculate(f="datum.kept ? 1 / (1 - rate_p) : 0", chance="datum.kept ? 1 - rate_p : rate_p")
        .transform_calculate(
            left=f"{_left('datum.f')} - 7",
            right=f"{_left('datum.f')} + 7",
            floor=_down(_FLOOR),
            top=_down(f"{_FLOOR} - {_TALL} * datum.chance"),
            beyond=f"datum.f > {_REACH[1]} ? format(datum.f, '.0f') + ' ▸ ' : ''",
            beside=f"datum.kept && {_left('datum.f')} < {_left('1')} + 18",  # keeps the label off the rule at the mean
        )
        .transform_calculate(
            px="datum.beside ? datum.right + 18 : "
            "min((datum.left + datum.right) / 2, facts_x + facts_w - (datum.beyond ? 30 : 0))",
            label="datum.beyond + format(datum.chance, '.0%')",
            above="datum.top + (datum.beside ? 7 : -8)",
        )
    )
    return [
        bars.mark_rect(strokeWidth=1.4).encode(
            **at("left", "top"),
            x2="right",
            y2="floor",
            fill=when("datum.kept", KEPT, "transparent"),
            stroke=when("datum.kept", KEPT, DROPPED),
        ),
        bars.mark_text(fontSize=12).encode(**at("px", "above"), text="label:N"),
    ]


def _bell() -> alt.Chart:
    """Draw the normal density with mean 1 and variance p / (1 − p). At small p, its height is capped."""
    rows = pd.DataFrame({"f": np.round(np.linspace(*_REACH, 81), 3)})
    spread = "max(sqrt(rate_p / (1 - rate_p)), 0.05)"
    density = f"exp(-0.5 * pow((datum.f - 1) / {spread}, 2)) * min(1, 0.35 / {spread})"
    bell = (
        alt.Chart(data(rows, "bell"))
        .transform_filter(is_variant(GAUSSIAN))
        .transform_calculate(px=_left("datum.f"), py=_down(f"{_FLOOR} - {_TALL} * {density}"), floor=_down(_FLOOR))
    )
    return bell.mark_area(color=KEPT, opacity=0.45).encode(**at(), y2="floor")


def _this_pass(nodes: alt.Data) -> alt.Chart:
    """Draw a tick below the axis for each neuron's Gaussian factor in this pass, if it lies within the axis."""
    placed = (
        alt.Chart(nodes)
        .transform_filter(f"{touched('datum.layer')} && {is_variant(GAUSSIAN)}")
        .transform_calculate(factor=factor_of("datum.layer", "u", "z"))
        .transform_filter(alt.FieldRangePredicate("factor", list(_REACH)))
        .transform_calculate(px=_left("datum.factor"), py=f"{_down(_FLOOR)} + 5", qy=f"{_down(_FLOOR)} + 15")
    )
    return placed.mark_rule(color=KEPT, strokeWidth=2, opacity=0.8).encode(**at(), y2="qy")


def sentences() -> list[alt.Chart]:
    """Describe the source of randomness, and show the factor's exact and measured moments."""
    rows = alt.Chart(data(_facts(), "facts")).transform_filter("datum.name === variant_v")
    mean, variance = (_measured(moment) for moment in ("mean", "variance"))
    return [
        _line(rows, "datum.title", 0.03, large=True),
        _line(rows, "datum.first", 0.09),
        _line(rows, "datum.second", 0.14),
        _line(rows, "'Mean of a factor: 1'", 0.69, large=True),
        _line(rows, mean, 0.76),
        _line(rows, "'Variance: p / (1 − p) = ' + format(rate_p / (1 - rate_p), '.4g')", 0.85, large=True),
        _line(rows, variance, 0.91),
        _line(rows, f"'± one standard error, over {DRAWS:,} seeded draws'", 0.98),
    ]


def _measured(moment: str) -> str:
    """Return an expression for a measured moment ± its standard error, as text.with_error formats it.

    Nothing varies at rate 0. At rate 0.5 every Bernoulli factor is at distance 1 from the mean, and so is the variance.
    """
    value, error = (element(name, "rate_i") for name in (moment, f"{moment}_error"))
    places = f"'.' + max(0, 1 - floor(log({error}) / LN10)) + 'f'"
    known = f"format({value}, {places}) + ' ± ' + format({error}, {places})"
    return f"'measured ' + ({error} ? {known} : format({value}, '.3f') + ', always')"


def _facts() -> pd.DataFrame:
    """Build one row per variant shown on the network. Numbered columns hold the moments at each rate in RATES."""
    rows = []
    for slug in ON_THE_NETWORK:
        variant, by_rate = VARIANTS[slug], [measured(slug, rate) for rate in RATES]
        first, second = _DESCRIPTIONS[slug]
        row = {"name": variant.name, "title": f"{variant.name} · {variant.source}", "first": first, "second": second}
        for name in ("mean", "mean_error", "variance", "variance_error"):
            row |= numbered(name, [round(getattr(moments, name), 5) for moments in by_rate])
        rows.append(row)
    return pd.DataFrame(rows)


def _line(chart: alt.Chart, sentence: str, down: float, large: bool = False) -> alt.Chart:
    style = {"fontSize": 14, "fontWeight": 600} if large else {"fontSize": 12.5, "opacity": 0.8}
    placed = chart.transform_calculate(px="facts_x", py=_down(down), sentence=sentence)
    return placed.mark_text(align="left", aria=True, **style).encode(
        **at(), text="sentence:N", description="sentence:N"
    )
