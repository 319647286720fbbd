"""Cached computations shared by all sessions."""

import pandas as pd
import streamlit as st

from dropout_core.reference import records
from dropout_core.topics.variants import findings
from dropout_core.topics.variants.charts_curves import curves
from dropout_core.topics.variants.charts_feature_maps import map_chart, schedule_chart
from dropout_core.topics.variants.charts_network import network_chart
from dropout_core.topics.variants.numerics import VARIANTS, Measured, Sums, measured, sums
from dropout_core.ui.layout import extract_datasets


@st.cache_resource(max_entries=64, show_spinner=False)
def explainer_charts(variant: str, rate: float, shown: int) -> dict[str, dict]:
    """Draw the charts that show each variant's noise. The arguments are the controls' initial values."""
    start = {"variant": variant, "rate": rate, "pass": shown}
    return {
        "network": extract_datasets(network_chart(start)),
        "maps": map_chart(rate, shown),
        "schedule": schedule_chart(rate),
    }


@st.cache_data(max_entries=32, show_spinner=False)
def moments(rate: float) -> dict[str, Measured]:
    """Measure the moments of each variant's noise factor."""
    return {slug: measured(slug, rate) for slug in VARIANTS}


@st.cache_data(max_entries=32, show_spinner=False)
def two_sums(rate: float) -> dict[str, Sums]:
    """Measure two weighted sums of the same inputs, with masks on the units and with masks on the weights."""
    return {slug: sums(slug, rate) for slug in ("dropout", "dropconnect")}


@st.cache_data(show_spinner=False)
def runs() -> pd.DataFrame:
    """Load the reference runs of the variants as a table; see findings.runs."""
    return findings.runs(records.load("variants"))


@st.cache_resource(max_entries=8, show_spinner=False)
def curve_chart(pick: str) -> dict:
    """Draw the validation loss by epoch. pick is the trial selected initially."""
    return extract_datasets(curves(findings.histories(records.load("variants")), findings.PICKS, pick))
