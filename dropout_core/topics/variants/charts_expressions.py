"""Vega's expressions for the factor that a variant of dropout gives a neuron or a connection in this pass.

They know variant_v, rate_p and pass_k; draws are numbered columns of the row (live.numbered).
"""

from typing import Any

import altair as alt

from dropout_core.charts.vega import element
from dropout_core.topics.variants.numerics import ON_THE_NETWORK, VARIANTS

GAUSSIAN, DROPCONNECT, INPUTS = (VARIANTS[slug].name for slug in ON_THE_NETWORK[1:])


def is_variant(name: str) -> str:
    return f"variant_v === '{name}'"


def bernoulli(u: str) -> str:
    return f"({element(u, 'pass_k - 1')} >= rate_p ? 1 / (1 - rate_p) : 0)"


def touched(layer: str) -> str:
    """Is a neuron of this layer multiplied by anything?"""
    hidden = f"({layer} === 1 || {layer} === 2)"
    return f"({is_variant(INPUTS)} ? {layer} === 0 : {hidden} && !({is_variant(DROPCONNECT)}))"


def factor_of(layer: str, u: str, z: str) -> str:
    normal = f"1 + sqrt(rate_p / (1 - rate_p)) * {element(z, 'pass_k - 1')}"
    return f"{touched(layer)} ? ({is_variant(GAUSSIAN)} ? {normal} : {bernoulli(u)}) : 1"


def when(test: str, then: Any, otherwise: Any) -> Any:
    return alt.when(test).then(alt.value(then)).otherwise(alt.value(otherwise))
