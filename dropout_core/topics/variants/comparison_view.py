"""Draw the results of the trained variants on the page: a dot plot of the runs, and tables of differences."""

import pandas as pd
import streamlit as st

from dropout_core.charts import trial_dots
from dropout_core.reference.record_tables import means
from dropout_core.topics.variants import findings
from dropout_core.ui.layout import table

AXES = {  # measure: axis title, decimals
    "accuracy": ("Validation accuracy, % (higher is better)", 1),
    "loss": ("Validation loss, nats (lower is better)", 3),
}


def dots(runs: pd.DataFrame, base: str = "") -> None:
    """Plot the runs of each trial, with accuracy on the left and loss on the right. A rule marks the base's mean."""
    trials = tuple(runs["trial"].unique())
    for column, (measure, (title, places)) in zip(st.columns(2, gap="large"), AXES.items(), strict=True):
        middle = means(runs, measure)
        spec = trial_dots.spec(trials, title, f".{places}f", base)
        alt = trial_dots.text_alternative(middle, title, places)
        rows = trial_dots.rows(runs, middle, measure)
        column.vega_lite_chart(rows, spec, key=f"variants_{measure}_{len(trials)}", alt=alt)


def difference_tables(runs: pd.DataFrame) -> None:
    """Show the differences from both baselines, with accuracy on the left and loss on the right."""
    for column, (name, measure) in zip(st.columns(2, gap="large"), findings.MEASURES.items(), strict=True):
        rows = findings.differences(runs, name)
        column.markdown(f"**{measure.title.capitalize()}**")
        column.markdown(table(tuple(rows.columns), [tuple(row) for row in rows.itertuples(index=False)]))
