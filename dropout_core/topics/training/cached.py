"""Cached computations shared by all sessions: the chart of a comparison, and finished comparisons."""

import pandas as pd
import streamlit as st

from dropout_core.storage.store import Comparison, StoreError
from dropout_core.topics.training import charts_comparison, charts_comparison_data
from dropout_core.ui import server

LATEST = 8  # number of finished comparisons used to estimate run times


@st.cache_data(max_entries=32, show_spinner=False)  # viewers of the same comparison, such as a class, share the result
def curves(
    recorded: pd.DataFrame | None,
    own: pd.DataFrame,
    measure: str,
    epochs: int,
    near: bool,
    ended: bool,
    article: bool,
    asks: bool,
    guess: str,
) -> tuple[pd.DataFrame, dict, str]:
    """Build the rows, specification and text alternative of the large chart.

    asks    whether the reader is asked for a guess, and sees only the first points
    guess   the reader's guess with its answer, or ""

    For the other parameters, see charts_comparison_data.compose.
    """
    data = charts_comparison_data
    rows = data.compose(recorded, own, measure, near, ended, article)
    lead = rows if recorded is None or near else data.rows(recorded, measure)  # keeps the axis still as runs grow
    reach = data.domain(lead, measure, epochs)
    shown = data.first_points(rows, epochs) if asks else rows
    if asks or (near and not ended):
        reach = data.widened(reach, shown[shown["kind"].isin(["mean", "own"])]["value"], measure)
    spec = charts_comparison.spec(measure, epochs, reach, guess)
    return data.within(shown, reach), spec, data.text_alternative(shown, measure)


def latest() -> list[Comparison]:
    """Return this server's latest finished comparisons, except those that cannot be read."""
    return [each for each in map(_comparison, server.engine().store.keys()[:LATEST]) if each is not None]


@st.cache_resource(max_entries=LATEST, show_spinner=False)
def _comparison(key: str) -> Comparison | None:
    try:
        return server.engine().store.get(key)
    except StoreError:  # written by another version of the app; the estimate can do without it
        return None
