"""A sweep as pictures: a heat map of rates × widths, and one small curve a width. Numbers in, specification out."""

from collections.abc import Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from dropout_core.charts.theme import DROPOUT, NEUTRAL
from dropout_core.charts.vega import without_data
from dropout_core.topics.rates.findings import Best

# Pale, so that black figures can be read on them in light and in dark mode: worse than no dropout, equal, better.
PALE = ["#f3b98a", "#ececec", "#a9ccf9"]
INK = "#111827"
SPANS = {"accuracy": 2.0, "loss": 0.2}  # points and nats at which the colours end
_NUMBERS = {  # what is judged by: its name, its decimals in a cell, and the name of a change
    "accuracy": ("validation accuracy, %", ".1f", "against rate 0, points"),
    "loss": ("validation loss, nats", ".2f", "against rate 0, nats"),
}


def cells(summary: pd.DataFrame, best: Sequence[Best], by: str = "accuracy") -> pd.DataFrame:
    """Rows of the heat map: width, rate, value (% or nats), change against rate 0 of the width, shade, mark.

    by     "accuracy" or "loss", by which best was found as well
    shade  by how much it is better where the paired interval leaves zero out, else 0: a colour is a verdict
    """
    found = summary.assign(value=summary[by])
    base = found[found["rate"] == 0].set_index("width")["value"]
    found["change"] = found["value"] - found["width"].map(base)
    marks = {(one.width, rate): "alike" for one in best for rate in one.alike} | {
        (b.width, b.rate): "best" for b in best
    }
    told = {(one.width, rate) for one in best for rate in one.told}
    keys = [*zip(found["width"], found["rate"], strict=True)]
    shade = (found["change"] if by == "accuracy" else -found["change"]).where([key in told for key in keys], 0.0)
    return found.assign(shade=shade, mark=[marks.get(key, "") for key in keys])


@lru_cache(maxsize=32)
def heat_map(
    rates: tuple[float, ...],
    widths: tuple[float, ...],
    rows: str = "width",
    columns: str = "rate p = P(drop)",
    by: str = "accuracy",
) -> dict:
    """Colour: change against no dropout where it can be told. Star: the best of its row; frame: cannot be told from it.

    rows, columns  what the widths and rates stand for
    """
    x = alt.X("rate:O", title=columns, scale=alt.Scale(domain=list(rates)), axis=_plain(labelAngle=0))
    y = alt.Y("width:O", title=rows, scale=alt.Scale(domain=list(widths)), axis=_plain(format=",~g"))
    scale = alt.Scale(domain=[-SPANS[by], 0, SPANS[by]], range=PALE, clamp=True)
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
    # Inside its cell, on the pale colour, so that it can be seen whatever the page's colour.
    inset = {"width": {"band": 0.9}, "height": {"band": 0.84}, "cornerRadius": 3}
    framed = base.transform_filter("datum.mark != ''").mark_rect(filled=False, stroke=INK, strokeWidth=2, **inset)
    top = base.transform_filter("datum.mark == 'best'")
    star = top.mark_text(text="★", color=INK, fontSize=15, dy=-9)
    numbers = [
        part.mark_text(color=INK, fontSize=12, dy=dy).encode(text=alt.Text("value:Q", format=decimals))
        for part, dy in ((base.transform_filter("datum.mark != 'best'"), 0), (top, 9))
    ]
    chart = alt.layer(fill, framed, star, *numbers).properties(height=56 * len(widths) + 60)
    return without_data(chart.to_dict(validate=False))


@lru_cache(maxsize=64)
def curve(width: int, rates: tuple[float, ...], lowest: float) -> dict:
    """One width: mean accuracy by rate with its 95 % interval, single seeds faint, a star at the best rate.

    lowest  where the axis begins: rates that ruin the net would flatten all others.
    """
    scale = alt.Scale(domain=[rates[0], rates[-1]], nice=False, padding=8)
    x = alt.X("rate:Q", title="rate p", scale=scale, axis=alt.Axis(values=list(rates), grid=False, format="~g"))
    base = alt.Chart().encode(x=x, y=_accuracy("accuracy", lowest))
    mean = base.transform_filter("datum.kind == 'mean'")
    band = mean.transform_filter("isValid(datum.low)").mark_area(opacity=0.2, color=DROPOUT, clip=True)
    seeds = base.transform_filter("datum.kind == 'seed'")
    seeds = seeds.mark_line(strokeWidth=0.7, opacity=0.4, color=NEUTRAL, clip=True).encode(detail="seed:N")
    line = mean.mark_line(color=DROPOUT, clip=True, point=alt.OverlayMarkDef(color=DROPOUT, size=35, clip=True))
    star = mean.transform_filter("datum.mark == 'best'").mark_text(text="★", fontSize=18, dy=-14, color=DROPOUT)
    tooltip = [alt.Tooltip("rate:Q"), alt.Tooltip("accuracy:Q", format=".2f", title="validation accuracy, %")]
    band = band.encode(y=_accuracy("low", lowest), y2="high:Q")
    chart = alt.layer(band, seeds, line.encode(tooltip=tooltip), star)
    title = alt.Title(f"width {width:,}: validation accuracy, %", anchor="start", fontSize=14)
    return without_data(chart.properties(title=title, height=220).to_dict(validate=False))


def lowest_shown(shown: pd.DataFrame, width: int) -> float:
    """Ten points or so below the best rate of this width, in %."""
    return float(max(0, 5 * np.floor((shown.loc[shown["width"] == width, "accuracy"].max() - 10) / 5)))


def _accuracy(column: str, lowest: float) -> alt.Y:
    scale = alt.Scale(zero=False, nice=True, domainMin=lowest)
    return alt.Y(f"{column}:Q", title=None, scale=scale, axis=alt.Axis(tickCount=4))


def curve_rows(shown: pd.DataFrame, runs: pd.DataFrame, width: int) -> pd.DataFrame:
    """Rows of one width's curve: its cells (see cells) as means, its runs as single seeds."""
    mean = shown[shown["width"] == width].assign(kind="mean")
    single = runs[runs["width"] == width][["rate", "accuracy", "seed"]].assign(kind="seed")
    return pd.concat([mean, single], ignore_index=True)


def in_words(best: Sequence[Best], by: str = "accuracy") -> str:
    """What the heat map shows, in a sentence a width."""
    form = "{:.1f} %" if by == "accuracy" else "{:.2f} nats"
    parts = [f"width {one.width:,}: best rate {one.rate:g} with {form.format(one.value)}" for one in best]
    return f"Validation {by} by rate and width. {'; '.join(parts)}." if parts else "No cell is finished yet."


def _plain(**more) -> alt.Axis:
    return alt.Axis(grid=False, domain=False, ticks=False, **more)
