"""Paired differences by seed, dropout minus no dropout: one dot a seed, the mean with its interval, and zero."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from .theme import DROPOUT, NO_DROPOUT

INK = "currentColor"


def rows(differences: Sequence[float], low: float | None, high: float | None) -> pd.DataFrame:
    """One row a seed, one for the mean with the ends of its interval (None: no interval from one seed)."""
    mean = sum(differences) / len(differences)
    seeds = [{"kind": "seed", "difference": value, "seed": i} for i, value in enumerate(differences)]
    return pd.DataFrame([*seeds, {"kind": "mean", "difference": mean, "low": low, "high": high}])


@lru_cache(maxsize=16)
def spec(title: str, higher_is_better: bool) -> dict:
    """The Vega-Lite specification, without data. Which side of zero is whose is said below the axis."""
    x = alt.X("difference:Q", title=title, scale=alt.Scale(zero=True, nice=True, padding=12))
    base = alt.Chart().encode(x=x)
    zero = base.mark_rule(strokeDash=[2, 2], color=INK).encode(x=alt.datum(0))
    seeds = base.transform_filter("datum.kind == 'seed'").mark_circle(size=70, color=INK, opacity=0.45)
    mean = base.transform_filter("datum.kind == 'mean'")
    interval = mean.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=4).encode(x="low:Q", x2="high:Q")
    side = "datum.difference > 0" if higher_is_better else "datum.difference < 0"
    colour = alt.condition(side, alt.value(DROPOUT), alt.value(NO_DROPOUT))
    dot = mean.mark_point(size=160, shape="diamond", filled=True, opacity=1)
    tooltip = [alt.Tooltip("difference:Q", format="+.4f"), alt.Tooltip("seed:Q")]
    chart = alt.layer(zero, seeds.encode(tooltip=tooltip), interval.encode(color=colour), dot.encode(color=colour))
    found = chart.properties(height=80).to_dict(validate=False)
    for part in (found, *found["layer"]):
        part.pop("data", None)
    found.pop("datasets", None)
    found["usermeta"] = {"embedOptions": {"renderer": "svg"}}
    return found
