"""Vega-Lite specifications, without data, for the training curves: one small chart per measure.

charts_curves_data computes the rows. A specification does not depend on the individual points, so a live chart
usually keeps the same one while its rows grow.
"""

from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES
from dropout_core.charts.vega import by_name, without_data
from dropout_core.experiments.recipe import ARMS
from dropout_core.topics.training.charts_curves_data import MEASURES, Measure, rows

HEIGHT = 230
__all__ = ["MEASURES", "lowest_shown", "rows", "spec", "text_alternative"]


def lowest_shown(shown: pd.DataFrame) -> float | None:
    """Choose the lower end of the accuracy axis: a multiple of 10 below all accuracies at the ends of epochs.

    If the axis included the steep rise within the first epoch, the rest of the curve would look flat.
    """
    exact = shown.loc[shown["kind"] == "exact", "value"]
    return float(10 * np.floor((exact.min() - 2) / 10)) if len(exact) else None


@lru_cache(maxsize=128)
def spec(measure: str, epochs: int, lowest: float | None = None) -> dict:
    """Build the measure's Vega-Lite specification for this number of epochs, without data.

    lowest   the lower end of the axis of percentages, from lowest_shown
    """
    m = MEASURES[measure]
    layers = [*_curves(m, epochs), *_exact(m, epochs), *_names(epochs)]
    whole = alt.layer(*layers).properties(height=HEIGHT, title=alt.Title(m.title, anchor="start", fontSize=14))
    chart = without_data(whole.to_dict(validate=False))
    for layer in chart["layer"] if m.percent else ():
        reach = {"domainMax": 100} | ({} if lowest is None else {"domainMin": lowest})
        layer["encoding"]["y"]["scale"] |= reach
    chart["padding"] = {"left": 2, "top": 2, "bottom": 2, "right": 2}
    return chart


def text_alternative(measure: str, shown: pd.DataFrame) -> str:
    """Describe the chart of these rows in a sentence, for readers who cannot see it."""
    m = MEASURES[measure]
    arms, kinds, values, epochs = (shown[name].to_numpy() for name in ("arm", "kind", "value", "epoch"))
    parts = []
    for arm in ARMS:
        curve, label = (values[(arms == arm) & (kinds == kind)] for kind in ("curve", "label"))
        if len(curve):
            end = epochs[(arms == arm) & (kinds == "label")][0]
            parts.append(f"{arm} went from {curve[0]:.3g} to {label[0]:.4g} by epoch {round(end, 1):g}")
    return f"{m.title}: {'; '.join(parts)}." if parts else f"{m.title}: no points yet."


def _base(kind: str, epochs: int, *more: str) -> alt.Chart:
    """Build a chart of one kind of row, with the axes that all layers share.

    more   further conditions that a row must meet
    """
    conditions = " && ".join([f"datum.kind == '{kind}'", *more])
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(domain=[0, epochs], nice=False), axis=_epoch_axis(epochs))
    colour = alt.Color("arm:N", scale=by_name(ARM_COLOURS), legend=None)
    return alt.Chart().transform_filter(conditions).encode(x=x, y=_y("value"), color=colour)


def _y(column: str) -> alt.Y:
    scale = alt.Scale(zero=False, nice=True, padding=6)
    return alt.Y(f"{column}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5))


def _curves(m: Measure, epochs: int) -> list[alt.Chart]:
    dash = alt.StrokeDash("arm:N", scale=by_name(ARM_DASHES), legend=None)
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    several = _base("band", epochs).mark_area(opacity=0.18, clip=True).encode(y=_y("low"), y2="high:Q")
    single = (
        _base("run", epochs)
        .mark_line(strokeWidth=0.7, opacity=0.35, clip=True)
        .encode(detail="seed:N", strokeDash=dash)
    )
    mean = _base("curve", epochs).mark_line(strokeWidth=2, clip=True).encode(strokeDash=dash)
    dots = (
        _base("curve", epochs)
        .mark_point(size=14, filled=True, opacity=0.7, clip=True)
        .encode(shape=shape, tooltip=_tooltip(m))
    )
    return [several, single, mean, dots]


def _exact(m: Measure, epochs: int) -> list[alt.Chart]:
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    interval = (
        _base("exact", epochs, "isValid(datum.low)")
        .mark_rule(strokeWidth=2, clip=True)
        .encode(y=_y("low"), y2="high:Q")
    )
    points = _base("exact", epochs).mark_point(size=60, filled=True, opacity=1).encode(shape=shape, tooltip=_tooltip(m))
    printed = [alt.Tooltip("value:Q", title="the article printed", format=".4~f"), *_tooltip(m)[:2]]
    article = _base("article", epochs, f"datum.epoch <= {epochs}").mark_point(size=70, shape="diamond", strokeWidth=1.5)
    return [interval, points, article.encode(tooltip=printed)]


def _names(epochs: int) -> list[alt.Chart]:
    def name(side: int) -> alt.Chart:
        label = _base("label", epochs, f"datum.lift == {side}")
        mark = label.mark_text(align="left", dx=8, dy=-6 * side, fontSize=12, fontWeight="bold")
        return mark.encode(text="arm:N")

    return [name(1), name(-1)]


def _tooltip(m: Measure) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("arm:N", title="network"),
        alt.Tooltip("epoch:Q", format=".2f"),
        alt.Tooltip("value:Q", title=m.title, format=".2f" if m.percent else ".4f"),
    ]


def _epoch_axis(epochs: int) -> alt.Axis:
    return alt.Axis(format="d", tickCount=min(epochs, 8), tickMinStep=1, grid=False)
