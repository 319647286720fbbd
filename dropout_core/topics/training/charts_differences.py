"""Chart of the paired differences (dropout minus no dropout) by seed, with their mean, its interval and a zero line."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from dropout_core.charts.theme import DROPOUT, NEUTRAL, NO_DROPOUT, PICKED
from dropout_core.charts.vega import INK, without_data
from dropout_core.numerics.verdicts import Verdict


def rows(
    differences: Sequence[float], low: float | None, high: float | None, own: Sequence[float] = ()
) -> pd.DataFrame:
    """Build one row per seed, one for the mean with its interval, and one for each of the reader's own runs.

    low and high are None if there are too few seeds for an interval. The mean does not include the reader's runs.
    """
    mean = sum(differences) / len(differences)
    seeds = [{"kind": "seed", "difference": value, "seed": i} for i, value in enumerate(differences)]
    mine = [{"kind": "own", "difference": value} for value in own]
    return pd.DataFrame([*seeds, {"kind": "mean", "difference": mean, "low": low, "high": high}, *mine])


@lru_cache(maxsize=16)
def spec(title: str, side: str, verdict: Verdict, own_name: str = "") -> dict:
    """Build the Vega-Lite specification, without data.

    side      text below the axis that says on which side of zero dropout is better
    verdict   whether dropout is better; the mean and its interval take the colour of the net that is ahead, if any
    own_name  name of the marks above the others, for which the chart is then taller
    """
    # Never hide overlapping labels, since zero must be labelled.
    zero_label = "datum.value ? datum.label : '0'"
    axis = alt.Axis(tickCount=5, labelOverlap=False, labelExpr=zero_label)
    scale = alt.Scale(zero=True, nice=True, padding=12)
    x = alt.X("difference:Q", title=[title, side], scale=scale, axis=axis)
    middle = alt.YDatum(0.5, scale=alt.Scale(domain=[0, 1]), axis=None)
    base = alt.Chart().encode(x=x, y=middle)
    zero = alt.Chart().mark_rule(strokeWidth=1.5, color=NEUTRAL)
    zero = zero.encode(x=alt.XDatum(0, type="quantitative"), y=alt.value(0), y2=alt.value("height"))
    seeds = base.transform_filter("datum.kind == 'seed'").mark_circle(size=80, color=NEUTRAL, opacity=0.55)
    mean = base.transform_filter("datum.kind == 'mean'")
    interval = mean.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=3).encode(x="low:Q", x2="high:Q")
    colour = alt.value({Verdict.HOLDS: DROPOUT, Verdict.DOES_NOT_HOLD: NO_DROPOUT}.get(verdict, NEUTRAL))
    dot = mean.mark_point(size=170, shape="diamond", filled=True, opacity=1)
    tooltip = [alt.Tooltip("difference:Q", format="+.4f"), alt.Tooltip("seed:Q")]
    own = base.transform_filter("datum.kind == 'own'")
    star = own.mark_point(size=200, shape="triangle-down", filled=True, opacity=1, color=PICKED, yOffset=-16)
    name = own.mark_text(text=own_name, color=INK, dy=-32, fontWeight="bold")
    layers = [zero, interval.encode(color=colour), dot.encode(color=colour), seeds.encode(tooltip=tooltip)]
    return without_data(
        alt.layer(*layers, star, name).properties(height=160 if own_name else 120).to_dict(validate=False)
    )
