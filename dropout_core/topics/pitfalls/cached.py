"""The charts of the Pitfalls page, shared by all sessions."""

from typing import Any

import streamlit as st

from dropout_core.topics.pitfalls import charts, symptoms
from dropout_core.topics.pitfalls.catalogue import BY_SLUG
from dropout_core.ui.layout import extract_datasets


@st.cache_resource(max_entries=128, show_spinner=False)
def chart(slug: str, revealed: bool, rate: float) -> dict[str, Any]:
    """Draw the symptom of a pitfall, with its slider at this rate; `revealed` as in charts.symptom_chart."""
    pitfall = BY_SLUG[slug]
    spec = charts.symptom_chart(pitfall, symptoms.symptom(pitfall), revealed, rate)
    return spec if pitfall.steps else extract_datasets(spec)
