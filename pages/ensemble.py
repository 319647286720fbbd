"""Ensemble: all subnetworks of a tiny net against its one scaled pass; sampled ones, and a forest, beside them."""

import numpy as np
import streamlit as st

from dropout_core.common.text import NATS, around, listed, sentence
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.numerics.statistics import Estimate
from dropout_core.reference import nets as reference_nets
from dropout_core.topics.ensemble import cached as once
from dropout_core.topics.ensemble import findings as reading
from dropout_core.topics.ensemble.averages import Ensemble, sureness
from dropout_core.topics.ensemble.study import COUNTS, DRAWS, RATES, SEEDS
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES, SIDE
from dropout_core.ui import components, navigation, server
from dropout_core.ui.layout import cached_output, delay_until_first_chart, draw, formula, text, two_columns
from dropout_core.ui.page_state import PageState, choice, number

DEPTHS = {depth: f"{depth} layer{'s' * (depth > 1)} of {units[0]}" for depth, units in SHAPES.items()}
SUBNETWORKS = f"{2 ** sum(SHAPES[1]):,}"
STATE = PageState(
    "ensemble",
    {
        "depth": choice(2, tuple(DEPTHS), control="ens_depth"),
        "training": number(0, 0, SEEDS - 1, control="ens_training"),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", "p")),
        "image": number(1, 1, once.SHOWN, chart=("image", "i")),
        "members": number(10, COUNTS[0], COUNTS[-1], COUNTS, chart=("log", "k"), log=True),
    },
)

# --- the essay -------------------------------------------------------------------------------------------------------


def estimate(e: Estimate, places: int) -> str:
    """A difference with its 95 % interval, in words."""
    return around(e.value, e.low, e.high, places)


@st.fragment
def one_tiny_net() -> None:
    st.header(f"All {SUBNETWORKS} of them")
    st.markdown(
        f"A net so small that every subnetwork can be run: {SIDE} × {SIDE} pixels in, one of three digits out "
        f"({listed(CLASSES, 'or')}), {sum(SHAPES[1])} hidden units between. It was trained with dropout at the rate "
        "you set, another net for each rate. Each subnetwork counts as much as it is probable: nothing is sampled."
    )
    with st.container(horizontal=True, gap="large"):
        st.segmented_control("Hidden layers", DEPTHS, format_func=DEPTHS.get, key="ens_depth", required=True)
        hint = "Other first weights, images in another order, other masks."
        st.number_input("Training", 0, SEEDS - 1, key="ens_training", help=hint, width=140)
    chosen = STATE.read_controls()
    nets = chosen["depth"], chosen["training"]
    start = STATE.first_values("rate", "image", chart=nets)
    outputs, _ = once.tiny_charts(*nets, *start)
    picture, words = two_columns()
    with picture:
        alt = "The picked image in 7 by 7 pixels; below it a histogram of the probability that each subnetwork gives "
        alt += "the true digit; below that, on the same axis, their arithmetic and geometric means and the scaled pass."
        event = draw(outputs, "ens_outputs", alt, on_select="rerun", selection_mode=["image", "rate"])
        STATE.apply_chart_report(event.selection)
    with words:
        three_answers(once.enumerated(*nets)[RATES.index(chosen["rate"])], chosen["rate"])
    delay_until_first_chart()
    how_often(nets, start, chosen["rate"])


def three_answers(found: Ensemble, p: float) -> None:
    sure, mean = (100 * sureness(each) for each in (found.averages.scaled, found.averages.arithmetic))
    text(
        "Blue: what the subnetworks say. Three ways to make one answer of it:",
        "**Arithmetic mean** of their probabilities, as when an ensemble votes:",
        formula(r"\bar{P}(c) = \sum_m P(m)\, P_m(c)"),
        "**Geometric mean**, normalised, in which a subnetwork’s firm *no* weighs heavily:",
        formula(r"\tilde{P}(c) \propto \prod_m P_m(c)^{P(m)}"),
        f"**One scaled pass**: every unit kept, as at inference; one pass in place of {SUBNETWORKS}. At p = {p:.1f} it "
        f"gives its answer {sure:.0f} % on average over these {once.SHOWN} images, the arithmetic mean {mean:.0f} %.",
        ":small[The last line under the chart is what the one pass is off by. Look for an image where the answers "
        "part.]",
    )


@cached_output
def how_often(nets: tuple[int, int], start: tuple[float, int], p: float) -> None:
    depth = nets[0]
    st.subheader("How often is each right?")
    picture, words = two_columns()
    with picture:
        # At the first rate, whatever the slider says since: with another text the chart would be drawn anew.
        said = ", ".join(
            f"{name} {reading.small(depth, start[0], way).value:.1f} %" for way, name in reading.WAYS.items()
        )
        alt = f"Share of images that each way to answer gets right, with 95 % intervals; at p = {start[0]:.1f}: {said}."
        draw(once.tiny_charts(*nets, *start)[1], "ens_right", alt)
    with words:
        alone, scaled = (reading.small(depth, p, way) for way in ("alone", "scaled"))
        gain = reading.small_gain(depth, p)
        verdict = "is right more often than" if gain.value > 0 else "is right less often than"
        said = verdict if gain.sign else "cannot be told from"
        text(
            f"Over all {len(once.digits().labels)} validation images and {SEEDS} trainings. At p = {p:.1f} a "
            f"subnetwork alone is right on {alone.value:.0f} % of the images, the scaled pass on {scaled.value:.0f} %.",
            f"The arithmetic mean {said} the scaled pass: {estimate(gain, 1)} points, paired by training.",
            ":small[In brackets everywhere: 95 % intervals. Here they are over the trainings.]",
        )


def log_members() -> float:
    """Where the sliders for the number of members start."""
    return round(float(np.log10(STATE.first_values("members")[0])), 1)


@st.fragment
def sampled() -> None:
    trained = reference_nets.load("dropout")
    sizes = trained.net.sizes
    st.header("Sampling the subnetworks instead")
    st.markdown(
        f"The net that comes with this app ({'–'.join(map(str, sizes))}, trained on {trained.recipe.images:,} images "
        f"at p = {trained.rate:g}) has $2^{{{sum(sizes[1:-1])}}}$ subnetworks: too many to run. Draw k of them and "
        "average what they say. How large must k be to do as well as the one scaled pass?"
    )
    charts = once.sampled_charts(log_members())
    for column, measure in zip(st.columns(2, gap="large"), ("error", "loss"), strict=True):
        line, scaled = reading.curve("subnetworks", measure), reading.scaled(measure)
        report = {"on_select": "rerun", "selection_mode": ["log"]} if measure == "error" else {}
        with column:
            st.markdown(f"**{measure.capitalize()} of the average**")
            alt = f"{measure} of the average of k subnetworks: {line.mean[0]:.3g} at k = 1, {line.mean[-1]:.3g} at "
            alt += f"k = {COUNTS[-1]:,}; the scaled pass as a dashed line at {scaled.value:.3g}."
            event = draw(charts[measure], f"ens_mc_{measure}", alt, **report)
            if report:
                STATE.apply_chart_report(event.selection)
    how_many(STATE.values["members"])


def how_many(k: int) -> None:
    last = COUNTS[-1]
    images = len(server.validation("mnist-5k").labels)
    at_k, at_last = (reading.against_scaled(n, "error") for n in (k, last))
    loss = reading.against_scaled(last, "loss")
    cost = f"{estimate(loss, 3)} nats at k = {last:,}, for {last:,} passes"
    text(
        f"**Errors.** Average minus scaled pass, on the same {images:,} images: {estimate(at_k, 2)} points at "
        f"k = {k:,}, {estimate(at_last, 2)} at k = {last:,}. **{sentence(reading.apart('error'))}** "
        f"Srivastava et al. (2014, Fig. 11) found theirs even from about {FIGURE_11_EVEN}.",
        f"**Loss.** {sentence(reading.apart('loss'))} Average minus scaled pass: {cost}.",
        f":small[Lines: means of {DRAWS['subnetworks']} draws, band: 90 % of them. Dashed: the scaled pass, with its "
        "95 % interval over the images. Other images would move both lines together: the verdicts are from differences "
        "on the same images. That two cannot be told apart is not to say that they are the same. "
        f"{NATS}]",
    )


def main() -> None:
    STATE.begin()
    st.title("An ensemble in one net")
    STATE.show_notes()
    st.markdown(
        "Every mask leaves another subnetwork. Training with dropout trains them all, and they share one set of "
        "weights; at inference, **one scaled pass is to speak for all**. Does it?"
    )
    once.digits()  # first: what a fragment raises stays in the fragment
    one_tiny_net()
    once.where_exact()
    sampled()
    once.forest(log_members())
    components.link_sliders()
    navigation.next_page("ensemble")


main()
