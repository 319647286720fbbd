"""The variants page compares variants of dropout that differ in their noise, what they drop, and when they drop it."""

import streamlit as st

from dropout_core.common.text import NATS
from dropout_core.experiments.recipe import DATA, DROPOUT, NO_DROPOUT
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.topics.variants import cached, comparison_view, findings, tables_view
from dropout_core.topics.variants.charts_network import FIELDS, LARGEST, NAMES
from dropout_core.topics.variants.numerics import DRAWS, PASSES, average_variance, map_sum_variances
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.layout import (
    cached_output,
    delay_until_first_chart,
    draw,
    formula,
    small,
    table,
    text,
    two_columns,
)
from dropout_core.ui.page_state import PageState, choice, number

CHART, MAPS, STRIPS, CURVES = "variants_network", "variants_maps", "variants_schedule", "variants_curves"
STATE = PageState(
    "variants",
    {
        "variant": choice("Dropout", NAMES, chart=("variant", FIELDS["variant"])),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", FIELDS["rate"])),
        "pass": number(1, 1, PASSES, chart=("pass", FIELDS["pass"])),
        "beside": choice("Gaussian", findings.PICKS, chart=("pick", "v")),
    },
)
ALT = (
    "A small network. A neuron's or connection's factor in this pass is its area or width; what is dropped is "
    "dashed, neurons with a cross. Beside it: the distribution of the factor, its mean and variance, exact and "
    "measured."
)

# --- sources of randomness -------------------------------------------------------------------------------------------


@st.fragment
def what_is_random() -> None:
    charts = cached.explainer_charts(*STATE.first_values("variant", "rate", "pass"))
    st.header("What is random")
    on_the_network(charts["network"])
    delay_until_first_chart()
    rate = STATE.values["rate"]
    small(
        "A neuron’s area, or a line’s width, is its factor; the ring marks 1. Every factor has mean 1 and the same "
        "variance; at inference every factor is 1. The noise differs in its shape, and in what it multiplies."
    )
    with st.expander("Units or weights, whole maps, and when the noise acts", icon=":material/blur_on:"):
        units_or_weights(rate)
        whole_maps(charts["maps"], rate)
        schedules(charts["schedule"], rate)
    with st.expander("Mean and variance in numbers", icon=":material/functions:"):
        in_numbers(rate)
    components.link_sliders()


def on_the_network(spec: dict) -> None:
    components.play_button(CHART, "pass_k", seconds=0.8, label="Play passes")
    report = st.vega_lite_chart(spec, key=CHART, on_select="rerun", selection_mode=list(FIELDS), alt=ALT)
    STATE.apply_chart_report(report.selection)


def units_or_weights(rate: float) -> None:
    st.subheader("Units or weights?")
    left, right = st.columns(2, gap="large")
    left.markdown(
        "Two neurons of Hidden 2 receive the same neurons of Hidden 1. Under dropout they lose the *same* ones, so "
        "the noise in their sums goes together. Under DropConnect each connection has its own coin: each sum is as "
        "noisy as before, but the two no longer move together."
    )
    left.latex(r"\mathrm{Cov}[z_1, z_2] = \tfrac{p}{1-p} \sum_i a_i^2\, w_{i1} w_{i2} \quad\text{or}\quad 0")
    right.markdown(tables_view.two_sums(rate))
    right.markdown(
        ":small[One example network and input. Wan et al. draw new masks for every image, of biases too, and sample at "
        "inference. In our runs, one mask serves a batch, biases and the output layer are never masked, the first "
        "layer is, and inference uses the mean weights.]"
    )


def whole_maps(spec: dict, rate: float) -> None:
    picture, words = two_columns("Whole feature maps")
    with picture:
        alt = (
            "Four feature maps of 4 × 4 values, twice: dropout drops single values, spatial dropout drops whole maps. "
        )
        draw(spec, MAPS, alt + "Below each map, its sum before and after.")
    with words:
        single, whole = map_sum_variances(rate)
        text(
            "In a convolutional layer, neighbouring values of a map carry nearly the same information. If one of them "
            "is dropped, the others still supply it, and little is forgotten. **Spatial dropout** (Tompson et al. "
            "2015) draws one coin for each map, so that a whole detector is dropped.",
            formula(r"\mathrm{Var}\Bigl[\sum_i a_i f_i\Bigr] = \tfrac{p}{1-p}\sum_i a_i^2 \quad\text{or}"),
            formula(r"\tfrac{p}{1-p}\Bigl(\sum_i a_i\Bigr)^2"),
            f"Each value has the same mean and variance in both. A map’s *sum* does not: at p = {rate:.2f} its "
            f"variance is {single:.2f} under dropout and {whole:.2f} under spatial dropout, averaged over these four "
            "maps.",
        )


def schedules(spec: dict, rate: float) -> None:
    picture, words = two_columns("When it acts")
    with picture:
        alt = "Three strips of 60 epochs: the rate applies throughout, in the first half only, or in the second only."
        draw(spec, STRIPS, alt)
    with words:
        st.markdown(
            "Liu et al. 2023 use dropout for only part of the training: **early**, to help a net that underfits, or "
            "**late**, against overfitting."
        )
        st.markdown(
            f"At p = {rate:.2f} a factor’s variance is {average_variance('dropout', rate):.2f} while the noise acts "
            f"and 0 otherwise: {average_variance('early', rate):.2f} on average over a run, for both."
        )


def in_numbers(rate: float) -> None:
    st.markdown(
        f"Measured at p = {rate:.2f}, over {DRAWS:,} seeded draws each, ± one standard error (about one value in 20 is "
        "off by more than two standard errors):"
    )
    st.markdown(tables_view.moments(rate))
    st.markdown(
        "Early and late have half the variance, averaged over the epochs. Factors above "
        f"{LARGEST} are drawn as {LARGEST}, and pale neurons have no noise. Neurons, draws and passes are those with "
        "which the Masks page opens; a neuron’s normal factor comes from the same draw as its coin."
    )


# --- comparison of the variants --------------------------------------------------------------------------------------


def comparison() -> None:
    record = reference_panel.load("variants")
    if record is None:
        return
    r = record.trials[DROPOUT].recipe
    side_by_side(len(r.seeds), r.images, r.epochs)
    with st.expander("Every difference", icon=":material/table:"):
        differences()
    with st.expander("Epoch by epoch", icon=":material/show_chart:"):
        by_epoch()
    with st.expander("Gaussian or Bernoulli as published, and spatial dropout", icon=":material/compare:"):
        published()
        conv()
    with st.expander("About these runs", icon=":material/info:"):
        on_inputs = record.trials["inputs only"].recipe.input_rate
        small(
            f"The net is {'-'.join(map(str, (784, *r.hidden, 10)))}. Noise on hidden layers has p = {r.rate:g}, on "
            f"inputs {on_inputs:g}. (A dropped pixel becomes 0, a middle grey: pixels run from −1 to 1.) So there is "
            "less noise on inputs alone, more on both, and early and late have noise for half of the time: its amount "
            "matters too, not only its kind. Each variant has one rate; none was tuned."
        )
        reference_panel.provenance(record)
    reference_panel.repetition(record.experiment)


@cached_output
def side_by_side(seeds: int, images: int, epochs: int) -> None:
    runs = cached.runs()
    st.header(findings.headline(runs))
    comparison_view.dots(runs, base=NO_DROPOUT)
    small(
        f"The same net, {images:,} images, {epochs} epochs, {seeds} seeds. Large marks: means with 95 % intervals; "
        f"ticks: single runs; dashed: the mean without dropout. {NATS}"
    )


@cached_output
def differences() -> None:
    runs = cached.runs()
    for measure in findings.MEASURES:
        sentences = " ".join(findings.summary(runs, measure, base) for base in findings.BASES)
        st.markdown(f"- **By {measure}:** {sentences}")
    comparison_view.difference_tables(runs)
    count, wrong = findings.by_chance(runs)
    small(
        f"Mean paired difference, 95 % interval in brackets. ▲ better, ▼ worse, ○ inconclusive: the interval includes "
        f"zero. On average, {wrong:.1f} of {count} such intervals miss the truth by chance alone; "
        f"{runs['seed'].nunique()} seeds cannot reveal small differences."
    )


@st.fragment
def by_epoch() -> None:
    spec = cached.curve_chart(*STATE.first_values("beside"))
    alt = "Validation loss by epoch: no dropout falls and then rises; dropout and the variant selected beside them "
    alt += "stay lower. Bands are 95 % intervals of the mean over the seeds."
    report = st.vega_lite_chart(spec, key=CURVES, on_select="rerun", selection_mode=["pick"], alt=alt)
    small("Validation loss in nats, mean over the seeds; bands: 95 % intervals of the mean.")
    STATE.apply_chart_report(report.selection)


@cached_output
def published() -> None:
    st.subheader("Gaussian or Bernoulli, at two scales")
    runs, recipe = cached.runs(), records.load("variants").trials[DROPOUT].recipe
    if note := findings.place_of_noise(records.load("variants")):
        st.markdown(note)
    head = ("noise", "Srivastava et al., Table 10: test error, %", "here: validation error, %")
    st.markdown(table(head, findings.published_rows(runs)))
    verdict = improves(findings.difference(runs, "accuracy", "Gaussian", DROPOUT), higher_is_better=True)
    standing = {
        Verdict.HOLDS: "Here too, the Gaussian noise is ahead in accuracy.",
        Verdict.DOES_NOT_HOLD: "Here the Gaussian noise is behind in accuracy.",
        Verdict.INCONCLUSIVE: "Here there is no detectable difference in accuracy.",
    }[verdict]
    st.markdown(
        f"{standing} The scales differ: the paper’s nets are wider and learn from all {DATA['mnist']:,} images, ours "
        f"from {recipe.images:,}, so our errors are about {findings.times_published(runs):.0f} times the paper’s; ± "
        f"here is one standard error over {len(recipe.seeds)} seeds."
    )


def conv() -> None:
    st.subheader("Spatial dropout in a convolutional net")
    if "conv" not in records.recorded():
        st.markdown("The reference runs of the convolutional net are not part of this installation yet.")
        return
    record = reference_panel.load("conv")
    if record is not None:
        spatial()
        reference_panel.provenance(record)


@cached_output
def spatial() -> None:
    record = records.load("conv")
    runs = findings.spatial_runs(record)
    r = record.trials[runs["trial"].iloc[0]].recipe
    st.markdown(
        f"Two convolutional layers below a hidden one, {r.images:,} images, {r.epochs} epochs, {len(r.seeds)} seeds: "
        "rate 0.1 or 0.2 after each convolution, on single values or on whole maps, and 0.5 on the hidden layer."
    )
    comparison_view.dots(runs)
    head = ("whole maps against single values", "accuracy, points", "loss, nats")
    st.markdown(table(head, findings.spatial_rows(runs)))
    small(f"Mean paired differences. {len(r.seeds)} seeds are too few for intervals and for a verdict.")


STATE.begin()
st.title("Variants")
STATE.show_notes()
st.markdown(
    "A coin for each hidden neuron is one way to forget. Others multiply by **different noise**, drop **other "
    "things**, or forget only **for a while**."
)
what_is_random()
comparison()
navigation.next_page("variants")
