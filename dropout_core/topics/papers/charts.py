"""Charts that reproduce published figures, with our means and intervals, and published values in grey."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from dropout_core.charts.label_places import apart
from dropout_core.charts.theme import AVERAGED, DROPOUT, NEUTRAL, SOLID
from dropout_core.charts.vega import INK, without_data

LINE = ["group", "x", "mean", "low", "high"]
_ROOM = 0.12  # minimum distance between two line labels, as a fraction of the chart's height


@dataclass(frozen=True)
class Style:
    """The colour, dash and point shape of a line."""

    colour: str
    dash: Sequence[int] = tuple(SOLID)
    shape: str = "circle"


@dataclass(frozen=True)
class Theirs:
    """A published range of x with its label, or a single published value if x2 is None."""

    x: float
    x2: float | None
    label: str


def domain(parts: Sequence[pd.DataFrame], log: bool = False) -> tuple[float, float]:
    """Compute a y domain for these LINE tables. A logarithmic domain cuts off intervals that extend very low."""
    both = pd.concat(parts)
    if log:
        least = both["mean"].min()
        return float(0.95 * max(both[["mean", "low"]].min().min(), least / 2)), float(
            1.05 * both[["mean", "high"]].max().max()
        )
    low, high = both[["mean", "low"]].min().min(), both[["mean", "high"]].max().max()
    return float(low - 0.04 * (high - low)), float(high + 0.04 * (high - low))


def rows(lines: pd.DataFrame, y: tuple[float, float], theirs: Sequence[Theirs] = ()) -> pd.DataFrame:
    """Build the chart's table, with rows of kind "line", "name" (at the line's end), "span" or "rule"."""
    drawn = lines[LINE].assign(kind="line")
    ends = drawn.loc[drawn.groupby("group", sort=False)["x"].idxmax()].assign(kind="name")
    places = apart(ends["mean"].to_list(), _ROOM * (y[1] - y[0]), lowest=ends["mean"].min())
    ends = ends.assign(mean=places)
    marks = [{"kind": "rule" if t.x2 is None else "span", "x": t.x, "x2": t.x2, "label": t.label} for t in theirs]
    parts = [part for part in (drawn, ends, pd.DataFrame(marks)) if len(part)]
    return pd.concat(parts, ignore_index=True)


def spec(
    styles: Mapping[str, Style],
    x_title: str,
    title: str,
    y: tuple[float, float],
    *,
    x_format: str = "~s",
    log_x: bool = False,
    log_y: bool = False,
    values: Sequence[float] = (),
    level: float | None = None,
    level_label: str = "",
    height: int = 280,
) -> dict:
    """Build the specification, without data.

    values   values of x that get a label
    level    y value of a horizontal rule in the text colour. Its label is below it, on the left.
    """
    colour, dash, shape = (_scale(styles, what) for what in ("colour", "dash", "shape"))
    scale = alt.Scale(type="log", nice=False, padding=8) if log_x else alt.Scale(zero=False, nice=False, padding=8)
    labels = {"values": list(values)} if values else {"tickCount": 5}
    axis = alt.Axis(grid=False, format=x_format, labelOverlap="greedy", **labels)
    x = alt.X("x:Q", title=x_title, scale=scale, axis=axis)
    y_scale = alt.Scale(type="log" if log_y else "linear", domain=list(y), nice=False, clamp=log_y)
    y_axis = alt.Axis(**_ticks(y, log_y))
    upright = alt.Y("mean:Q", title=None, scale=y_scale, axis=y_axis)
    base = alt.Chart().encode(x=x, y=upright, color=alt.Color("group:N", scale=colour, legend=None))
    line = base.transform_filter("datum.kind == 'line'")
    layers = [
        *_published(x),
        *_level(upright, level, level_label),
        line.transform_filter("isValid(datum.low)")
        .mark_area(opacity=0.18)
        .encode(y=alt.Y("low:Q", title=None, scale=y_scale, axis=y_axis), y2="high:Q"),
        line.mark_line(strokeWidth=2).encode(strokeDash=alt.StrokeDash("group:N", scale=dash, legend=None)),
        line.mark_point(filled=True, size=46, opacity=1).encode(
            shape=alt.Shape("group:N", scale=shape, legend=None), tooltip=_tooltip(x_title)
        ),
        base.transform_filter("datum.kind == 'name'")
        .mark_text(align="left", dx=9, fontWeight="bold")
        .encode(text="group:N", color=alt.value(INK)),
    ]
    heading = alt.Title(title, anchor="start")
    return without_data(alt.layer(*layers).properties(height=height, title=heading).to_dict(validate=False))


def _ticks(y: tuple[float, float], log: bool) -> dict:
    """Choose the ticks of the y axis. By default, Vega draws a tick for every digit on a logarithmic axis."""
    if not log:
        return {"tickCount": 5}
    inside = [
        digit * 10.0**power for power in range(-4, 4) for digit in (1, 2, 5) if y[0] <= digit * 10.0**power <= y[1]
    ]
    return {"values": inside, "format": "~g"}


def _published(x: alt.X) -> list[alt.Chart]:
    """Draw published values as grey bands and lines, with labels at the top."""
    band = alt.Chart().transform_filter("datum.kind == 'span'").encode(x=x, x2="x2:Q")
    rule = alt.Chart().transform_filter("datum.kind == 'rule'").encode(x=x)
    return [
        band.mark_rect(color=NEUTRAL, opacity=0.2),
        _at_the_top(band),
        rule.mark_rule(color=NEUTRAL, strokeWidth=1.8),
        _at_the_top(rule),
    ]


def _at_the_top(chart: alt.Chart) -> alt.Chart:
    label = chart.mark_text(color=INK, align="left", baseline="top", dx=5)
    return label.encode(y=alt.value(4), text="label:N")


def _level(y: alt.Y, level: float | None, label: str) -> list[alt.Chart]:
    if level is None:
        return []
    at = alt.Chart().transform_filter("datum.kind == 'name'").transform_calculate(mean=f"{level}").encode(y=y)
    text = at.mark_text(align="left", dx=6, dy=10, color=INK).encode(x=alt.value(0), text=alt.value(label))
    return [at.mark_rule(color=INK, strokeWidth=1, opacity=0.6), text]


def coincide(
    keeps: Sequence[float], dropout: Sequence[Sequence[float]], ridge: Sequence[Sequence[float]]
) -> tuple[pd.DataFrame, dict]:
    """Plot the weights [keeps, inputs] against the keep probability: ridge as lines, dropout as circles.

    Returns the chart's rows and its specification."""
    weights = [
        {"x": keep, "input": f"{i}", "ridge": r, "dropout": d}
        for keep, theirs, ours in zip(keeps, ridge, dropout, strict=True)
        for i, (r, d) in enumerate(zip(theirs, ours, strict=True))
    ]
    x = alt.X("x:Q", title="p = P(keep)", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(grid=False, tickCount=5))
    base = alt.Chart().encode(x=x, detail="input:N")
    tooltip = [alt.Tooltip(f"{name}:Q", format=".6f") for name in ("ridge", "dropout")]
    line = base.mark_line(color=AVERAGED, strokeWidth=1.6).encode(y=alt.Y("ridge:Q", title=None))
    dots = base.mark_point(color=DROPOUT, filled=True, size=40, opacity=1).encode(y="dropout:Q", tooltip=tooltip)
    title = alt.Title("weights at inference", anchor="start")
    chart = alt.layer(line, dots).properties(height=280, title=title)
    return pd.DataFrame(weights), without_data(chart.to_dict(validate=False))


def _tooltip(x_title: str) -> list:
    names = {"mean": "mean", "low": "95 % from", "high": "to"}
    numbers = (alt.Tooltip(f"{column}:Q", title=title, format=".3~f") for column, title in names.items())
    return [alt.Tooltip("group:N", title=" "), alt.Tooltip("x:Q", title=x_title, format=",~g"), *numbers]


def _scale(styles: Mapping[str, Style], what: str) -> alt.Scale:
    values = [getattr(style, what) for style in styles.values()]
    return alt.Scale(domain=list(styles), range=[list(v) if isinstance(v, tuple) else v for v in values])
