"""The verdicts on all claims, shared by all sessions."""

import streamlit as st

from dropout_core.numerics.verdicts import Finding
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims import catalogue
from dropout_core.topics.claims.catalogue import CLAIMS, Claim


@st.cache_data(show_spinner="Reading the stored runs…")
def judged() -> dict[str, Finding | str]:
    """Judge all claims. Returns each claim's finding, or a sentence that explains why there is none, keyed by id."""
    return {claim.id: _judged(claim) for claim in CLAIMS}


def _judged(claim: Claim) -> Finding | str:
    try:
        return catalogue.finding(claim.id)
    except RecordError as error:
        return f"The reference runs for this claim cannot be read: {error}."
