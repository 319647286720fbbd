"""Dot plot with one row per trial, which shows each arm's mean and interval and its individual runs as ticks."""

from functools import lru_cache

import altair as alt
import pandas as pd

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, NEUTRAL
from dropout_core.charts.vega import by_name, without_data

ROW = 44  # height of each trial's row in pixels
NAMES = 172  # maximum width of a trial's name in pixels; longer names are truncated
PUBLISHED = "published"  # the kind of rows from a paper


def rows(runs: pd.DataFrame, means: pd.DataFrame, column: str, published: pd.DataFrame | None = None) -> pd.DataFrame:
    """Build the chart's table, with one row for each run, for each mean, and for each result published in a paper.

    Means and published results also have low and high, and means have n. The column place is the arm, or empty for a
    trial with one arm, which is drawn in the middle of its row.
    """
    single = runs[["trial", "arm", "seed"]].assign(kind="run", value=runs[column])
    middle = means[["trial", "arm", "low", "high", "n"]].assign(kind="mean", value=means["mean"])
    parts = [single, middle]
    if published is not None:
        parts.append(published[["trial", "arm", "low", "high"]].assign(kind=PUBLISHED, value=published["mean"]))
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return table.assign(place=table["arm"].where(table.groupby("trial")["arm"].transform("nunique") > 1, ""))


@lru_cache(maxsize=64)
def spec(trials: tuple[str, ...], title: str, format_: str = ".2f", base: str = "") -> dict:
    """Build the specification, without data. Published results are drawn hollow and grey.

    trials  names of the rows, in order
    title   title of the x axis, which should say which direction is better
    base    trial whose first arm's mean is marked with a rule
    """
    ticks = alt.Axis(tickCount=5, labelOverlap="greedy", labelSeparation=8)
    lines = title.replace(" (", "\n(").split("\n")  # a phone has no room for the remark on the same line
    x = alt.X("value:Q", title=lines, scale=alt.Scale(zero=False, nice=True, padding=8), axis=ticks)
    names = alt.Axis(title=None, labelLimit=NAMES, ticks=False, domain=False, grid=True)
    y = alt.Y("trial:N", scale=alt.Scale(domain=list(trials)), axis=names)
    colour = alt.Color("arm:N", scale=by_name(ARM_COLOURS), legend=None)
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    net = [alt.Tooltip("trial:N"), alt.Tooltip("arm:N", title="network")]
    tooltip = [
        *net,
        alt.Tooltip("value:Q", title="mean", format=format_),
        alt.Tooltip("low:Q", title="95 % from", format=format_),
        alt.Tooltip("high:Q", title="to", format=format_),
        alt.Tooltip("n:Q", title="seeds"),
    ]
    from_paper = [*net, alt.Tooltip("value:Q", title="published", format=format_)]
    first, second = ARM_COLOURS
    offset = alt.YOffset("place:N", scale=alt.Scale(domain=[first, "", second], paddingOuter=0.3))
    place = alt.Chart().encode(x=x, y=y, color=colour, yOffset=offset)
    single = place.transform_filter("datum.kind == 'run'").mark_tick(opacity=0.4, thickness=1.5, size=9)
    mean = place.transform_filter("datum.kind == 'mean'")
    dot = mean.mark_point(filled=True, size=90, opacity=1).encode(shape=shape, tooltip=tooltip)
    theirs = place.transform_filter(f"datum.kind == '{PUBLISHED}'").encode(color=alt.value(NEUTRAL))
    hollow = theirs.mark_point(size=90, strokeWidth=2, opacity=1).encode(shape=shape, tooltip=from_paper)
    layers = [single, _intervals(theirs), hollow, _intervals(mean), dot]
    if base:
        first = f"datum.kind == 'mean' && datum.trial == '{base}' && datum.arm == '{next(iter(ARM_COLOURS))}'"
        dash = next(iter(ARM_DASHES.values()))
        rule = alt.Chart().transform_filter(first).mark_rule(strokeDash=dash, opacity=0.7, strokeWidth=1.5)
        layers.insert(0, rule.encode(x=x, color=colour))
    return without_data(alt.layer(*layers).properties(height=ROW * len(trials) + 20).to_dict(validate=False))


def _intervals(chart: alt.Chart) -> alt.Chart:
    return chart.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2.5).encode(x="low:Q", x2="high:Q")


def text_alternative(means: pd.DataFrame, unit: str, places: int = 2) -> str:
    """Describe the chart in one sentence that lists the means of each trial."""
    parts = []
    for trial, group in means.groupby("trial", sort=False):
        values = zip(group["arm"], group["mean"], strict=True)
        parts.append(f"{trial}: " + ", ".join(f"{arm} {mean:.{places}f}" for arm, mean in values))
    return f"{unit}, means over the seeds. " + "; ".join(parts) + "."
