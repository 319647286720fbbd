"""Ensemble: all subnetworks of a tiny net against its one scaled pass; sampled ones, and a forest, beside them."""

import numpy as np
import streamlit as st

from dropout_core import ensemble_reading as reading
from dropout_core import reference_nets, service, ui
from dropout_core.charts import ensemble as pictures
from dropout_core.charts import ensemble_members as curves
from dropout_core.charts.theme import DROPOUT, NEUTRAL
from dropout_core.datasets import DataError
from dropout_core.ensemble import Ensemble, enumerate_subnetworks, sureness
from dropout_core.ensemble_figures import Curve, Estimate
from dropout_core.ensemble_net import CLASSES, SHAPES, SIDE, SmallDigits, small_digits, train
from dropout_core.ensemble_run import COUNTS, DRAWS, LOG_STEP, RATES, SEEDS, TREES
from dropout_core.layout_ui import data_apart, draw, drawn_once, screen, small
from dropout_core.published import FIGURE_11_EVEN
from dropout_core.words import NATS, around, sentence

SHOWN = 12  # images to pick from: the first four of each digit
DEPTHS = {depth: f"{depth} layer{'s' * (depth > 1)} of {units[0]}" for depth, units in SHAPES.items()}
SUBNETWORKS = f"{2 ** sum(SHAPES[1]):,}"
DEFAULTS = {"depth": "2", "training": 0, "rate": 0.5, "image": 1, "members": 10}
EARLY = 32  # members that show how soon the gain comes
NAMES = {
    "subnetworks": "two subnetworks",
    "trees": "two trees",
    "disagreement": "answers differ",
    "correlation": "errors correlate",
}

# --- computed once, for all readers ----------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def digits() -> SmallDigits:
    return small_digits(service.digits("mnist-5k"))


@st.cache_data(show_spinner=False)
def images() -> tuple[np.ndarray, np.ndarray]:
    """The images to pick from, and the places of their digits in CLASSES, digit by digit in turn."""
    labels = digits().labels
    picked = np.stack([np.flatnonzero(labels == c)[: SHOWN // len(CLASSES)] for c in range(len(CLASSES))]).T.ravel()
    return digits().images[picked], labels[picked]


@st.cache_resource(max_entries=64, show_spinner="Training seven tiny nets, and running all their subnetworks…")
def enumerated(depth: int, seed: int) -> list[Ensemble]:
    """For each rate, a net trained with it: its subnetworks on the images to pick from."""
    found, (x, labels) = digits(), images()
    nets = [train(found.train_images, found.train_labels, SHAPES[depth], rate, seed) for rate in RATES]
    return [enumerate_subnetworks(net, x, labels, rate) for net, rate in zip(nets, RATES, strict=True)]


@st.cache_resource(max_entries=64, show_spinner=False)
def tiny_charts(depth: int, seed: int, rate: float, image: int) -> tuple[dict, dict]:
    x, labels = images()
    by_way = {way: [reading.small(depth, r, way) for r in RATES] for way in reading.WAYS}
    return (
        data_apart(pictures.outputs(x, labels, CLASSES, enumerated(depth, seed), RATES, rate, image)),
        curves.right(reading.WAYS, by_way, RATES, rate, len(digits().labels)),
    )


@st.cache_resource(show_spinner=False)
def gap_charts() -> dict[str, dict]:
    gaps = {
        mean: {depth: [reading.small(depth, rate, f"gap_{mean}") for rate in RATES] for depth in SHAPES}
        for mean in ("geometric", "arithmetic")
    }
    highest = 100 * max(e.high for by_depth in gaps.values() for found in by_depth.values() for e in found)
    return {mean: curves.gaps(by_depth, RATES, float(np.ceil(highest))) for mean, by_depth in gaps.items()}


@st.cache_resource(max_entries=64, show_spinner=False)
def sampled_charts(log_k: float) -> dict[str, dict]:
    lines = {
        m: [curves.Line(reading.curve("subnetworks", m), "subnetworks", DROPOUT, [1, 0])] for m in ("error", "loss")
    }
    own, theirs = reading.crossing("error"), FIGURE_11_EVEN
    reports, plain = (curves.members(log_k, LOG_STEP, m, reports=m == "error") for m in ("error", "loss"))
    error, loss = reading.scaled("error"), reading.scaled("loss")
    return {
        "error": data_apart(curves.averaging(lines["error"], error, "error, %", ".1f", [5, 16], reports, theirs, own)),
        "loss": curves.averaging(lines["loss"], loss, "loss, nats", ".3f", [0.2, 0.5], plain),
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def forest_charts(log_k: float) -> tuple[dict, dict]:
    both = [
        curves.Line(reading.curve("subnetworks"), "subnetworks", DROPOUT, [1, 0]),
        curves.Line(reading.curve("trees"), "trees", NEUTRAL, [8, 3]),
    ]
    slider, scaled = curves.members(log_k, LOG_STEP, "forest"), reading.scaled("error")
    alike = {m: {kind: reading.alike(kind, m) for kind in DRAWS} for m in ("disagreement", "correlation")}
    return (
        curves.averaging(both, scaled, "error, % (log scale)", ".1f", [4, 60], slider, log_y=True),
        curves.alike(alike, NAMES),
    )


# --- what the reader has chosen --------------------------------------------------------------------------------------


def nearest(value: float, choices: tuple) -> float:
    return min(choices, key=lambda choice: abs(choice - value))


def begin() -> None:
    """On a visit's first run: the link's settings, or where the reader left off."""
    state = st.session_state
    if "ens_depth" in state:
        return
    last = {**DEFAULTS, **state.get("ensemble", {})}
    state.ensemble = {
        "depth": ui.choice_param("depth", last["depth"], [str(depth) for depth in DEPTHS]),
        "training": ui.number_param("training", last["training"], 0, SEEDS - 1),
        "rate": nearest(ui.number_param("rate", last["rate"], RATES[0], RATES[-1]), RATES),
        "image": ui.number_param("image", last["image"], 1, SHOWN),
        "members": nearest(ui.number_param("members", last["members"], COUNTS[0], COUNTS[-1]), COUNTS),
    }
    state.ens_depth, state.ens_training = int(state.ensemble["depth"]), state.ensemble["training"]
    state.ens_start, state.ens_log_k = None, round(float(np.log10(state.ensemble["members"])), 1)


def start_values() -> tuple[float, int]:
    """The sliders' first values: kept while the nets stay, so that no chart is rebuilt under the reader's hand."""
    state, chosen = st.session_state, st.session_state.ensemble
    nets = (chosen["depth"], chosen["training"])
    if state.ens_start is None or state.ens_start[0] != nets:
        state.ens_start = (nets, chosen["rate"], chosen["image"])
    return state.ens_start[1:]


def take_report(selection: dict) -> None:
    """Note what a chart reports when the reader pauses."""
    chosen = st.session_state.ensemble
    if picked := selection.get("rate"):
        chosen["rate"] = nearest(picked[0]["p"], RATES)
    if picked := selection.get("image"):
        chosen["image"] = int(picked[0]["i"])
    if picked := selection.get("log"):
        chosen["members"] = nearest(10 ** picked[0]["k"], COUNTS)
    ui.write_params(chosen, DEFAULTS)


# --- the essay -------------------------------------------------------------------------------------------------------


def estimate(e: Estimate, places: int) -> str:
    """A difference with its 95 % interval, in words."""
    return around(e.mean, e.low, e.high, places)


@st.fragment
def one_tiny_net() -> None:
    chosen = st.session_state.ensemble
    listed = ", ".join(map(str, CLASSES[:-1])) + f" or {CLASSES[-1]}"
    st.header(f"All {SUBNETWORKS} of them")
    st.markdown(
        f"A net so small that every subnetwork can be run: {SIDE} × {SIDE} pixels in, one of three digits out "
        f"({listed}), {sum(SHAPES[1])} hidden units between. It was trained with dropout at the rate you set, another "
        "net for each rate. Each subnetwork counts as much as it is probable: nothing below is sampled."
    )
    with st.container(horizontal=True, gap="large"):
        st.segmented_control("Hidden layers", DEPTHS, format_func=DEPTHS.get, key="ens_depth", required=True)
        hint = "Other first weights, images in another order, other masks."
        st.number_input("Training", 0, SEEDS - 1, key="ens_training", help=hint, width=140)
    chosen["depth"], chosen["training"] = str(st.session_state.ens_depth), int(st.session_state.ens_training)
    nets = st.session_state.ens_depth, chosen["training"]
    outputs, _ = tiny_charts(*nets, *start_values())
    picture, words = screen()
    with picture:
        alt = "The picked image in 7 by 7 pixels; below it a histogram of the probability that each subnetwork gives "
        alt += "the true digit; below that, on the same axis, their arithmetic and geometric means and the scaled pass."
        event = draw(outputs, "ens_outputs", alt, on_select="rerun", selection_mode=["image", "rate"])
        take_report(event.selection)
    with words:
        three_answers(enumerated(*nets)[RATES.index(chosen["rate"])], chosen["rate"])
    how_often(nets, start_values(), chosen["rate"])


def three_answers(found: Ensemble, p: float) -> None:
    st.markdown("Blue: what the subnetworks say. Three ways to make one answer of it:")
    st.markdown("**Arithmetic mean** of their probabilities, as when an ensemble votes:")
    st.latex(r"\bar{P}(c) = \sum_m P(m)\, P_m(c)")
    st.markdown("**Geometric mean**, normalised, in which a subnetwork’s firm *no* weighs heavily:")
    st.latex(r"\tilde{P}(c) \propto \prod_m P_m(c)^{P(m)}")
    sure, mean = (100 * sureness(p) for p in (found.averages.scaled, found.averages.arithmetic))
    st.markdown(
        f"**One scaled pass**: every unit kept, as at inference; one pass in place of {SUBNETWORKS}. At p = {p:.1f} it "
        f"gives its answer {sure:.0f} % on average over these {SHOWN} images, the arithmetic mean {mean:.0f} %."
    )
    small("The last line under the chart is what the one pass is off by. Look for an image where the answers part.")


@drawn_once
def how_often(nets: tuple[int, int], start: tuple[float, int], p: float) -> None:
    depth = nets[0]
    st.subheader("How often is each right?")
    picture, words = screen()
    with picture:
        said = ", ".join(f"{name} {reading.small(depth, p, way).mean:.1f} %" for way, name in reading.WAYS.items())
        alt = f"Share of images that each way to answer gets right, with 95 % intervals: {said}."
        draw(tiny_charts(*nets, *start)[1], "ens_right", alt)
    with words:
        alone, scaled = (reading.small(depth, p, way) for way in ("alone", "scaled"))
        st.markdown(
            f"Over all {len(digits().labels)} validation images and {SEEDS} trainings. At p = {p:.1f} a subnetwork "
            f"alone is right on {alone.mean:.0f} % of the images, the scaled pass on {scaled.mean:.0f} %."
        )
        gain = reading.small_gain(depth, p)
        verdict = "is right more often than" if gain.mean > 0 else "is right less often than"
        said = verdict if gain.clear else "cannot be told from"
        st.markdown(f"The arithmetic mean {said} the scaled pass: {estimate(gain, 1)} points, paired by training.")
        small("In brackets everywhere: 95 % intervals. Here they are over the trainings.")


@drawn_once
def where_exact() -> None:
    st.header("Where one pass is exact")
    exact = max(reading.small(1, rate, "gap_geometric").mean for rate in RATES)
    st.markdown(
        "For one softmax layer (it makes probabilities of its outputs) with dropout on its inputs, the scaled pass "
        "**is** the geometric mean (Baldi & Sadowski 2013). A net with one hidden layer ends in just that: h is what "
        r"its hidden units hold, M their mask, and $\odot$ multiplies entry by entry."
    )
    st.latex(r"\tilde{P} = \mathrm{softmax}\big(\mathbb{E}[\log P_m]\big)")
    st.latex(r"= \mathrm{softmax}\big(\mathbb{E}\big[\tfrac{h \odot M}{1-p}\big] W + b\big)")
    st.latex(r"= \mathrm{softmax}(hW + b)")
    st.markdown(
        f"Measured with one hidden layer: a mean difference of at most **{exact:.0e}** at any rate, which is rounding. "
        "A second hidden layer puts a ReLU behind the sum, and the equality is gone."
    )
    charts = gap_charts()
    half = {(d, m): 100 * reading.small(d, 0.5, f"gap_{m}").mean for d in SHAPES for m in charts}
    for column, (mean, spec) in zip(st.columns(2, gap="large"), charts.items(), strict=True):
        with column:
            st.markdown(f"**Scaled pass against the {mean} mean**")
            said = ", ".join(f"{half[depth, mean]:.1f} with {depth} hidden" for depth in SHAPES)
            draw(spec, f"ens_{mean}", f"Mean gap in points of probability, by rate. At rate 0.5: {said}.")
    st.markdown(
        f"With two layers at p = 0.5, the scaled pass is {half[2, 'geometric']:.1f} points from the geometric mean and "
        f"{half[2, 'arithmetic']:.1f} from the arithmetic one. **It stands for a geometric mean, and closely; "
        "less closely for the vote of an ensemble.**"
    )
    small(
        f"Means over {SEEDS} trainings, {len(digits().labels)} images and {len(CLASSES)} digits; bands: 95 % intervals "
        "over the trainings. Three layers of 4 learn little at high rates: where all subnetworks say the same, no two "
        "averages can differ."
    )


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
    charts = sampled_charts(st.session_state.ens_log_k)
    for column, measure in zip(st.columns(2, gap="large"), ("error", "loss"), strict=True):
        line, scaled = reading.curve("subnetworks", measure), reading.scaled(measure)
        report = {"on_select": "rerun", "selection_mode": ["log"]} if measure == "error" else {}
        with column:
            st.markdown(f"**{measure.capitalize()} of the average**")
            alt = f"{measure} of the average of k subnetworks: {line.mean[0]:.3g} at k = 1, {line.mean[-1]:.3g} at "
            alt += f"k = {COUNTS[-1]:,}; the scaled pass as a dashed line at {scaled.mean:.3g}."
            event = draw(charts[measure], f"ens_mc_{measure}", alt, **report)
            if report:
                take_report(event.selection)
    how_many(st.session_state.ensemble["members"])


def how_many(k: int) -> None:
    last = COUNTS[-1]
    images = len(service.digits("mnist-5k").validation_labels)
    at_k, at_last = (reading.against_scaled(n, "error") for n in (k, last))
    st.markdown(
        f"**Errors.** Average minus scaled pass, on the same {images:,} images: {estimate(at_k, 2)} points at "
        f"k = {k:,}, {estimate(at_last, 2)} at k = {last:,}. **{sentence(reading.apart('error'))}** "
        f"Srivastava et al. (2014, Fig. 11) found theirs even from about {FIGURE_11_EVEN}."
    )
    loss = reading.against_scaled(last, "loss")
    cost = f"{estimate(loss, 3)} nats at k = {last:,}, for {last:,} passes"
    st.markdown(f"**Loss.** {sentence(reading.apart('loss'))} Average minus scaled pass: {cost}.")
    small(
        f"Lines: means of {DRAWS['subnetworks']} draws, band: 90 % of them. Dashed: the scaled pass, with its 95 % "
        "interval over the images. Other images would move both lines together: the verdicts are from differences on "
        "the same images. That two cannot be told apart is not to say that they are the same. "
        f"{NATS}"
    )


@drawn_once
def forest(log_k: float) -> None:
    st.header("Like a forest?")
    st.markdown(
        "A random forest averages trees, each grown on its own sample of the images. Here it stands beside the sampled "
        "subnetworks, on the same images: single members at the left end, averages towards the right."
    )
    by_number, alike = forest_charts(log_k)
    sub, trees = reading.curve("subnetworks"), reading.curve("trees")
    pairs = {(m, kind): reading.alike(kind, m) for m in ("disagreement", "correlation") for kind in DRAWS}
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Error by number of members**")
        alt = f"Error by number of members: trees from {trees.mean[0]:.0f} % to {trees.mean[-1]:.1f} %, subnetworks "
        draw(by_number, "ens_forest", alt + f"from {sub.mean[0]:.0f} % to {sub.mean[-1]:.1f} %.")
    with right:
        st.markdown("**How alike are two members?**")
        said = "; ".join(f"{NAMES[m]}, {NAMES[kind]}: {e.mean:.2f}" for (m, kind), e in pairs.items())
        draw(alike, "ens_alike", f"How alike two members are. {said}.")
    apart = {kind: 100 * pairs["disagreement", kind].mean for kind in DRAWS}
    st.markdown(
        f"One tree errs on {trees.mean[0]:.0f} % of the images, {TREES} on {trees.mean[-1]:.1f} %; one subnetwork on "
        f"{sub.mean[0]:.0f} %, {TREES} on {sub.at(TREES)[0]:.1f} %. So averaging divides the trees’ error by "
        f"{trees.mean[0] / trees.mean[-1]:.1f} and the subnetworks’ by {sub.mean[0] / sub.at(TREES)[0]:.1f}. It "
        f"cancels what members do *not* share: two trees answer differently on {apart['trees']:.0f} % of the images, "
        f"two subnetworks, cut from the same weights, on {apart['subnetworks']:.0f} %."
    )
    right_and_wrong(sub, trees, pairs)


def right_and_wrong(sub: Curve, trees: Curve, pairs: dict) -> None:
    gained = {name: 100 * curve.gained(EARLY) for name, curve in (("sub", sub), ("trees", trees))}
    err = {kind: pairs["correlation", kind].mean for kind in DRAWS}
    st.markdown(
        f"- **What the analogy gets right:** the average beats its members, and soon: with {EARLY} of them, "
        f"{gained['sub']:.0f} % of the subnetworks’ gain is there, and {gained['trees']:.0f} % of the trees’.\n"
        "- **Where it fails:** trees are grown apart. Subnetworks share every weight: each is good alone, they err "
        f"together (correlation {err['subnetworks']:.2f}, trees {err['trees']:.2f}), and their average gains less. "
        "And a forest has to be run whole: nothing in it stands for all trees as the one scaled pass, at "
        f"{reading.scaled('error').mean:.1f} %, stands for all subnetworks."
    )
    small(
        "Correlation: over the images, of two members’ being wrong, the mean over pairs; intervals over the images. "
        f"{DRAWS['trees']} forests with scikit-learn’s defaults, on raw pixels."
    )


def main() -> None:
    ui.open_page()
    begin()
    st.title("An ensemble in one net")
    ui.show_param_notes(tuple(DEFAULTS))
    st.markdown(
        "Every mask leaves another subnetwork. Training with dropout trains them all, and they share one set of "
        "weights; at inference, **one scaled pass is to speak for all**. Does it?"
    )
    try:
        digits()  # first: what a fragment raises stays in the fragment
    except DataError as error:
        st.error(f"This page needs images: {error}.", icon=":material/error:")
        st.stop()
    one_tiny_net()
    where_exact()
    sampled()
    forest(st.session_state.ens_log_k)
    ui.link_sliders()
    ui.next_page("ensemble")


main()
