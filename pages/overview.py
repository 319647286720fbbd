"""The overview explains dropout in a minute and links to the other pages (the article's first and last sections)."""

from typing import Any

import streamlit as st

from dropout_core.charts import network_tables
from dropout_core.charts.network_diagram import network_diagram
from dropout_core.data.published import ARTICLE
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims.catalogue import CLAIMS, Claim, finding
from dropout_core.ui import components, navigation, query_params
from dropout_core.ui.layout import cached_output
from dropout_core.ui.navigation import sections
from dropout_core.ui.page import Page

CHART = "overview_chart"
SIZES, SEED = (4, 8, 8, 3), 3
ALT = (
    "A small network in training. In each forward pass a different half of the hidden neurons, roughly, is dropped: "
    "they turn into dashed rings with a cross, and their connections fade."
)
SHORT = ("C4", "C5", "C6", "C7", "C13")
REFERENCES = """
- N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: A Simple Way to Prevent Neural
  Networks from Overfitting.* Journal of Machine Learning Research 15 (2014)
- G. Hinton, N. Srivastava, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Improving neural networks by preventing
  co-adaptation of feature detectors* (2012), [arXiv:1207.0580](https://arxiv.org/abs/1207.0580)
- DataMListic: *Dropout in Neural Networks – Explained* (2025)
- Developers Hutt: *Dropout layer in Neural Network* (2023)
- P. Kashyap: *Understanding Dropout in Deep Learning* (2024)
"""


@st.cache_resource(show_spinner=False)
def specification() -> dict[str, Any]:
    """Build the animated network, once for all readers."""
    u = network_tables.draws(SIZES, SEED)
    return network_diagram(
        network_tables.neurons(SIZES, u), network_tables.edges(SIZES), height=340, offered=("pass", "mode")
    )


def card(entry: Page) -> None:
    with st.container(border=True, height="stretch"):
        navigation.link(entry.name, f"**{entry.title}**", entry.icon)
        st.markdown(entry.summary)


@cached_output
def in_short() -> None:
    """List the most important claims, with their verdicts from the claims page."""
    st.markdown(
        "Forgetting some of the time is meant to keep a network from relying on a few strong neurons, and from "
        "overfitting: fitting its training data better and better and new data worse. When the network is used, it "
        "forgets nothing. Claims about dropout, and what our runs show:"
    )
    st.markdown("\n".join(f"- {claim_with_verdict(claim)}" for claim in CLAIMS if claim.id in SHORT))
    navigation.link("claims", "All claims, with their figures", "fact_check")


def claim_with_verdict(claim: Claim) -> str:
    try:
        return f"{claim.text} **{finding(claim.id).text.capitalize()}.**"
    except RecordError:
        return f"{claim.text} (Its runs cannot be read.)"


st.title("Dropout, seen at work")
query_params.show_param_notes([])
st.markdown(
    "In every step of training, chance switches part of the network off. The remaining neurons must solve the "
    "task alone."
)

picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
with picture:
    components.play_button(CHART, "pass_k", seconds=1.6, autoplay=True)
    with st.container(key=CHART):
        st.vega_lite_chart(specification(), alt=ALT)
with words:
    st.markdown(
        "**In training**, each hidden neuron is dropped with probability $p$, anew in every forward pass; in this "
        "picture $p = 0.5$. The explanation of the article (see Sources): no neuron can rely on a particular partner, "
        "so each must learn something useful by itself. Whether it helps is what this app measures."
    )
    st.markdown("**At inference**, when the trained network is used, all neurons work, and nothing is random.")
    st.markdown(
        f"**Many networks in one.** These {network_tables.hidden_count(SIZES)} hidden neurons hold "
        f"{2 ** network_tables.hidden_count(SIZES):,} subnetworks, and all share one set of weights."
    )
    st.markdown("**The price:** the higher $p$, the slower the learning.")

st.header("Where to go on")
for section, entries in sections().items():
    if section:
        st.markdown(f"**{section}**")
        for column, entry in zip(st.columns(4), entries, strict=False):
            with column:
                card(entry)

st.header("In short")
in_short()
with st.expander("Sources"):
    st.markdown(f"- The article on which this app is based: {ARTICLE}\n{REFERENCES.strip()}")
