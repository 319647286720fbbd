"""Charts of a sweep: a heat map of rates × widths, and a small curve for each width."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dropout_core.charts.theme import DROPOUT, LARGE_TEXT, NEUTRAL, NO_DROPOUT, translucent
from dropout_core.charts.vega import INK, without_data
from dropout_core.topics.rates.findings import Best

# Colours for worse than, equal to and better than no dropout: transparent, so that they suit light and dark pages.
PALE = [translucent(NO_DROPOUT, 0.5), translucent(NEUTRAL, 0.16), translucent(DROPOUT, 0.5)]
SPANS = {"accuracy": 2.0, "loss": 0.2}  # the smallest change, in points or nats, that is drawn in full colour
MAP = (
    "★ best rate in the row; outlined: rates that could also be the best (95 % confidence in each row). Blue: better "
    "than rate 0 in the same row; orange: worse; pale: by little; uncoloured: inconclusive. With Holm’s correction, "
    f"at most one map in 20 has any colour by chance alone. Colours saturate at {SPANS['accuracy']:g} points."
)
_NUMBERS = {  # keyed by measure: title, number format, title of the change
    "accuracy": ("validation accuracy, %", ".1f", "change from rate 0, points"),
    "loss": ("validation loss, nats", ".2f", "change from rate 0, nats"),
}


def cells(summary: pd.DataFrame, best: Sequence[Best], by: str = "accuracy") -> pd.DataFrame:
    """Build the heat map's rows: width, rate, value (% or nats), change from rate 0 at the same width, shade, mark.

    The column shade is the improvement over rate 0 if its paired interval excludes zero, and otherwise 0. A cell is
    therefore coloured only if it differs detectably from no dropout. Rows with too few seeds for that have no mark.

    by     the measure by which `best` was chosen, "accuracy" or "loss"
    """
    rows = summary.assign(value=summary[by])
    base = rows[rows["rate"] == 0].set_index("width")["value"]
    rows["change"] = rows["value"] - rows["width"].map(base)
    marks = {(each.width, rate): "alike" for each in best for rate in each.alike}
    marks |= {(each.width, each.rate): "best" for each in best if each.alike}
    differ = {(each.width, rate) for each in best for rate in each.differs_from_no_dropout}
    keys = [*zip(rows["width"], rows["rate"], strict=True)]
    improvement = rows["change"] if by == "accuracy" else -rows["change"]
    shade = np.where([key in differ for key in keys], improvement, 0.0)
    return rows.assign(shade=shade, mark=[marks.get(key, "") for key in keys])


def with_guesses(cells: pd.DataFrame, guesses: Mapping[int, float]) -> pd.DataFrame:
    """Mark the cells that the reader has guessed, keyed by width, in the column guess."""
    return cells.assign(guess=[guesses.get(w) == r for w, r in zip(cells["width"], cells["rate"], strict=True)])


@lru_cache(maxsize=32)
def heat_map(
    rates: tuple[float, ...],
    widths: tuple[float, ...],
    rows: str = "width",
    columns: str = "rate p = P(drop)",
    by: str = "accuracy",
) -> dict:
    """Build the heat map, without data.

    A star marks the best cell of a row; a frame marks the cells that are not detectably worse. Cells that the reader
    has guessed are marked, if the data have a column guess.

    rows, columns  titles of the axes
    """
    x = alt.X("rate:O", title=columns, scale=alt.Scale(domain=list(rates)), axis=_axis(labelAngle=0))
    y = alt.Y("width:O", title=rows, scale=alt.Scale(domain=list(widths)), axis=_axis(format=",~g"))
    scale = alt.Scale(domain=[-SPANS[by], 0, SPANS[by]], range=PALE, interpolate="rgb", clamp=True)
    colour = alt.Color("shade:Q", scale=scale, legend=None)
    name, decimals, change = _NUMBERS[by]
    tooltip = [
        alt.Tooltip("width:Q", title=rows, format=","),
        alt.Tooltip("rate:Q", title=columns),
        alt.Tooltip("value:Q", format=".2f", title=name),
        alt.Tooltip("change:Q", format="+.2f", title=change),
        alt.Tooltip("seeds:Q"),
    ]
    base = alt.Chart().encode(x=x, y=y)
    fill = base.mark_rect(cornerRadius=3).encode(color=colour, tooltip=tooltip)
    framed = base.transform_filter("datum.mark != ''").mark_rect(
        filled=False, stroke=INK, strokeWidth=2, width={"band": 0.9}, height={"band": 0.84}, cornerRadius=3
    )
    top = base.transform_filter("datum.mark == 'best'")
    pin = base.transform_filter("datum.guess === true").mark_text(
        text="◆", color=INK, fontSize=LARGE_TEXT, dx=14, dy=-10
    )
    star = top.mark_text(text="★", color=INK, fontSize=LARGE_TEXT, dy=-9)
    numbers = [
        part.mark_text(color=INK, dy=dy).encode(text=alt.Text("value:Q", format=decimals))
        for part, dy in ((base.transform_filter("datum.mark != 'best'"), 0), (top, 9))
    ]
    chart = alt.layer(fill, framed, star, *numbers, pin).properties(height=56 * len(widths) + 60)
    return without_data(chart.to_dict(validate=False))


@lru_cache(maxsize=64)
def curve(width: int, rates: tuple[float, ...], lowest: float) -> dict:
    """Build the chart of one width: mean accuracy by rate with its 95 % interval, over faint lines for single seeds.

    A star marks the best rate.

    lowest  the lower end of the accuracy axis; without it, rates that ruin the net would make the rest look flat
    """
    scale = alt.Scale(domain=[rates[0], rates[-1]], nice=False, padding=8)
    x = alt.X("rate:Q", title="rate p", scale=scale, axis=alt.Axis(values=list(rates), grid=False, format="~g"))
    base = alt.Chart().encode(x=x, y=_accuracy("accuracy", lowest))
    mean = base.transform_filter("datum.kind == 'mean'")
    band = mean.transform_filter("isValid(datum.low)").mark_area(opacity=0.2, color=DROPOUT, clip=True)
    seeds = base.transform_filter("datum.kind == 'seed'")
    seeds = seeds.mark_line(strokeWidth=0.7, opacity=0.4, color=NEUTRAL, clip=True).encode(detail="seed:N")
    line = mean.mark_line(color=DROPOUT, clip=True, point=alt.OverlayMarkDef(color=DROPOUT, size=35, clip=True))
    star = mean.transform_filter("datum.mark == 'best'").mark_text(text="★", fontSize=LARGE_TEXT, dy=-14, color=DROPOUT)
    tooltip = [alt.Tooltip("rate:Q"), alt.Tooltip("accuracy:Q", format=".2f", title="validation accuracy, %")]
    band = band.encode(y=_accuracy("low", lowest), y2="high:Q")
    chart = alt.layer(band, seeds, line.encode(tooltip=tooltip), star)
    title = alt.Title(f"width {width:,}: validation accuracy, %", anchor="start")
    return without_data(chart.properties(title=title, height=220).to_dict(validate=False))


def lowest_shown(shown: pd.DataFrame, width: int) -> float:
    """Choose the lower end of the accuracy axis: 10 to 15 points below the best mean accuracy at this width."""
    return float(max(0, 5 * np.floor((shown.loc[shown["width"] == width, "accuracy"].max() - 10) / 5)))


def _accuracy(column: str, lowest: float) -> alt.Y:
    scale = alt.Scale(zero=False, nice=True, domainMin=lowest)
    return alt.Y(f"{column}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4))


def curve_rows(shown: pd.DataFrame, runs: pd.DataFrame, width: int) -> pd.DataFrame:
    """Build the rows of the curve for one width from the means (see cells) and the individual runs."""
    mean = shown[shown["width"] == width].assign(kind="mean")
    single = runs[runs["width"] == width][["rate", "accuracy", "seed"]].assign(kind="seed")
    return pd.concat([mean, single], ignore_index=True)


def in_words(best: Sequence[Best], by: str = "accuracy") -> str:
    """Describe the heat map in one clause per width."""
    form = "{:.1f} %" if by == "accuracy" else "{:.2f} nats"
    parts = [f"width {each.width:,}: best rate {each.rate:g} with {form.format(each.value)}" for each in best]
    return f"Validation {by} by rate and width. {'; '.join(parts)}." if parts else "No cell is finished yet."


def _axis(**options: Any) -> alt.Axis:
    return alt.Axis(grid=False, domain=False, ticks=False, **options)
