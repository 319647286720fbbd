"""The overview explains dropout and its benefits in five scenes, and links to the other pages."""

import streamlit as st

from dropout_core.charts import network_tables
from dropout_core.data.published import ARTICLE
from dropout_core.reference.records import RecordError
from dropout_core.topics.claims.catalogue import CLAIMS, Claim, finding, tally
from dropout_core.topics.neurons.findings import removal
from dropout_core.topics.overview import cached, findings
from dropout_core.topics.overview.cached import PASSES, RATE, SIZES
from dropout_core.topics.scaling.findings import sums_found
from dropout_core.ui import components, navigation, query_params, tour
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import draw
from dropout_core.ui.navigation import sections
from dropout_core.ui.page import Page

SHORT = "C4"  # the scenes already show C6 and C13
REFERENCES = """
- N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: A Simple Way to Prevent Neural
  Networks from Overfitting.* Journal of Machine Learning Research 15 (2014)
- G. Hinton, N. Srivastava, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Improving neural networks by preventing
  co-adaptation of feature detectors* (2012), [arXiv:1207.0580](https://arxiv.org/abs/1207.0580)
- DataMListic: *Dropout in Neural Networks – Explained* (2025)
- Developers Hutt: *Dropout layer in Neural Network* (2023)
- P. Kashyap: *Understanding Dropout in Deep Learning* (2024)
"""


# --- the scenes ------------------------------------------------------------------------------------------------------


def a_net_memorises() -> None:
    heading, spec = cached.memorising()
    st.header(f"1. {heading}")
    recipe = findings.memorising_recipe()
    st.markdown(f"Trained on {recipe.images:,} digits without dropout. The shaded gap is **overfitting**.")
    components.play_button("overview_memorising", "epoch_e", seconds=0.4, autoplay=True)
    alt = f"Training and validation loss by epoch, with the gap between them shaded. {heading}."
    draw(spec, "overview_memorising", alt)


def drop_half() -> None:
    hidden = network_tables.hidden_count(SIZES)
    st.header(f"2. Drop about half at every step: {hidden} hidden neurons contain {2**hidden:,} networks")
    st.markdown(
        "**In training**, every pass drops each hidden neuron with probability $p = 0.5$: its output is 0. **At "
        "inference**, after training, all neurons are active."
    )
    components.play_button("overview", "pass_k", seconds=1.6, autoplay=True)
    alt = "A small network in training. Each forward pass drops about half of the hidden neurons, chosen at "
    alt += "random: they turn into dashed rings with a cross, and their connections fade."
    draw(cached.diagram(), "overview", alt)


def without_half() -> None:
    st.header(f"3. {findings.half_removed()}")
    st.markdown(
        f"Any partner may be missing, so each neuron must be useful alone. One pair of nets; bands: {removal()[1]} "
        "random orders."
    )
    alt = "Accuracy by share of hidden neurons removed, with one line for each of two trained nets. "
    draw(cached.removing(), "overview_removal", f"{alt}{findings.half_removed()}.")


def sums_must_match() -> None:
    found = sums_found(cached.activations(), RATE)
    st.header(f"4. The sums must match: {found[0].lower()}{found[1:]}")
    st.markdown(
        "Without scaling, the next neuron would receive larger sums at inference than it was trained on. So training "
        "scales kept activations by 1 / (1 − p)."
    )
    alt = f"Two histograms of the sums that a neuron receives in {PASSES} passes, unscaled and scaled. {found}."
    draw(cached.the_sums(), "overview_sums", alt)


def does_it_pay() -> None:
    heading, power, spec = cached.paying()
    st.header(f"5. {heading}")
    st.markdown(
        f"Small training sets (the first images of MNIST) are easy to memorise. Accuracy with dropout (p = {RATE}) "
        f"minus without; 95 % intervals over seeds{power}.",
        help=explain("95 % interval", "seed", "detectable"),
    )
    draw(spec, "overview_gains", f"Accuracy points gained with dropout in each comparison. {heading}.")


SCENES = (a_net_memorises, drop_half, without_half, sums_must_match, does_it_pay)


def scenes() -> None:
    """Draw the scenes. If a scene's record cannot be read, show an error message instead."""
    for number, scene in enumerate(SCENES, 1):
        try:
            scene()
        except (RecordError, OSError) as error:
            st.error(f"Scene {number} cannot be shown: {error}.", icon=":material/error:")
        if number == 1:
            wait_for_first_chart()


# --- where to go next -------------------------------------------------------------------------------------------------


def card(entry: Page) -> None:
    with st.container(border=True, height="stretch"):
        navigation.link(entry.name, f"**{entry.title}**", entry.icon)
        st.markdown(entry.summary)


def where_to_go_next() -> None:
    """Show a card for each of the other pages. The cards are collapsed during the tour, which has its own Next link."""
    heading = "Where to go next"
    if not tour.current():
        st.header(heading)
    with st.expander(heading) if tour.current() else st.container():
        for section, entries in sections().items():
            if section:
                st.markdown(f"**{section}**")
                for column, entry in zip(st.columns(4), entries, strict=False):
                    with column:
                        card(entry)


def in_short() -> None:
    """Name the article, count its claims by verdict, and show one claim with the verdict from the claims page."""
    st.markdown(
        f"This app tests one article: {ARTICLE}. Its {len(CLAIMS)} claims: {counts()}. For example:",
        help=explain("equivalent"),
    )
    st.markdown("\n".join(f"- {claim_with_verdict(claim)}" for claim in CLAIMS if claim.id == SHORT))


def counts() -> str:
    """State how many of the article's claims got each verdict. The first count on a server takes seconds."""
    try:
        return "; ".join(f"**{verdict.value}:** {count}" for verdict, count in tally().items())
    except RecordError as error:
        return f"the runs of one claim cannot be read ({error})"


def claim_with_verdict(claim: Claim) -> str:
    try:
        return f"{claim.text} **{finding(claim.id).text.capitalize()}.**"
    except RecordError:
        return f"{claim.text} (Its runs cannot be read.)"


st.title("Dropout, seen at work")
query_params.show_param_notes([])
query_params.write_params({}, {})
tour.entrance()
scenes()
st.header("The article’s claims")
claims = st.container()
where_to_go_next()
with st.expander("The article’s sources and the original papers"):
    st.markdown(REFERENCES.strip())
with claims:  # filled last, since it may take seconds
    in_short()
