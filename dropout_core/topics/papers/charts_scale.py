"""The chart of Table 2 at the paper's own scale: published errors beside our runs, with one row per net."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dropout_core.charts.theme import ARM_COLOURS, ARM_SHAPES, NEUTRAL
from dropout_core.charts.vega import by_name, without_data

ROW, NAMES = 40, 190  # height of a row, and largest width of its name, in pixels
RUN, MEAN, PAPER = "run", "mean", "published"  # kinds of rows


def rows(published: pd.DataFrame, runs: pd.DataFrame, means: pd.DataFrame, arms: dict[str, str]) -> pd.DataFrame:
    """Build the chart's table.

    published  net, error
    runs       net, seed, error
    means      net, mean, low, high, n: only nets with an interval have a mean; single runs speak for themselves
    arms       each net's arm
    """
    parts = [
        published.rename(columns={"error": "value"}).assign(kind=PAPER),
        runs.rename(columns={"error": "value"}).assign(kind=RUN),
        means.dropna(subset="low").rename(columns={"mean": "value"}).assign(kind=MEAN),
    ]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return table.assign(arm=table["net"].map(arms))


def spec(nets: Sequence[str]) -> dict:
    """Build the specification, without data, for these nets from top to bottom."""
    x = alt.X("value:Q", title=None, scale=alt.Scale(zero=False, padding=12), axis=alt.Axis(tickCount=6))
    axis = alt.Axis(title=None, labelLimit=NAMES, ticks=False, domain=False, grid=True)
    y = alt.Y("net:N", scale=alt.Scale(domain=list(nets)), axis=axis)
    base = alt.Chart().encode(x=x, y=y)
    colour = alt.Color("arm:N", scale=by_name(ARM_COLOURS), legend=None)
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    error = alt.Tooltip("value:Q", title="error, %", format=".2f")
    paper = base.transform_filter(f"datum.kind == '{PAPER}'").mark_point(size=120, strokeWidth=2, color=NEUTRAL)
    single = base.transform_filter(f"datum.kind == '{RUN}'").mark_point(filled=True, size=60, opacity=0.6)
    mean = base.transform_filter(f"datum.kind == '{MEAN}'")
    bounds = [alt.Tooltip("low:Q", title="95 % from", format=".2f"), alt.Tooltip("high:Q", title="to", format=".2f")]
    layers = [
        paper.encode(shape=shape, tooltip=["net:N", alt.Tooltip("value:Q", title="published, %", format=".2f")]),
        mean.mark_rule(strokeWidth=2.5).encode(x="low:Q", x2="high:Q", color=colour),
        single.encode(color=colour, shape=shape, tooltip=["net:N", "seed:N", error]),
        mean.mark_point(filled=True, size=120, opacity=1).encode(
            color=colour, shape=shape, tooltip=["net:N", alt.Tooltip("value:Q", title="mean, %", format=".2f"), *bounds]
        ),
    ]
    title = alt.Title("error on the 10,000 test images, %", anchor="start")
    return without_data(alt.layer(*layers).properties(height=ROW * len(nets) + 20, title=title).to_dict(validate=False))
