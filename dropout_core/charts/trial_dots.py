"""Dot plot with one row per trial, which shows each arm's mean and interval and its individual runs as ticks."""

from functools import lru_cache

import altair as alt
import pandas as pd

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, NEUTRAL
from dropout_core.charts.vega import by_name, without_data

ROW = 44  # height of each trial's row in pixels
NAMES = 172  # maximum width of a trial's name in pixels; longer names are truncated


def rows(runs: pd.DataFrame, means: pd.DataFrame, column: str) -> pd.DataFrame:
    """Build the chart's table, with one row for each run and one for each mean. Means also have low, high and n.

    The column place is the arm, or empty for a trial with one arm, which is drawn in the middle of its row.
    """
    single = runs[["trial", "arm", "seed"]].assign(kind="run", value=runs[column])
    middle = means[["trial", "arm", "low", "high", "n"]].assign(kind="mean", value=means["mean"])
    table = pd.concat([single, middle], ignore_index=True)
    return table.assign(place=table["arm"].where(table.groupby("trial")["arm"].transform("nunique") > 1, ""))


@lru_cache(maxsize=64)
def spec(
    trials: tuple[str, ...],
    title: str,
    format_: str = ".2f",
    base: str = "",
    published: tuple[str, ...] = (),
) -> dict:
    """Build the specification, without data.

    trials     names of the rows, in order
    title      title of the x axis, which should say which direction is better
    base       trial whose first arm's mean is marked with a rule
    published  trials with results published in a paper, drawn hollow and grey
    """
    ticks = alt.Axis(tickCount=5, labelOverlap="greedy", labelSeparation=8)
    lines = title.replace(" (", "\n(").split("\n")  # a phone has no room for the remark on the same line
    x = alt.X("value:Q", title=lines, scale=alt.Scale(zero=False, nice=True, padding=8), axis=ticks)
    names = alt.Axis(title=None, labelLimit=NAMES, ticks=False, domain=False, grid=True)
    y = alt.Y("trial:N", scale=alt.Scale(domain=list(trials)), axis=names)
    from_paper = alt.FieldOneOfPredicate("trial", list(published))
    by_arm = alt.Color("arm:N", scale=by_name(ARM_COLOURS), legend=None)
    colour = alt.condition(from_paper, alt.value(NEUTRAL), by_arm) if published else by_arm
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    tooltip = [
        "trial:N",
        alt.Tooltip("arm:N", title="network"),
        alt.Tooltip("value:Q", title="mean", format=format_),
        alt.Tooltip("low:Q", title="95 % from", format=format_),
        alt.Tooltip("high:Q", title="to", format=format_),
        alt.Tooltip("n:Q", title="seeds"),
    ]
    first, second = ARM_COLOURS
    offset = alt.YOffset("place:N", scale=alt.Scale(domain=[first, "", second], paddingOuter=0.3))
    place = alt.Chart().encode(x=x, y=y, color=colour, yOffset=offset)
    single = place.transform_filter("datum.kind == 'run'").mark_tick(opacity=0.4, thickness=1.5, size=9)
    mean = place.transform_filter("datum.kind == 'mean'")
    interval = mean.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2.5).encode(x="low:Q", x2="high:Q")
    dot = mean.mark_point(filled=True, size=90, opacity=1).encode(shape=shape, tooltip=tooltip)
    if published:
        dot = dot.encode(
            fillOpacity=alt.condition(from_paper, alt.value(0), alt.value(1)),
            stroke=alt.condition(from_paper, alt.value(NEUTRAL), alt.value("transparent")),
            strokeWidth=alt.value(2),
        )
    layers = [single, interval, dot]
    if base:
        first = f"datum.kind == 'mean' && datum.trial == '{base}' && datum.arm == '{next(iter(ARM_COLOURS))}'"
        dash = next(iter(ARM_DASHES.values()))
        rule = alt.Chart().transform_filter(first).mark_rule(strokeDash=dash, opacity=0.7, strokeWidth=1.5)
        layers.insert(0, rule.encode(x=x, color=colour))
    return without_data(alt.layer(*layers).properties(height=ROW * len(trials) + 20).to_dict(validate=False))


def text_alternative(means: pd.DataFrame, unit: str, places: int = 2) -> str:
    """Describe the chart in one sentence that lists the means of each trial."""
    parts = []
    for trial, group in means.groupby("trial", sort=False):
        values = zip(group["arm"], group["mean"], strict=True)
        parts.append(f"{trial}: " + ", ".join(f"{arm} {mean:.{places}f}" for arm, mean in values))
    return f"{unit}, means over the seeds. " + "; ".join(parts) + "."
