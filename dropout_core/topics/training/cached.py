"""Cached computations shared by all sessions: the chart of a comparison, and finished comparisons."""

from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from dropout_core.storage.store import Comparison, StoreError
from dropout_core.topics.training import charts_comparison, charts_comparison_data
from dropout_core.ui import server

LATEST = 8  # number of finished comparisons used to estimate run times


def _identity(comparison: Comparison) -> tuple[str, str, str | None]:
    """Identify a recorded comparison without hashing its points, which would take longer than to draw them."""
    return comparison.recipe.key, comparison.started, comparison.ended


def _fingerprint(points: pd.DataFrame) -> tuple[int, ...]:
    """Tell points of one comparison apart, which only ever grow, in less time than hashing every value takes."""
    if points.empty:
        return ()
    seeds = points["seed"].unique().tolist()
    return len(points), *seeds, hash(points["full_val_loss"].sum()), hash(points["train_loss"].sum())


# Readers of the same comparison, such as a class, share the result.
@st.cache_data(max_entries=32, show_spinner=False, hash_funcs={Comparison: _identity, pd.DataFrame: _fingerprint})
def draw_curves(recorded: Comparison | None, own: pd.DataFrame, measure: str, *others: Any) -> None:
    """Draw the large chart. For the parameters, see curves."""
    rows, spec, alt = curves(recorded, own, measure, *others)
    st.vega_lite_chart(rows, spec, key=f"curve-{measure}", alt=alt)


def curves(
    recorded: Comparison | None,
    own: pd.DataFrame,
    measure: str,
    view: charts_comparison_data.View,
    asks: bool,
    guess: str,
    mine: bool,
) -> tuple[pa.Table, dict, str]:
    """Build the rows, specification and text alternative of the large chart.

    asks    whether the reader is asked for a guess, and sees only the first points
    guess   the reader's guess with its answer, or ""
    mine    whether the bold runs are the reader's

    For recorded and own, see charts_comparison_data.compose.
    """
    data, past = charts_comparison_data, None if recorded is None else recorded.points
    rows = data.compose(past, own, measure, view)
    lead = rows  # or else the recorded runs alone, which keep the axis fixed while curves grow
    if not (past is None or view.near):
        lead = data.compose(past, own.iloc[:0], measure, view._replace(article=False))
    reach = data.domain(lead, measure, view.epochs)
    shown = data.first_points(rows, view.epochs) if asks else rows
    if asks or (view.near and not view.ended):
        reach = data.widened(reach, shown[shown["kind"].isin(["mean", "own"])]["value"], measure)
    spec = charts_comparison.spec(measure, view.epochs, reach, guess)
    # Streamlit would convert a frame in every run.
    table = pa.Table.from_pandas(data.within(shown, reach), preserve_index=False)
    return table, spec, data.text_alternative(shown, measure, mine)


def latest() -> list[Comparison]:
    """Return this server's latest finished comparisons, except those that cannot be read."""
    return [each for each in map(_comparison, server.engine().store.keys()[:LATEST]) if each is not None]


@st.cache_resource(max_entries=LATEST, show_spinner=False)
def _comparison(key: str) -> Comparison | None:
    try:
        return server.engine().store.get(key)
    except StoreError:  # written by another version of the app; the estimate can do without it
        return None
