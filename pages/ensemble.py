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
NEVER_LEARNED = 50  # % right; chance is a third
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

# --- one tiny net, exactly -------------------------------------------------------------------------------------------


def estimate(e: Estimate, places: int) -> str:
    """Format a difference with its 95 % interval as text."""
    return around(e.value, e.low, e.high, places)


@st.fragment
def one_tiny_net() -> None:
    chosen = STATE.read_controls()
    gap = 100 * findings.tiny_nets(chosen["depth"], chosen["rate"], "gap_arithmetic").value
    st.header(
        f"At p = {chosen['rate']:.1f}, one pass is {gap:.1f} points from the average of all {SUBNETWORKS} subnetworks"
    )
    with st.container(horizontal=True, gap="large"):
        st.segmented_control("Hidden layers", DEPTHS, format_func=DEPTHS.__getitem__, key="ens_depth", required=True)
        hint = "Decides the initial weights, the order of the images and the masks."
        st.number_input("Seed", 0, SEEDS - 1, key="ens_training", help=hint, width=140)
    nets = chosen["depth"], chosen["training"]
    start = STATE.first_values("rate", "image", chart=nets)
    outputs, _ = cached.tiny_charts(*nets, *start)
    picture, words = two_columns()
    with picture:
        alt = "The selected image in 7 by 7 pixels; below it a histogram of the probability that each subnetwork gives "
        alt += "the true digit; below that, on the same axis, their arithmetic and geometric means and the scaled pass."
        STATE.apply_chart_report(draw_reporting(outputs, "ens_outputs", alt, ["image", "rate"]))
    with words:
        number = int(STATE.values["image"])
        alt = f"Image {number}, the digit from which the {SIDE} by {SIDE} pixels were made."
        st.image(255 - cached.originals()[number - 1], width=84, alt=alt)
        three_answers(cached.enumerated(*nets)[RATES.index(chosen["rate"])], *nets, chosen["rate"])
    delay_until_first_chart()
    with st.expander("How often is each right, and where is one pass exact?", icon=":material/functions:"):
        how_often(nets, start, chosen["rate"])
        where_exact()


def three_answers(ensemble: Ensemble, depth: int, seed: int, p: float) -> None:
    scaled, mean = (100 * confidence(p) for p in (ensemble.averages.scaled, ensemble.averages.arithmetic))
    text(
        f"A net of {SIDE} × {SIDE} pixels, {sum(SHAPES[1])} hidden units and three digits ({listed(CLASSES, 'or')}) "
        f"has {SUBNETWORKS} subnetworks: few enough to run them all. Blue: their outputs for this image.",
        "- **Arithmetic mean:** the average of their probabilities (a vote would count answers).\n"
        "- **Geometric mean:** a confident *no* from one subnetwork weighs heavily.\n"
        "- **One scaled pass:** every unit kept, as at inference.",
        f"On average over these {cached.SHOWN} images, the scaled pass is {scaled:.0f} % sure of its answer, the "
        f"arithmetic mean {mean:.0f} %.",
    )
    if (right := findings.tiny_run(depth, p, seed)["scaled"]) < NEVER_LEARNED:
        st.warning(f"This net has not learned the digits: its scaled pass is right on {right:.0f} % of the images.")


@cached_output
def how_often(nets: tuple[int, int], start: tuple[float, int], p: float) -> None:
    depth = nets[0]
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
    exact = max(findings.tiny_nets(1, rate, "gap_geometric").value for rate in RATES)
    text(
        "For one softmax layer with dropout on its inputs, the scaled pass **is** the geometric mean (Hinton et al. "
        "2012; Baldi & Sadowski 2013). A net with one hidden layer ends in such a layer: h holds its hidden units, M "
        r"their mask, and $\odot$ multiplies entry by entry.",
        formula(r"\tilde{P}(c) \propto \prod_m P_m(c)^{P(m)} = \mathrm{softmax}\big(\mathbb{E}[\log P_m]\big)"),
        formula(
            r"= \mathrm{softmax}\big(\mathbb{E}\big[\tfrac{h \odot M}{1-p}\big] W + b\big) = \mathrm{softmax}(hW + b)"
        ),
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
    small(
        f"Means over {SEEDS} seeds, {len(cached.digits().labels)} images and {len(CLASSES)} digits; bands: 95 % "
        "intervals over the seeds. Three layers of 4 learn little at high rates: where all subnetworks agree, so do "
        "their averages."
    )


# --- a large net, sampled --------------------------------------------------------------------------------------------


def log_members() -> float:
    """Return the initial value of the sliders for the number of members."""
    return round(float(np.log10(STATE.first_values("members")[0])), 1)


@st.fragment
def sampled() -> None:
    trained = reference_nets.load("dropout")
    sizes = trained.net.sizes
    even = findings.no_difference_from()
    few = f"averages of fewer than {even}" if even else "even averages of 1,000"
    st.header(f"Sampling instead: {few} subnetworks err more than one scaled pass")
    charts = cached.sampled_charts(log_members())
    picture, words = two_columns()
    with picture:
        one, last = (findings.minus_scaled(k) for k in (COUNTS[0], COUNTS[-1]))
        alt = "Error of the average of k subnetworks minus that of the scaled pass, with 95 % intervals and a line at "
        alt += f"zero: {estimate(one, 2)} points at k = 1, {estimate(last, 2)} at k = {COUNTS[-1]:,}."
        STATE.apply_chart_report(draw_reporting(charts["error"], "ens_mc_error", alt, ["log"]))
    with words:
        how_many(STATE.values["members"], f"2^{{{sum(sizes[1:-1])}}}")
    with st.expander("By loss, and about these runs", icon=":material/info:"):
        by_loss(charts["loss"])
        small(
            f"The net that comes with this app: {'–'.join(map(str, sizes))}, trained on {trained.recipe.images:,} "
            f"images at p = {trained.rate:g}. Lines: means of {DRAWS['subnetworks']} draws. Bands: 95 % intervals over "
            "the images; the difference is paired by image."
        )


def how_many(k: int, subnetworks: str) -> None:
    at_k, images = findings.minus_scaled(k, "error"), len(server.validation("mnist-5k").labels)
    standing = {
        1: "the average still errs more often",
        -1: "the average errs less often",
        0: "there is no detectable difference",
    }[at_k.sign]
    text(
        f"A larger net has ${subnetworks}$ subnetworks, too many to run. Draw k of them and average their outputs.",
        f"At k = {k:,}, **{standing}**: {estimate(at_k, 2)} points on the same {images:,} images. "
        f"{sentence(findings.difference_text('error'))}",
        f"Srivastava et al. (2014, Fig. 11) found no difference from about {FIGURE_11_EVEN} on. That none is detected "
        "does not mean that the two are equal.",
    )


def by_loss(spec: dict) -> None:
    last = COUNTS[-1]
    loss = estimate(findings.minus_scaled(last, "loss"), 3)
    draw(
        spec, "ens_mc_loss", f"Loss of the average of k subnetworks minus that of the scaled pass: {loss} at {last:,}."
    )
    small(f"{sentence(findings.difference_text('loss'))} At k = {last:,}: {loss} nats. {NATS}")


@cached_output
def forest(log_k: float) -> None:
    by_number, similarity = cached.forest_charts(log_k)
    sub, trees = findings.curve("subnetworks"), findings.curve("trees")
    gains = trees.mean[0] / trees.mean[-1], sub.mean[0] / sub.at(TREES)[0]
    differ, correlate = ({k: findings.similarity(k, m).value for k in findings.MEMBERS} for m in findings.SIMILARITY)
    st.header(f"A forest gains more from averaging: {gains[0]:.1f} against {gains[1]:.1f} times fewer errors")
    picture, words = two_columns()
    with picture:
        alt = f"Error by number of members: trees from {trees.mean[0]:.0f} % to {trees.mean[-1]:.1f} %, subnetworks "
        draw(by_number, "ens_forest", alt + f"from {sub.mean[0]:.0f} % to {sub.mean[-1]:.1f} %.")
    with words:
        text(
            f"**Alike:** averages beat single members, and soon: {EARLY} of them have "
            f"{100 * sub.share_of_gain(EARLY):.0f} % of the subnetworks’ gain, and "
            f"{100 * trees.share_of_gain(EARLY):.0f} % of the trees’.",
            "**Different:** trees are grown separately, and subnetworks share every weight. So they err together "
            f"(correlation {correlate['subnetworks']:.2f}, trees {correlate['trees']:.2f}), and averaging them gains "
            "less. A forest has nothing like the scaled pass.",
        )
    with st.expander("How similar are two members?", icon=":material/info:"):
        draw(similarity, "ens_alike", f"Similarity of two members. {similarity_text()}.")
        small(
            f"Two trees answer differently on {100 * differ['trees']:.0f} % of the images, two subnetworks on "
            f"{100 * differ['subnetworks']:.0f} %. Correlation: over the images, of two members’ being wrong, the mean "
            "over pairs; intervals over the images. "
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
        "Every mask leaves a different subnetwork, and all share one set of weights. At inference, **one scaled pass "
        "must stand in for all of them**. Does it?"
    )
    cached.digits()  # called before the fragments, because an error raised in a fragment is shown only in that fragment
    one_tiny_net()
    sampled()
    forest(log_members())
    components.link_sliders()
    navigation.next_page("ensemble")


main()
