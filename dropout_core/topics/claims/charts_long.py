"""Charts of the article's comparison with more epochs: mean accuracy and loss over the seeds, at three rates."""

from functools import lru_cache

import altair as alt
import pandas as pd

from dropout_core.charts.label_places import apart
from dropout_core.charts.theme import ARM_DASHES, DROPOUT, NEUTRAL, NO_DROPOUT, SOLID
from dropout_core.charts.vega import INK, without_data
from dropout_core.common.text import listed
from dropout_core.reference.record_tables import histories
from dropout_core.reference.records import load

TITLES = {"accuracy": "validation accuracy, %", "loss": "validation loss, nats"}
_COLOURS = {"p = 0": NO_DROPOUT, "p = 0.2": NEUTRAL, "p = 0.5": DROPOUT}
_APART = 0.14  # minimum distance between the lines' names, as a fraction of the axis
_DASHES = [ARM_DASHES["no dropout"], SOLID, SOLID]


def rows(measure: str) -> pd.DataFrame:
    """Return the mean of "accuracy" or "loss" and its 95 % interval at every evaluation, in a table for spec().

    At the last evaluation, `place` is where the line's name stands.
    """
    record = load("long")
    rates = {label: f"p = {trial.recipe.rate:g}" for label, trial in record.trials.items()}
    table = histories(record, f"full_val_{measure}")
    table = table[table["epoch"].round(6) >= 1]
    table = table.assign(rate=table["trial"].map(rates), end=table["epoch"] == table["epoch"].max())
    ends = table.loc[table["end"], "mean"]
    table.loc[table["end"], "place"] = apart(ends.to_list(), _APART * (table["high"].max() - table["low"].min()))
    return table


@lru_cache(maxsize=2)
def spec(measure: str) -> dict:
    """Build the chart of one measure, without data. It has a labelled line with an interval band for each rate."""
    names = list(_COLOURS)
    colour = alt.Color("rate:N", scale=alt.Scale(domain=names, range=list(_COLOURS.values())), legend=None)
    dash = alt.StrokeDash("rate:N", scale=alt.Scale(domain=names, range=_DASHES), legend=None)
    x = alt.X("epoch:Q", title="epoch", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False, padding=8))
    y = alt.Y("mean:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5))
    numbers = [alt.Tooltip(f"{name}:Q", format=".4g") for name in ("mean", "low", "high")]
    base = alt.Chart().encode(x=x, y=y, color=colour)
    layers = [
        base.transform_filter("isValid(datum.low)").mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q"),
        base.mark_line(strokeWidth=2).encode(strokeDash=dash),
        base.mark_circle(size=60, opacity=0).encode(tooltip=["rate:N", "epoch:Q", *numbers]),
        base.transform_filter("datum.end")
        .mark_text(align="left", dx=6)
        .encode(y="place:Q", text="rate:N", color=alt.value(INK)),
    ]
    title = alt.Title(TITLES[measure], anchor="start")
    padding = {"left": 2, "top": 2, "bottom": 2, "right": 52}  # room for the line labels on the right
    chart = alt.layer(*layers).properties(height=230, title=title, padding=padding)
    return without_data(chart.to_dict(validate=False))


def text_alternative(measure: str, shown: pd.DataFrame) -> str:
    """Describe the chart in a sentence, for readers who cannot see it."""
    last = shown[shown["end"]]
    ends = [f"{mean:.4g} at {rate}" for mean, rate in zip(last["mean"], last["rate"], strict=True)]
    return f"{TITLES[measure].capitalize()} by epoch; after {last['epoch'].iloc[0]:g} epochs {listed(ends)}."
