"""Draw the article's comparison, continued to 40 epochs: accuracy and loss side by side, at three rates."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from dropout_core.charts.theme import ARM_DASHES, DROPOUT, NEUTRAL, NO_DROPOUT
from dropout_core.common.text import counted, listed
from dropout_core.reference.record_tables import histories
from dropout_core.reference.records import load
from dropout_core.topics.papers.charts import Style, domain, rows, spec
from dropout_core.topics.papers.shown import Drawn
from dropout_core.ui.layout import small

_TITLES = {"accuracy": "validation accuracy, %", "loss": "validation loss, nats"}
_STYLES = {
    "p = 0": Style(NO_DROPOUT, tuple(ARM_DASHES["no dropout"])),
    "p = 0.2": Style(NEUTRAL),
    "p = 0.5": Style(DROPOUT),
}


def long_comparison(page: str) -> None:
    """Draw both charts. The page's name makes the charts' keys unique."""
    seeds = len(load("long").trials["rate 0"].recipe.seeds)
    small(f"The curves are means over {counted(seeds, 'seed')}, with 95 % intervals.")
    for column, measure in zip(st.columns(2, gap="medium"), _TITLES, strict=True):
        chart = _drawn(measure)
        column.vega_lite_chart(chart.rows, chart.spec, key=f"{page}-long-{measure}", alt=chart.alt)


@lru_cache(maxsize=2)
def _drawn(measure: str) -> Drawn:
    lines, title = _lines(measure), _TITLES[measure]
    y = domain([lines])
    return Drawn(spec(_STYLES, "epoch", title, y, height=230), _text_alternative(title, lines), rows(lines, y))


def _lines(measure: str) -> pd.DataFrame:
    """Return the mean of "accuracy" or "loss" at each rate, and its 95 % interval, at every evaluation."""
    record = load("long")
    rates = {label: f"p = {trial.recipe.rate:g}" for label, trial in record.trials.items()}
    table = histories(record, f"full_val_{measure}")
    table = table.assign(group=table["trial"].map(rates)).rename(columns={"epoch": "x"})
    return table[table["x"].round(6) >= 1]


def _text_alternative(title: str, lines: pd.DataFrame) -> str:
    last = lines[lines["x"] == lines["x"].max()]
    ends = [f"{mean:.4g} at {rate}" for mean, rate in zip(last["mean"], last["group"], strict=True)]
    return f"{title.capitalize()} by epoch; after {last['x'].iloc[0]:g} epochs {listed(ends)}."
