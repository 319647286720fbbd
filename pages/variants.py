"""Variants: other noises, other things to lose, other times to lose them; and which of them could be told apart."""

import streamlit as st

from dropout_core.common.text import fixed
from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.masks import RATES
from dropout_core.reference import records
from dropout_core.topics.variants import cached as once
from dropout_core.topics.variants.charts_feature_maps import average_variance
from dropout_core.topics.variants.charts_network import FIELDS, LARGEST, NAMES
from dropout_core.topics.variants.numerics import DRAWS, PASSES, map_sum_variances
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.layout import delay_until_first_chart, draw, formula, small, table, text, two_columns
from dropout_core.ui.page_state import PageState, choice, number

CHART, MAPS, STRIPS, CURVES = "variants_network", "variants_maps", "variants_schedule", "variants_curves"
STATE = PageState(
    "variants",
    {
        "variant": choice("Gaussian", NAMES, chart=("variant", FIELDS["variant"])),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", FIELDS["rate"])),
        "pass": number(1, 1, PASSES, chart=("pass", FIELDS["pass"])),
        "beside": choice("Gaussian", once.PICKS, chart=("pick", "v")),
    },
)
ALT = (
    "A small network. A neuron's or connection's factor in this pass is its area or width; what is out is dashed, "
    "neurons with a cross. Beside it: how the factor is distributed, and its mean and variance, exact and measured."
)

# --- what is random --------------------------------------------------------------------------------------------------


@st.fragment
def what_is_random() -> None:
    charts = once.explainers(*STATE.first_values("variant", "rate", "pass"))
    on_the_network(charts["network"])
    delay_until_first_chart()
    rate = STATE.values["rate"]
    small(
        "A neuron’s area, or a line’s width, is its factor; the ring is 1. What is larger than "
        f"{LARGEST} is drawn no larger, and the pale neurons have no noise. Neurons, draws and passes are those that "
        "the Masks page opens with; a neuron’s normal factor comes from the same draw as its coin."
    )
    company(rate)
    whole_maps(charts["maps"], rate)
    schedules(charts["schedule"], rate)
    st.header("In numbers")
    st.markdown(
        f"Every factor has mean 1. Measured at p = {rate:.2f}, over {DRAWS:,} seeded draws each, ± one standard error "
        "(one in 20 lies off by more than two of them):"
    )
    st.markdown(once.moments_table(rate))
    st.markdown(
        "At one rate all have the same mean and the same variance; early and late have half of it, on average over the "
        "epochs. What tells them apart is the **shape** of the noise, **what** it multiplies, **how much shares a "
        "draw**, and **when** it acts. At inference every factor is 1."
    )
    components.link_sliders()


def on_the_network(spec: dict) -> None:
    components.play_button(CHART, "pass_k", seconds=0.8, label="Play passes")
    report = st.vega_lite_chart(spec, key=CHART, on_select="rerun", selection_mode=list(FIELDS), alt=ALT)
    STATE.apply_chart_report(report.selection)


def company(rate: float) -> None:
    """What differs between a mask on units and one on weights, though a sum's variance does not."""
    st.header("Units or weights?")
    found = once.two_sums(rate)
    units, weights = found["dropout"], found["dropconnect"]
    left, right = st.columns(2, gap="large")
    left.markdown(
        "Two neurons of Hidden 2 listen to the same neurons of Hidden 1. Under dropout they lose the *same* ones, so "
        "the noise in their sums goes together. Under DropConnect each connection has a coin of its own: either sum "
        "is as noisy as before, but the two no longer move together."
    )
    left.latex(r"\mathrm{Cov}[z_1, z_2] = \tfrac{p}{1-p} \sum_i a_i^2\, w_{i1} w_{i2} \quad\text{or}\quad 0")
    both = (units, weights)
    rows = [
        ("variance of z₁", *(f"{one.exact_variance:.3f}" for one in both)),
        ("measured", *(f"{one.variance:.3f}" for one in both)),
    ]
    if rate:  # sums that do not vary have no correlation
        correlations = [f"{fixed(one.correlation, 3)} ± {one.correlation_error:.3f}" for one in both]
        rows += [
            ("correlation of z₁, z₂", *(fixed(one.exact_correlation, 3) for one in both)),
            ("measured", *correlations),
        ]
    right.markdown(table((f"p = {rate:.2f}", "Dropout", "DropConnect"), rows))
    right.markdown(
        ":small[One example network and input. Wan et al. draw the weights’ mask anew for every image; here one serves "
        "a batch, as a product for each image would cost too much. Weights into the outputs are left alone.]"
    )


def whole_maps(spec: dict, rate: float) -> None:
    picture, words = two_columns("Whole feature maps")
    with picture:
        alt = "Four feature maps of 4 × 4 values, twice: under dropout single values are out, under spatial dropout "
        draw(spec, MAPS, alt + "whole maps. Below each map, its sum before and after.")
    with words:
        single, whole = map_sum_variances(rate)
        text(
            "In a convolutional layer, neighbours of one map say nearly the same. Lose one of them, and the others "
            "still tell: little was forgotten. **Spatial dropout** (Tompson et al. 2015) draws one coin for a map, so "
            "that a whole detector is gone.",
            formula(r"\mathrm{Var}\Bigl[\sum_i a_i f_i\Bigr] = \tfrac{p}{1-p}\sum_i a_i^2 \quad\text{or}"),
            formula(r"\tfrac{p}{1-p}\Bigl(\sum_i a_i\Bigr)^2"),
            f"A value’s own mean and variance are the same in both. A map’s *sum* is another matter: at p = {rate:.2f} "
            f"its variance is {single:.2f} under dropout and {whole:.2f} under spatial dropout, averaged over these "
            "four maps.",
        )


def schedules(spec: dict, rate: float) -> None:
    picture, words = two_columns("When it acts")
    with picture:
        alt = "Three strips of 60 epochs: the rate acts throughout, in the first half alone, or in the second alone."
        draw(spec, STRIPS, alt)
    with words:
        st.markdown(
            "Liu et al. 2023 switch dropout on for a part of the training only: **early**, to help a net that "
            "underfits, or **late**, against overfitting."
        )
        st.markdown(
            f"At p = {rate:.2f} a factor’s variance is {average_variance('dropout', rate):.2f} while it acts and 0 "
            f"while it does not: {average_variance('early', rate):.2f} on average over a run, for both."
        )


# --- which is better -------------------------------------------------------------------------------------------------


def comparison() -> None:
    st.header("Which forgets best?")
    record = reference_panel.load("variants")
    if record is None:
        return
    r = record.trials[DROPOUT].recipe
    on_inputs = record.trials["inputs only"].recipe.input_rate
    st.markdown(
        f"The same net, {'-'.join(map(str, (784, *r.hidden, 10)))}, learns from {r.images:,} images for {r.epochs} "
        f"epochs, with {len(r.seeds)} seeds for each kind of noise: within a seed, the same initial weights and "
        f"batches. Noise on hidden layers has p = {r.rate:g}, on inputs {on_inputs:g}. "
        "(A dropped pixel becomes 0, a middle grey: pixels run from −1 to 1.) So there is less noise on inputs alone, "
        "more on both, and early and late have it for half of the time: that counts too, besides its kind."
    )
    once.compared()
    st.subheader("Epoch by epoch")
    by_epoch()
    once.theirs()
    conv()
    st.divider()
    reference_panel.provenance(record)
    reference_panel.repetition(record.experiment)


@st.fragment
def by_epoch() -> None:
    spec = once.curve_chart(*STATE.first_values("beside"))
    alt = "Validation loss by epoch: no dropout falls and then rises; dropout and the variant picked beside them stay "
    alt += "lower. Bands are 95 % intervals of the mean over the seeds."
    report = st.vega_lite_chart(spec, key=CURVES, on_select="rerun", selection_mode=["pick"], alt=alt)
    small("Validation loss in nats, mean over the seeds; bands: 95 % intervals of the mean.")
    STATE.apply_chart_report(report.selection)


def conv() -> None:
    st.subheader("Spatial dropout in a convolutional net")
    if "conv" not in records.recorded():
        st.markdown("The reference runs of the convolutional net are not part of this installation yet.")
        return
    record = reference_panel.load("conv")
    if record is not None:
        once.spatial()
        reference_panel.provenance(record)


STATE.begin()
st.title("Variants")
STATE.show_notes()
st.markdown(
    "A coin for each hidden neuron is one way to forget. Others multiply by **another noise**, lose **other things**, "
    "or forget only **for a while**. What is random in each? And does any of them forget better?"
)
what_is_random()
comparison()
navigation.next_page("variants")
