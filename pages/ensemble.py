"""The ensemble page compares one scaled pass with averages of subnetworks, and subnetworks with a random forest."""

import streamlit as st

from dropout_core.common.text import NATS, around, listed, sentence
from dropout_core.data.mnist import VALIDATION
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.experiments.catalogue import SUBNETWORKS
from dropout_core.numerics.evidence import undetected
from dropout_core.numerics.statistics import Estimate
from dropout_core.numerics.verdicts import Verdict, same
from dropout_core.topics.ensemble import cached, exactness_view, findings, similarity_view
from dropout_core.topics.ensemble.study import DRAWS, RATES, SEEDS, TREES
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES
from dropout_core.ui import components, navigation, reference_panel
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.glossary import explain
from dropout_core.ui.layout import (
    cached_output,
    draw,
    draw_reporting,
    expander,
    small,
    text,
    two_columns,
)
from dropout_core.ui.page_state import PageState, choice, current, number

DEPTHS = {depth: f"{depth} layer{'s' * (depth > 1)} of {units[0]}" for depth, units in SHAPES.items()}
EARLY = 32  # number of members whose average already achieves most of the gain
ALL = f"{2 ** sum(SHAPES[1]):,}"
COUNTS = findings.counts()
FIRST, LAST = COUNTS[0], COUNTS[-1]
STATE = PageState(
    "ensemble",
    {
        "depth": choice(2, tuple(DEPTHS), control="ens_depth"),
        "training": number(0, 0, SEEDS - 1, control="ens_training"),
        "rate": number(0.5, RATES[0], RATES[-1], RATES, chart=("rate", "p")),
        "image": number(1, 1, cached.SHOWN, chart=("image", "i")),
        "members": number(8, FIRST, LAST, COUNTS, chart=("members", "k")),
    },
)

# --- one tiny net, exactly -------------------------------------------------------------------------------------------


def estimate(e: Estimate, places: int) -> str:
    """Format a difference with its 95 % interval as text."""
    return around(e.value, e.low, e.high, places)


@st.fragment
def one_tiny_net() -> None:
    chosen = STATE.read_controls()
    nets, rates = (chosen["depth"], chosen["training"]), findings.offered_rates(chosen["depth"], chosen["training"])
    chosen["rate"] = min(chosen["rate"], rates[-1])
    start = STATE.first_values("rate", "image", chart=nets)
    heading = st.container()  # filled once the chart has reported the rate
    with components.rate_slider(start[0], rates):
        components.play_button("ens_outputs", "member_m", 0.9, "Play subnetworks", autoplay=True)
    alt = "The selected image, and small pictures of twelve subnetworks with their answers. Below: a histogram of the "
    alt += "probability that each subnetwork assigns to the true digit, with the chosen subnetwork marked. Below that, "
    alt += "on the same axis: the arithmetic mean and geometric mean over all subnetworks, and the scaled pass."
    outputs, _ = cached.tiny_charts(*nets, *start)
    STATE.apply_chart_report(draw_reporting(outputs, "ens_outputs", alt, ["image", "rate"]))
    heading.header(answer(chosen["depth"], chosen["rate"]))
    wait_for_first_chart()
    controls(rates)
    three_answers(chosen["depth"], chosen["rate"])
    title = "How often is each method right, and when is a single pass exact?"
    expander(title, how_often_and_where, nets, start, chosen["rate"], icon="functions")


def how_often_and_where(nets: tuple[int, int], start: tuple[float, int], p: float) -> None:
    how_often(nets, start, p)
    exactness_view.show()


def answer(depth: int, rate: float) -> str:
    gap = 100 * findings.tiny_nets(depth, rate, "gap_arithmetic").value
    often = {1: "less often than", -1: "more often than", 0: "about as often as"}
    return (
        f"At p = {rate:.1f}, one pass is right {often[findings.tiny_net_gain(depth, rate).sign]} the arithmetic mean; "
        f"its probabilities differ by {gap:.1f} percentage points"
    )


def controls(rates: tuple[float, ...]) -> None:
    """Draw the controls for the network, and add a note if it does not learn at every rate."""
    with st.container(horizontal=True, gap="large"):
        chosen, shown = current("ens_depth"), DEPTHS.__getitem__
        st.segmented_control("Hidden layers", DEPTHS, default=chosen, format_func=shown, key="ens_depth", required=True)
        hint = "The seed determines the initial weights, the order of the images and the masks."
        st.number_input("Seed", 0, SEEDS - 1, current("ens_training"), key="ens_training", help=hint, width=140)
    if rates != RATES:
        small(
            f"At p = {RATES[len(rates)]:.1f}, this net or most nets with other seeds fail to learn, so the slider "
            f"stops at {rates[-1]:.1f}."
        )


def three_answers(depth: int, p: float) -> None:
    shares = [f"{name} {findings.tiny_nets(depth, p, way).value:.1f} %" for way, name in findings.WAYS.items()]
    near = [f"{100 * findings.tiny_nets(d, p, 'gap_geometric').value:.1f} points ({d} layers)" for d in SHAPES if d > 1]
    text(
        f"The net tells the digits {listed(CLASSES)} apart. Its n = "
        f"{sum(SHAPES[1])} hidden units give 2ⁿ = {ALL} subnetworks: an ensemble with shared weights, in most nets too "
        "large to run, so **one scaled pass** (every unit kept, as at inference) stands in for its average. "
        "**Arithmetic mean:** the average of all probabilities. **Geometric mean:** a confident *no* from one "
        "subnetwork weighs heavily. With one hidden layer, the pass **equals** the geometric mean; with "
        f"more layers, the average difference is {listed(near)}.",
        f"Validation accuracy: {listed(shares)}. The picture shows one image; other numbers average "
        f"{seeds(depth, p)} and {len(cached.digits().labels)} images.",
    )


def seeds(depth: int, p: float) -> str:
    """Name the number of seeds averaged over. Nets that are right no more often than by guessing are left out."""
    learned = findings.learned_count(depth, p)
    return f"{SEEDS} seeds" if learned == SEEDS else f"the {learned} of {SEEDS} seeds whose nets learned"


@cached_output
def how_often(nets: tuple[int, int], start: tuple[float, int], p: float) -> None:
    depth = nets[0]
    picture, words = two_columns()
    with picture:
        # Describe only the slider's initial rate, because changing the text would redraw the chart.
        shares = ", ".join(
            f"{name} {findings.tiny_nets(depth, start[0], way).value:.1f} %" for way, name in findings.WAYS.items()
        )
        alt = "Share of images that each method classifies correctly, with 95 % intervals; "
        alt += f"at p = {start[0]:.1f}: {shares}."
        small("Points: means over the seeds; bars and brackets, here and below: 95 % intervals.")
        draw(cached.tiny_charts(*nets, *start)[1], "ens_right", alt)
    with words:
        alone, scaled = (findings.tiny_nets(depth, p, way) for way in ("alone", "scaled"))
        gain = findings.tiny_net_differences(depth, p)
        comparison = {
            1: "The arithmetic mean is right more often than the scaled pass",
            -1: "The arithmetic mean is right less often than the scaled pass",
            0: "There is no detectable difference between the arithmetic mean and the scaled pass",
        }[gain.sign]
        text(
            f"These results are for all {len(cached.digits().labels)} validation images and {seeds(depth, p)}. At p = "
            f"{p:.1f}, a single random subnetwork classifies {alone.value:.0f} % of the images correctly, and the "
            f"scaled pass {scaled.value:.0f} %.",
            f"{comparison}: {estimate(gain.estimate, 2)} points, paired by seed.{undetected(gain, 'points')}",
        )


# --- a large net, sampled --------------------------------------------------------------------------------------------


def averages() -> None:
    """Show averages of k subnetworks, and of k trees. The slider for k stays in view with their charts."""
    even = findings.no_difference_from()
    few = f"averages of fewer than {even}" if even else f"even averages of {LAST}"
    st.header(f"In a larger net, {few} sampled subnetworks make more errors than one scaled pass")
    (k,) = STATE.first_values("members")
    with st.container(key="led_ens_averages"):
        components.members_slider(k, COUNTS)
        charts = cached.sampled_charts(k)
        sampled(charts["error"])
        expander("By loss", by_loss, charts["loss"], icon="show_chart")
        expander(reference_panel.ABOUT, about_sampling, icon="info")
        forest(k)
        expander("How similar are two members?", similarity_view.show, k, icon="info")


@st.fragment
def sampled(spec: dict) -> None:
    picture, words = two_columns()
    with picture:
        small(
            f"Line: the mean over {findings.net_count()} nets; band and brackets: its 95 % interval.",
            explain("95 % interval"),
        )
        one, last = (findings.minus_scaled(k).estimate for k in (FIRST, LAST))
        alt = "Error of the average of k subnetworks minus the error of the scaled pass, with 95 % intervals over the "
        alt += f"nets and a line at zero: {estimate(one, 2)} points at k = 1, {estimate(last, 2)} at the largest k."
        STATE.apply_chart_report(draw_reporting(spec, "ens_mc_error", alt, ["members"]))
    with words:
        how_many(STATE.values["members"])


def about_sampling() -> None:
    recipe = SUBNETWORKS.trials[0].recipe
    small(
        f"These results are for {findings.net_count()} nets with {' and '.join(map(str, recipe.hidden))} hidden "
        f"units, trained from different seeds on the same first {recipe.images:,} images of MNIST at p = "
        f"{recipe.rate:g}, and evaluated on its {VALIDATION[recipe.data]:,} test images. The differences are paired "
        f"by net. Bands are 95 % intervals over the nets. The margin of ±{SUBNETWORKS.margin['accuracy']:g} points "
        "was fixed before these nets were trained."
    )


def how_many(k: int) -> None:
    at_k, margin = findings.minus_scaled(k, "error"), SUBNETWORKS.margin["accuracy"]
    units = sum(SUBNETWORKS.trials[0].recipe.hidden)
    standing = {
        1: "the average still makes more errors",
        -1: "the average makes fewer errors",
        0: "there is no detectable difference",
    }[at_k.sign]
    within = f", within ±{margin:g}" if same(at_k, margin) is Verdict.EQUIVALENT else ""
    text(
        f"We average k random ones of this net’s $2^{{{units}}}$ subnetworks.",
        f"At k = {k:,}, **{standing}**: {estimate(at_k.estimate, 2)} percentage points{within}. "
        f"{sentence(findings.difference_text('error'))}{undetected(at_k, 'points')} Srivastava et al. (2014, Fig. 11) "
        f"say about {FIGURE_11_EVEN}.",
    )


def by_loss(spec: dict) -> None:
    difference = findings.minus_scaled(LAST, "loss")
    loss = estimate(difference.estimate, 3)
    alt = f"Loss of the average of k subnetworks minus the loss of the scaled pass: {loss} at k = {LAST:,}."
    draw(spec, "ens_mc_loss", alt)
    small(
        f"{sentence(findings.difference_text('loss'))} At k = {LAST:,}: {loss} nats."
        f"{undetected(difference, 'nats')} {NATS}"
    )


@cached_output
def forest(k: int) -> None:
    by_number, _ = cached.forest_charts(k)
    sub, trees = findings.curve("subnetworks"), findings.curve("trees")
    gains = 100 * (1 - trees.mean[-1] / trees.mean[0]), 100 * (1 - sub.at(TREES)[0] / sub.mean[0])
    correlate = {k: findings.similarity(k, "correlation").value for k in findings.MEMBERS}
    st.header(
        f"Averaging cuts the error of a random forest by {gains[0]:.0f} % and that of a net’s subnetworks by "
        f"{gains[1]:.0f} %"
    )
    picture, words = two_columns()
    with picture:
        small(f"Lines: means of {DRAWS['subnetworks']} draws or {DRAWS['trees']} forests; bands: 90 %.")
        alt = f"Error by number of members: trees from {trees.mean[0]:.0f} % to {trees.mean[-1]:.1f} %, subnetworks "
        draw(by_number, "ens_forest", alt + f"from {sub.mean[0]:.0f} % to {sub.mean[-1]:.1f} %.")
    with words:
        text(
            f"**In common:** averages beat single members, and {EARLY} members already give "
            f"{100 * sub.share_of_gain(EARLY):.0f} % of the gain (trees: "
            f"{100 * trees.share_of_gain(EARLY):.0f} %).",
            "**Different:** decision trees, like the nets of an ordinary ensemble, are trained separately; "
            "subnetworks share all weights. So their errors correlate more "
            f"({correlate['subnetworks']:.2f}; trees: {correlate['trees']:.2f}), and averaging gains "
            "less.",
        )


def main() -> None:
    STATE.begin()
    st.title("An ensemble in one net")
    STATE.show_notes()
    st.markdown("Each training step draws a new mask and trains a **subnetwork**, the units that the mask keeps.")
    cached.digits()  # called before the fragments, because an error raised in a fragment is shown only in that fragment
    one_tiny_net()
    averages()
    navigation.next_page("ensemble")


main()
