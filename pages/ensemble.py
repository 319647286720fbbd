"""The ensemble page compares one scaled pass with averages of subnetworks, and subnetworks with a random forest."""

import numpy as np
import streamlit as st

from dropout_core.common.text import NATS, around, listed, sentence
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.numerics.statistics import Estimate
from dropout_core.reference import nets as reference_nets
from dropout_core.topics.ensemble import cached, findings
from dropout_core.topics.ensemble.averages import Ensemble, confidence
from dropout_core.topics.ensemble.study import COUNTS, DRAWS, RATES, SEEDS, TREES
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES, SIDE
from dropout_core.ui import components, navigation, server
from dropout_core.ui.layout import (
    cached_output,
    delay_until_first_chart,
    draw,
    draw_reporting,
    formula,
    small,
    text,
    two_columns,
)
from dropout_core.ui.page_state import PageState, choice, number

DEPTHS = {depth: f"{depth} layer{'s' * (depth > 1)} of {units[0]}" for depth, units in SHAPES.items()}
EARLY = 32  # number of members whose average already achieves most of the gain
SUBNETWORKS = f"{2 ** sum(SHAPES[1]):,}"
STATE = PageState(
    "ensemble",
    {
        "depth": choice(2, tuple(DEPTHS), control="ens_depth"),
        "training": number(0, 0, SEEDS - 1, control="ens_training"),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", "p")),
        "image": number(1, 1, cached.SHOWN, chart=("image", "i")),
        "members": number(10, COUNTS[0], COUNTS[-1], COUNTS, chart=("log", "k"), log=True),
    },
)

# --- sections of the page --------------------------------------------------------------------------------------------


def estimate(e: Estimate, places: int) -> str:
    """Format a difference with its 95 % interval as text."""
    return around(e.value, e.low, e.high, places)


@st.fragment
def one_tiny_net() -> None:
    st.header(f"All {SUBNETWORKS} of them")
    st.markdown(
        f"A net so small that every subnetwork can be run: {SIDE} × {SIDE} pixels in, one of three digits out "
        f"({listed(CLASSES, 'or')}), {sum(SHAPES[1])} hidden units between. It was trained with dropout at the rate "
        "you set, with one net for each rate. Each subnetwork is weighted by its probability: nothing is sampled."
    )
    with st.container(horizontal=True, gap="large"):
        st.segmented_control("Hidden layers", DEPTHS, format_func=DEPTHS.__getitem__, key="ens_depth", required=True)
        hint = "Different initial weights, order of images and masks."
        st.number_input("Training", 0, SEEDS - 1, key="ens_training", help=hint, width=140)
    chosen = STATE.read_controls()
    nets = chosen["depth"], chosen["training"]
    start = STATE.first_values("rate", "image", chart=nets)
    outputs, _ = cached.tiny_charts(*nets, *start)
    picture, words = two_columns()
    with picture:
        alt = "The selected image in 7 by 7 pixels; below it a histogram of the probability that each subnetwork gives "
        alt += "the true digit; below that, on the same axis, their arithmetic and geometric means and the scaled pass."
        STATE.apply_chart_report(draw_reporting(outputs, "ens_outputs", alt, ["image", "rate"]))
    with words:
        three_answers(cached.enumerated(*nets)[RATES.index(chosen["rate"])], chosen["rate"])
    delay_until_first_chart()
    how_often(nets, start, chosen["rate"])


def three_answers(ensemble: Ensemble, p: float) -> None:
    scaled, mean = (100 * confidence(p) for p in (ensemble.averages.scaled, ensemble.averages.arithmetic))
    text(
        "Blue: the subnetworks’ outputs. Three ways to combine them into one answer:",
        "**Arithmetic mean** of their probabilities, as when an ensemble votes:",
        formula(r"\bar{P}(c) = \sum_m P(m)\, P_m(c)"),
        "**Geometric mean**, normalised, in which a confident *no* from one subnetwork weighs heavily:",
        formula(r"\tilde{P}(c) \propto \prod_m P_m(c)^{P(m)}"),
        f"**One scaled pass**: every unit kept, as at inference; one pass in place of {SUBNETWORKS}. At p = {p:.1f} it "
        f"gives its answer {scaled:.0f} % on average over these {cached.SHOWN} images; the arithmetic mean gives "
        f"{mean:.0f} %.",
        ":small[The last line below the chart gives the error of the one pass. Find an image on which the answers "
        "disagree.]",
    )


@cached_output
def how_often(nets: tuple[int, int], start: tuple[float, int], p: float) -> None:
    depth = nets[0]
    st.subheader("How often is each right?")
    picture, words = two_columns()
    with picture:
        # Describe only the slider's initial rate, because changing the text would redraw the chart.
        shares = ", ".join(
            f"{name} {findings.tiny_nets(depth, start[0], way).value:.1f} %" for way, name in findings.WAYS.items()
        )
        alt = "Share of images that each way to answer gets right, with 95 % intervals; "
        alt += f"at p = {start[0]:.1f}: {shares}."
        draw(cached.tiny_charts(*nets, *start)[1], "ens_right", alt)
    with words:
        alone, scaled = (findings.tiny_nets(depth, p, way) for way in ("alone", "scaled"))
        gain = findings.tiny_net_gain(depth, p)
        comparison = {
            1: "The arithmetic mean is right more often than the scaled pass",
            -1: "The arithmetic mean is right less often than the scaled pass",
            0: "There is no detectable difference between the arithmetic mean and the scaled pass",
        }[gain.sign]
        text(
            f"Over all {len(cached.digits().labels)} validation images and {SEEDS} seeds. At p = {p:.1f} a "
            f"subnetwork alone is right on {alone.value:.0f} % of the images, the scaled pass on {scaled.value:.0f} %.",
            f"{comparison}: {estimate(gain, 1)} points, paired by seed.",
            ":small[All brackets hold 95 % intervals; here they are over the seeds.]",
        )


@cached_output
def where_exact() -> None:
    st.header("Where one pass is exact")
    exact = max(findings.tiny_nets(1, rate, "gap_geometric").value for rate in RATES)
    text(
        "For one softmax layer (it makes probabilities of its outputs) with dropout on its inputs, the scaled pass "
        "**is** the geometric mean (Hinton et al. 2012; for one logistic unit, Baldi & Sadowski 2013). A net with one "
        r"hidden layer ends in such a layer: h holds its hidden units, M their mask, and $\odot$ multiplies entry by "
        "entry.",
        formula(r"\tilde{P} = \mathrm{softmax}\big(\mathbb{E}[\log P_m]\big)"),
        formula(r"= \mathrm{softmax}\big(\mathbb{E}\big[\tfrac{h \odot M}{1-p}\big] W + b\big)"),
        formula(r"= \mathrm{softmax}(hW + b)"),
        f"Measured with one hidden layer: a mean difference of at most **{exact:.0e}** at any rate, which is rounding. "
        "A second hidden layer puts a ReLU after the sum, and the equality no longer holds.",
    )
    charts = cached.gap_charts()
    half = {(d, m): 100 * findings.tiny_nets(d, 0.5, f"gap_{m}").value for d in SHAPES for m in charts}
    for column, (mean, spec) in zip(st.columns(2, gap="large"), charts.items(), strict=True):
        with column:
            st.markdown(f"**Scaled pass against the {mean} mean**")
            gaps = ", ".join(f"{half[depth, mean]:.1f} with {depth} hidden" for depth in SHAPES)
            draw(spec, f"ens_{mean}", f"Mean gap in points of probability, by rate. At rate 0.5: {gaps}.")
    st.markdown(
        f"With two layers at p = 0.5, the scaled pass is {half[2, 'geometric']:.1f} points from the geometric mean and "
        f"{half[2, 'arithmetic']:.1f} from the arithmetic one. **It approximates the geometric mean closely, and the "
        "vote of an ensemble less closely.**"
    )
    small(
        f"Means over {SEEDS} seeds, {len(cached.digits().labels)} images and {len(CLASSES)} digits; bands: 95 % "
        "intervals over the seeds. Three layers of 4 learn little at high rates: where all subnetworks agree, so do "
        "their averages."
    )


def log_members() -> float:
    """Return the initial value of the sliders for the number of members."""
    return round(float(np.log10(STATE.first_values("members")[0])), 1)


@st.fragment
def sampled() -> None:
    trained = reference_nets.load("dropout")
    sizes = trained.net.sizes
    st.header("Sampling the subnetworks instead")
    st.markdown(
        f"The net that comes with this app ({'–'.join(map(str, sizes))}, trained on {trained.recipe.images:,} images "
        f"at p = {trained.rate:g}) has $2^{{{sum(sizes[1:-1])}}}$ subnetworks: too many to run. Draw k of them and "
        "average their outputs. How large must k be to do as well as the one scaled pass?"
    )
    charts = cached.sampled_charts(log_members())
    for column, measure in zip(st.columns(2, gap="large"), ("error", "loss"), strict=True):
        line, scaled = findings.curve("subnetworks", measure), findings.scaled(measure)
        with column:
            st.markdown(f"**{measure.capitalize()} of the average**")
            alt = f"{measure} of the average of k subnetworks: {line.mean[0]:.3g} at k = 1, {line.mean[-1]:.3g} at "
            alt += f"k = {COUNTS[-1]:,}; the scaled pass as a dashed line at {scaled.value:.3g}."
            if measure == "error":
                STATE.apply_chart_report(draw_reporting(charts[measure], "ens_mc_error", alt, ["log"]))
            else:
                draw(charts[measure], "ens_mc_loss", alt)
    how_many(STATE.values["members"])


def how_many(k: int) -> None:
    last = COUNTS[-1]
    images = len(server.validation("mnist-5k").labels)
    at_k, at_last = (findings.minus_scaled(n, "error") for n in (k, last))
    loss = findings.minus_scaled(last, "loss")
    cost = f"{estimate(loss, 3)} nats at k = {last:,}, for {last:,} passes"
    text(
        f"**Errors.** Average minus scaled pass, on the same {images:,} images: {estimate(at_k, 2)} points at "
        f"k = {k:,}, {estimate(at_last, 2)} at k = {last:,}. **{sentence(findings.difference_text('error'))}** "
        f"Srivastava et al. (2014, Fig. 11) found no difference from about {FIGURE_11_EVEN} on.",
        f"**Loss.** {sentence(findings.difference_text('loss'))} Average minus scaled pass: {cost}.",
        f":small[Lines: means of {DRAWS['subnetworks']} draws, band: 90 % of them. Dashed: the scaled pass, with its "
        "95 % interval over the images. Other images would move both lines together, so the verdicts follow from "
        "paired differences. No detectable difference does not mean that the two are equal. "
        f"{NATS}]",
    )


@cached_output
def forest(log_k: float) -> None:
    st.header("Like a forest?")
    st.markdown(
        "A random forest averages trees, each grown on its own sample of the images. Here it is compared with the "
        "sampled subnetworks, on the same images: single members at the left end, averages towards the right."
    )
    by_number, similarity = cached.forest_charts(log_k)
    sub, trees = findings.curve("subnetworks"), findings.curve("trees")
    differ, correlate = ({k: findings.similarity(k, m).value for k in findings.MEMBERS} for m in findings.SIMILARITY)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Error by number of members**")
        alt = f"Error by number of members: trees from {trees.mean[0]:.0f} % to {trees.mean[-1]:.1f} %, subnetworks "
        draw(by_number, "ens_forest", alt + f"from {sub.mean[0]:.0f} % to {sub.mean[-1]:.1f} %.")
    with right:
        st.markdown("**How similar are two members?**")
        draw(similarity, "ens_alike", f"Similarity of two members. {similarity_text()}.")
    st.markdown(
        f"One tree errs on {trees.mean[0]:.0f} % of the images, {TREES} on {trees.mean[-1]:.1f} %; one subnetwork on "
        f"{sub.mean[0]:.0f} %, {TREES} on {sub.at(TREES)[0]:.1f} %. So averaging divides the trees’ error by "
        f"{trees.mean[0] / trees.mean[-1]:.1f} and the subnetworks’ by {sub.mean[0] / sub.at(TREES)[0]:.1f}. It "
        f"cancels what members do *not* share: two trees answer differently on {100 * differ['trees']:.0f} % of the "
        f"images, two subnetworks, cut from the same weights, on {100 * differ['subnetworks']:.0f} %."
    )
    st.markdown(
        f"- **What the analogy gets right:** the average beats its members, and soon: {EARLY} of them already have "
        f"{100 * sub.share_of_gain(EARLY):.0f} % of the subnetworks’ gain, and "
        f"{100 * trees.share_of_gain(EARLY):.0f} % of the trees’.\n"
        "- **Where it fails:** trees are grown separately. Subnetworks share every weight: each is good alone, they "
        f"err together (correlation {correlate['subnetworks']:.2f}, trees {correlate['trees']:.2f}), and averaging "
        "them gains less. And a forest must be run as a whole: it has nothing like the one scaled pass, which, at "
        f"{findings.scaled('error').value:.1f} %, stands in for all subnetworks."
    )
    small(
        "Correlation: over the images, of two members’ being wrong, the mean over pairs; intervals over the images. "
        f"{DRAWS['trees']} forests with scikit-learn’s defaults, on raw pixels."
    )


def similarity_text() -> str:
    """Write the similarities shown in the chart as text."""
    values = {(m, k): findings.similarity(k, m).value for m in findings.SIMILARITY for k in findings.MEMBERS}
    return "; ".join(f"{findings.SIMILARITY[m]}, {findings.MEMBERS[k]}: {v:.2f}" for (m, k), v in values.items())


def main() -> None:
    STATE.begin()
    st.title("An ensemble in one net")
    STATE.show_notes()
    st.markdown(
        "Every mask leaves a different subnetwork. Training with dropout trains them all, and they share one set of "
        "weights; at inference, **one scaled pass must stand in for all of them**. Does it?"
    )
    cached.digits()  # called before the fragments, because an error raised in a fragment is shown only in that fragment
    one_tiny_net()
    where_exact()
    sampled()
    forest(log_members())
    components.link_sliders()
    navigation.next_page("ensemble")


main()
