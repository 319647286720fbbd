"""The chart of the Masks page, shared by all sessions."""

from typing import Any

import streamlit as st

from dropout_core.charts.network_tables import tables
from dropout_core.topics.masks.charts import masks_chart
from dropout_core.ui.layout import extract_datasets


@st.cache_resource(max_entries=64, show_spinner=False)
def chart(sizes: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Build the chart of one network, once for all readers; starting_at sets each reader's initial values."""
    return extract_datasets(masks_chart(tables(sizes, seed)))
