"""Cached computations shared by all sessions: the curves of a comparison, and finished comparisons."""

import pandas as pd
import streamlit as st

from dropout_core.storage.store import Comparison, StoreError
from dropout_core.topics.training import charts_curves
from dropout_core.ui import server

LATEST = 8  # number of finished comparisons used to estimate run times


@st.cache_data(max_entries=16, show_spinner=False)  # viewers of the same comparison, such as a class, share the result
def curves(points: pd.DataFrame, epochs: int, article: bool, ended: bool) -> dict[str, tuple[pd.DataFrame, dict, str]]:
    """Build the rows, specification and text alternative of each measure's chart."""
    charts = {}
    for measure, rows in charts_curves.rows(points, article, ended).items():
        lowest = charts_curves.lowest_shown(rows) if measure == "accuracy" else None
        spec = charts_curves.spec(measure, epochs, lowest)
        charts[measure] = (rows, spec, charts_curves.text_alternative(measure, rows))
    return charts


def latest() -> list[Comparison]:
    """Return this server's latest finished comparisons, except those that cannot be read."""
    return [each for each in map(_comparison, server.engine().store.keys()[:LATEST]) if each is not None]


@st.cache_resource(max_entries=LATEST, show_spinner=False)
def _comparison(key: str) -> Comparison | None:
    try:
        return server.engine().store.get(key)
    except StoreError:  # written by another version of the app; the estimate can do without it
        return None
