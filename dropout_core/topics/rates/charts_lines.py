"""Line chart of means over seeds: one labelled line per group with its 95 % band, and published points."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from dropout_core.charts.theme import NEUTRAL
from dropout_core.charts.vega import INK, without_data

COLUMNS = ["group", "x", "mean", "low", "high"]


def rows(means: pd.DataFrame, published: Sequence[tuple[float, float]] = ()) -> pd.DataFrame:
    """Build the chart's rows from a table with the columns COLUMNS.

    published   points (x, y) from publications, drawn as hollow diamonds
    """
    lines = means[COLUMNS].assign(kind="line")
    ends = lines.loc[lines.groupby("group", sort=False)["x"].idxmax()].assign(kind="name")
    theirs = pd.DataFrame([{"kind": "published", "x": x, "mean": y} for x, y in published])
    return pd.concat([part for part in (lines, ends, theirs) if len(part)], ignore_index=True)


@lru_cache(maxsize=64)
def spec(
    colours: tuple[tuple[str, str], ...],
    x_title: str,
    y_title: str,
    log_x: bool = False,
    height: int = 260,
    values: tuple[float, ...] = (),
) -> dict:
    """Build the specification, without data.

    colours  (group, colour) of each line
    values   tick values of the x axis; if empty, Vega chooses them
    """
    names = [name for name, _ in colours]
    scale = alt.Scale(type="log") if log_x else alt.Scale(zero=False, nice=False, padding=6)
    ticks = alt.Axis(grid=False, format="~s" if log_x else "~g", values=list(values) or alt.Undefined)
    x = alt.X("x:Q", title=x_title, scale=scale, axis=ticks)
    y = alt.Y("mean:Q", title=None, scale=alt.Scale(zero=False, nice=True, padding=6), axis=alt.Axis(tickCount=5))
    colour = alt.Color("group:N", scale=alt.Scale(domain=names, range=[c for _, c in colours]), legend=None)
    base = alt.Chart().encode(x=x, y=y, color=colour)
    line = base.transform_filter("datum.kind == 'line'")
    tooltip = [
        "group:N",
        alt.Tooltip("x:Q", title=x_title),
        *(alt.Tooltip(f"{n}:Q", format=".3~f") for n in COLUMNS[2:]),
    ]
    layers = [
        line.transform_filter("isValid(datum.low)").mark_area(opacity=0.16).encode(y="low:Q", y2="high:Q"),
        line.mark_line(strokeWidth=2),
        line.mark_circle(size=36, opacity=1).encode(tooltip=tooltip),
        *([_named(base)] if len(names) > 1 else []),  # the title names a single line
        _published(x, y, x_title),
    ]
    title = alt.Title(y_title, anchor="start")
    chart = without_data(alt.layer(*layers).properties(height=height, title=title).to_dict(validate=False))
    chart["padding"] = {"left": 2, "top": 2, "bottom": 2, "right": 2}
    return chart


def _named(base: alt.Chart) -> alt.Chart:
    named = base.transform_filter("datum.kind == 'name'")
    return named.mark_text(align="left", dx=8, fontWeight="bold").encode(text="group:N", color=alt.value(INK))


def _published(x: alt.X, y: alt.Y, x_title: str) -> alt.Chart:
    theirs = alt.Chart().transform_filter("datum.kind == 'published'").encode(x=x, y=y)
    tooltip = [alt.Tooltip("x:Q", title=x_title), alt.Tooltip("mean:Q", title="published")]
    return theirs.mark_point(shape="diamond", size=80, strokeWidth=1.6, color=NEUTRAL).encode(tooltip=tooltip)


def text_alternative(means: pd.DataFrame, what: str, places: int = 2) -> str:
    """Describe the chart by each line's first, last, lowest and highest mean."""
    parts = []
    for group, line in means.groupby("group", sort=False):
        line = line.sort_values("x")
        low, high = line.iloc[line["mean"].argmin()], line.iloc[line["mean"].argmax()]
        parts.append(
            f"{group}: from {line['mean'].iloc[0]:.{places}f} at {line['x'].iloc[0]:g} to "
            f"{line['mean'].iloc[-1]:.{places}f} at {line['x'].iloc[-1]:g}, lowest {low['mean']:.{places}f} at "
            f"{low['x']:g}, highest {high['mean']:.{places}f} at {high['x']:g}"
        )
    return f"{what}. " + "; ".join(parts) + "."
