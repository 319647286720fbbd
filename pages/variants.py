"""The variants page compares variants of dropout that differ in their noise, what they drop, and when they drop it."""

import streamlit as st

from dropout_core.charts.changes import Change, changes, text_alternative
from dropout_core.common.text import NATS, sentence
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.masks import RATES
from dropout_core.reference.records import Record
from dropout_core.topics.variants import cached, comparison_view, findings, spatial_view, tables_view
from dropout_core.topics.variants.charts_network import FIELDS, LARGEST, NAMES
from dropout_core.topics.variants.numerics import DRAWS, PASSES, average_variance, map_sum_variances
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import (
    cached_output,
    draw,
    draw_reporting,
    expander,
    formula,
    small,
    text,
    two_columns,
)
from dropout_core.ui.page_state import PageState, choice, number

CHART, MAPS, STRIPS, CURVES = "variants_network", "variants_maps", "variants_schedule", "variants_curves"
STATE = PageState(
    "variants",
    {
        "variant": choice("Gaussian", NAMES, chart=("variant", FIELDS["variant"])),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", FIELDS["rate"])),
        "pass": number(1, 1, PASSES),
        "beside": choice("Gaussian", findings.PICKS, chart=("pick", "v")),
    },
)
ALT = (
    "The same small network in the same pass, under dropout and under the chosen variant. A neuron's area or a "
    "connection's width shows its factor. Dropped neurons and connections are dashed, and dropped neurons have a "
    "cross. Below each network: the distribution of its factors, with mean 1 and the same variance."
)

# --- sources of randomness -------------------------------------------------------------------------------------------


@st.fragment
def what_is_random() -> None:
    variant, rate, shown = STATE.first_values("variant", "rate", "pass")
    charts = cached.explainer_charts(variant, rate, shown)
    st.header("Different noise, same variance")
    with components.rate_slider(rate):
        components.play_button(CHART, "pass_k", seconds=0.8, label="Play passes", autoplay=shown == 1)
    STATE.apply_chart_report(draw_reporting(charts["network"], CHART, ALT, list(FIELDS)))
    rate = STATE.values["rate"]
    small(
        "Dropout’s factors are 0 and 1/(1 − p), so their mean is 1. At inference, every factor is 1. Variants use "
        "**different noise**, or drop **something other than units**."
    )
    title = "Units or weights, whole maps (spatial dropout), whole blocks, and early or late dropout"
    expander(title, the_noise_in_detail, charts, rate, icon="blur_on")
    expander("Mean and variance in numbers", in_numbers, rate, icon="functions")


def the_noise_in_detail(charts: dict[str, dict], rate: float) -> None:
    units_or_weights(rate)
    whole_maps(charts["maps"], rate)
    schedules(charts["schedule"], rate)


def units_or_weights(rate: float) -> None:
    st.header("Units or weights?")
    left, right = st.columns(2, gap="large")
    left.markdown(
        "Two neurons in layer Hidden 2 receive the same inputs: the neurons of Hidden 1. Under dropout, both neurons "
        "lose the *same* inputs, so the noise in their sums is correlated. DropConnect tosses a separate coin for "
        "each connection: each sum is as noisy as before, but the noise in the two sums is uncorrelated."
    )
    left.latex(r"\mathrm{Cov}[z_1, z_2] = \tfrac{p}{1-p} \sum_i a_i^2\, w_{i1} w_{i2} \quad\text{or}\quad 0")
    right.markdown(tables_view.two_sums(rate))
    right.markdown(
        ":small[The table is for one example network and input. Wan et al. draw new masks for every image, also mask "
        "the biases, and sample at inference. In our runs, all images in a batch share one mask, and inference uses "
        "the mean weights. The first layer is masked, but biases and the output layer are not.]"
    )


def whole_maps(spec: dict, rate: float) -> None:
    picture, words = two_columns("Whole feature maps")
    with picture, st.container(key="led_variants_maps"):
        alt = (
            "Four feature maps of 4 × 4 values, under dropout and under spatial dropout. Dropout drops single "
            "values; spatial dropout drops whole maps. "
        )
        small("Stronger colour: a larger value; dashed: dropped. Below each map: its sum before and after.")
        draw(spec, MAPS, alt + "Below each map, its sum before and after.")
    with words:
        single, whole = map_sum_variances(rate)
        text(
            "In a convolutional layer, neighbouring values of a map carry nearly the same information. If one value "
            "is dropped, its neighbours still provide that information, so little is lost. **Spatial dropout** "
            "(Tompson et al. 2015) tosses one coin for each map, so it drops whole feature detectors.",
            formula(r"\mathrm{Var}\Bigl[\sum_i a_i f_i\Bigr] = \tfrac{p}{1-p}\sum_i a_i^2 \quad\text{or}"),
            formula(r"\tfrac{p}{1-p}\Bigl(\sum_i a_i\Bigr)^2"),
            "Each single value has the same mean and variance under both methods. The variance of a map’s *sum* "
            f"differs: at p = {rate:.2f}, it is {single:.2f} under dropout and {whole:.2f} under spatial dropout, "
            "averaged over these four maps.",
        )


def schedules(spec: dict, rate: float) -> None:
    picture, words = two_columns("When the noise acts")
    with picture:
        alt = (
            "Three strips of 60 epochs. The rate applies in all epochs, in the first half only, or in the second "
            "half only."
        )
        draw(spec, STRIPS, alt)
    with words:
        st.markdown(
            "Liu et al. (2023) use dropout for only part of the training: **early**, to help a net that underfits, or "
            "**late**, to curb overfitting."
        )
        st.markdown(
            "**Stochastic depth** (Huang et al. 2016) skips whole blocks of layers in training. It needs a residual "
            "network, in which shortcuts carry the input past a skipped block. Our nets have no shortcuts, so we do "
            "not compare it."
        )
        st.markdown(
            f"With either schedule at p = {rate:.2f}, a factor’s variance is "
            f"{average_variance('dropout', rate):.2f} while the noise acts and 0 otherwise; averaged over a run, "
            f"it is {average_variance('early', rate):.2f}."
        )


def in_numbers(rate: float) -> None:
    st.markdown(
        f"Each value was measured at p = {rate:.2f} over {DRAWS:,} seeded draws, and is shown ± one standard error. "
        "By chance, about one value in 20 is off by more than two standard errors."
    )
    st.markdown(tables_view.moments(rate))
    st.markdown(
        "Averaged over the epochs, early and late dropout have half the variance of plain dropout. Factors above "
        f"{LARGEST} are drawn as {LARGEST}. Pale neurons have no noise. The hidden neurons use the random numbers "
        "with which the Masks page starts. A neuron’s coin toss and its Gaussian factor come from the same random "
        "number."
    )


# --- comparison of the variants --------------------------------------------------------------------------------------


def comparison() -> None:
    record = reference_panel.load("variants")
    if record is None:
        return
    which_wins(len(record.trials[DROPOUT].recipe.seeds))
    expander("Every difference and every run", all_results, icon="table")
    expander("Epoch by epoch", by_epoch, icon="show_chart")
    expander("Spatial dropout in a convolutional net", spatial_view.show, icon="grid_4x4")
    expander(reference_panel.ABOUT, about, record, icon="info")
    reference_panel.repetition(record.experiment)


def about(record: Record) -> None:
    r, on_inputs = record.trials[DROPOUT].recipe, record.trials["inputs only"].recipe.input_rate
    small(
        f"All nets have layers {'-'.join(map(str, (784, *r.hidden, 10)))} and were trained on {r.images:,} images for "
        f"{r.epochs} epochs. The noise has rate p = {r.rate:g} on hidden layers and p = {on_inputs:g} on inputs. A "
        "dropped pixel becomes 0, a medium grey, because pixel values range from −1 to 1. The variants differ in both "
        "the kind and the amount of noise. There is less noise with dropout on inputs alone, and more with dropout on "
        "inputs and hidden layers. Early and late dropout have noise in only half of the epochs. Each variant has one "
        "rate, which was not tuned."
    )
    reference_panel.provenance(record)


def all_results() -> None:
    differences()
    navigation.link("papers", "Gaussian noise as published: Table 10", "arrow_forward", {"figure": "table-10"})
    every_run()


@cached_output
def which_wins(seeds: int) -> None:
    runs = cached.runs()
    rows = [Change(trial, p) for trial, p in findings.against(runs, "accuracy", DROPOUT).items()]
    st.header(findings.headline(runs))
    st.markdown(
        f"{findings.advice(runs)} A single seed would not be enough: across seeds, the accuracy of plain dropout "
        f"alone ranges over {findings.spread(runs):.1f} points. Variants are compared with dropout, not with each "
        "other."
    )
    alt = "Each variant’s change in validation accuracy against plain dropout, with intervals and a line at zero. "
    small(
        f"Mean differences over {seeds} seeds, paired by seed. The 95 % intervals are widened by Holm’s method "
        f"for {len(rows)} comparisons. *Inconclusive*: the interval includes zero. "
        f"{sentence(findings.power(runs, 'accuracy', DROPOUT))} *Before the ReLU*: noise of the same variance "
        "multiplies the weighted sums, and can make a negative sum positive. There is less noise with dropout on "
        "inputs alone, and in early and late dropout, which act only in the first or second half of training. These "
        "differences may come from the amount of noise rather than its kind.",
        explain("seed", "95 % interval", "Holm"),
    )
    spec = changes(rows, ["points of accuracy", "against plain dropout"])
    draw(spec, "variants_outcomes", alt + text_alternative(rows, "points"))


@cached_output
def differences() -> None:
    runs = cached.runs()
    for measure in findings.MEASURES:
        sentences = " ".join(findings.summary(runs, measure, base) for base in findings.BASES)
        sentences += f" Against plain dropout, {findings.power(runs, measure, DROPOUT)}."
        st.markdown(f"- **By {measure}:** {sentences}")
    small(
        "Mean paired differences, with 95 % intervals in brackets, widened by Holm’s method for all comparisons of a "
        "column. ▲ better, ▼ worse, ○ inconclusive. After ○: the number of seeds needed to detect the measured "
        f"difference with 80 % power. By chance alone, at most one such column in 20 would contain a ▲ or ▼. {NATS}"
    )
    comparison_view.difference_tables(runs)


@cached_output
def every_run() -> None:
    small("Large marks: means with 95 % intervals; ticks: single runs; dashed: the mean without dropout.")
    comparison_view.dots(cached.runs(), base=NO_DROPOUT)


@st.fragment
def by_epoch() -> None:
    small("Validation loss in nats, mean over the seeds; bands: 95 % intervals of the mean.")
    spec = cached.curve_chart(*STATE.first_values("beside"))
    alt = (
        "Validation loss by epoch. Without dropout, it falls and then rises; with dropout or the selected variant, it "
    )
    alt += "stays lower. Bands are 95 % intervals of the mean over the seeds."
    STATE.apply_chart_report(draw_reporting(spec, CURVES, alt, ["pick"]))


STATE.begin()
st.title("Variants")
STATE.show_notes()
st.markdown("Each activation (or weight) is multiplied by a factor, shown by its area (or width); the ring marks 1.")
what_is_random()
comparison()
navigation.next_page("variants")
