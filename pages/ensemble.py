"""Ensemble: all subnetworks of a tiny trained net against its one scaled pass; sampled ones, and a forest, beside it."""

import numpy as np
import streamlit as st

from dropout_core import ensemble_reading as reading
from dropout_core import service, ui
from dropout_core.charts import ensemble as pictures
from dropout_core.charts import ensemble_members as curves
from dropout_core.charts.theme import DROPOUT, NEUTRAL
from dropout_core.datasets import DataError
from dropout_core.ensemble import Ensemble, enumerate_subnetworks
from dropout_core.ensemble_net import CLASSES, SHAPES, small_digits, train
from dropout_core.ensemble_run import DRAWS, LOG_STEP, RATES, SEEDS, TREES

SEED = 0
SHOWN = 12  # images to pick from: the first four of each digit
DEPTHS = {1: "1 layer of 12", 2: "2 layers of 6", 3: "3 layers of 4"}
DEFAULTS = {"depth": "2", "rate": 0.5, "image": 1}
NAMES = {
    "subnetworks": "two subnetworks",
    "trees": "two trees",
    "disagreement": "answers differ",
    "correlation": "errors correlate",
}

# --- computed once, for all readers ----------------------------------------------------------------------------------


@st.cache_data(show_spinner=False)
def images() -> tuple[np.ndarray, np.ndarray]:
    """The images to pick from, and the places of their digits in CLASSES, digit by digit in turn."""
    digits = small_digits(service.digits("mnist-5k"))
    picked = np.stack([np.flatnonzero(digits.labels == c)[: SHOWN // len(CLASSES)] for c in range(len(CLASSES))])
    return digits.images[picked.T.ravel()], digits.labels[picked.T.ravel()]


@st.cache_resource(show_spinner="Training seven tiny nets, and running all their subnetworks…")
def enumerated(depth: int) -> list[Ensemble]:
    """For each rate, a net trained with it: its subnetworks on the images to pick from."""
    digits, (x, labels) = small_digits(service.digits("mnist-5k")), images()
    nets = [train(digits.train_images, digits.train_labels, SHAPES[depth], rate, SEED) for rate in RATES]
    return [enumerate_subnetworks(net, x, labels, rate) for net, rate in zip(nets, RATES, strict=True)]


@st.cache_resource(max_entries=64, show_spinner=False)
def tiny_charts(depth: int, rate: float, image: int) -> tuple[dict, dict]:
    x, labels = images()
    by_way = {way: [reading.small(depth, r, way) for r in RATES] for way in reading.WAYS}
    return (
        pictures.outputs(x, labels, CLASSES, enumerated(depth), RATES, rate, image),
        curves.right(reading.WAYS, by_way, RATES, rate),
    )


@st.cache_resource(show_spinner=False)
def gap_charts() -> dict[str, dict]:
    gaps = {
        mean: {depth: [reading.small(depth, rate, f"gap_{mean}") for rate in RATES] for depth in SHAPES}
        for mean in ("geometric", "arithmetic")
    }
    highest = 100 * max(e.high for by_depth in gaps.values() for found in by_depth.values() for e in found)
    return {mean: curves.gaps(by_depth, RATES, float(np.ceil(highest))) for mean, by_depth in gaps.items()}


@st.cache_resource(show_spinner=False)
def member_charts() -> dict[str, dict]:
    sampled = {
        m: curves.Line(reading.curve("subnetworks", m), "subnetworks", DROPOUT, [1, 0]) for m in ("error", "loss")
    }
    trees = curves.Line(reading.curve("trees"), "trees", NEUTRAL, [8, 3])
    error, loss = reading.scaled("error"), reading.scaled("loss")
    published, own = reading.SRIVASTAVA_EVEN, reading.crossing("error")
    alike = {m: {kind: reading.alike(kind, m) for kind in DRAWS} for m in ("disagreement", "correlation")}
    return {
        "error": curves.averaging([sampled["error"]], error, "error, %", [5, 15], LOG_STEP, published, own),
        "loss": curves.averaging([sampled["loss"]], loss, "loss, nats", [0.2, 0.5], LOG_STEP),
        "forest": curves.averaging([sampled["error"], trees], error, "error, %", [4, 60], LOG_STEP, log_y=True),
        "alike": curves.alike(alike, NAMES),
    }


# --- what the reader has chosen --------------------------------------------------------------------------------------


def nearest(rate: float) -> float:
    return min(RATES, key=lambda r: abs(r - rate))


def begin() -> None:
    """On a visit's first run: the link's settings, or where the reader left off."""
    state = st.session_state
    if "ens_depth" in state:
        return
    last = {**DEFAULTS, **state.get("ensemble", {})}
    state.ensemble = {
        "depth": ui.choice_param("depth", last["depth"], [str(depth) for depth in DEPTHS]),
        "rate": nearest(ui.number_param("rate", last["rate"], RATES[0], RATES[-1])),
        "image": ui.number_param("image", last["image"], 1, SHOWN),
    }
    state.ens_depth, state.ens_start = int(state.ensemble["depth"]), None


def start_values() -> tuple[float, int]:
    """The sliders' first values: kept while the depth stays, so that no chart is rebuilt under the reader's hand."""
    state, chosen = st.session_state, st.session_state.ensemble
    if state.ens_start is None or state.ens_start[0] != chosen["depth"]:
        state.ens_start = (chosen["depth"], chosen["rate"], chosen["image"])
    return state.ens_start[1:]


def take_report(selection: dict) -> None:
    """Note the image and the rate, which the first chart reports when the reader pauses."""
    chosen = st.session_state.ensemble
    if picked := selection.get("rate"):
        chosen["rate"] = nearest(picked[0]["p"])
    if picked := selection.get("image"):
        chosen["image"] = int(picked[0]["i"])


# --- the essay -------------------------------------------------------------------------------------------------------


def screen() -> list:
    """A picture at the left and words at the right, one above the other on a phone."""
    return st.columns([3, 2], gap="large")


def draw(spec: dict, key: str, alt: str, **report: object) -> object:
    with st.container(key=key):
        ui.controls_above(key)
        return st.vega_lite_chart(spec=spec, key=f"{key}_chart", alt=alt, **report)


def small(text: str) -> None:
    st.markdown(f":small[{text}]")


def estimate(e: reading.Estimate, form: str = ".1f") -> str:
    """A mean with its 95 % interval, in words."""
    mean, low, high = (f"{value:{form}}".replace("-", "−") for value in (e.mean, e.low, e.high))
    return f"{mean} ({low} to {high})"


@st.fragment
def one_tiny_net() -> None:
    chosen = st.session_state.ensemble
    digits = ", ".join(map(str, CLASSES[:-1])) + f" or {CLASSES[-1]}"
    st.header("All 4,096 of them")
    st.markdown(
        f"A net small enough to run every subnetwork: 7 × 7 pixels in, one of three digits out ({digits}), "
        "12 hidden units between. It was trained with dropout at the rate you set, a net for each rate. "
        "Each subnetwork counts as much as it is probable, so nothing below is sampled."
    )
    depth = st.segmented_control("Hidden layers", DEPTHS, format_func=DEPTHS.get, key="ens_depth", required=True)
    chosen["depth"] = str(depth)
    rate, image = start_values()
    outputs, right = tiny_charts(depth, rate, image)
    picture, words = screen()
    with picture:
        alt = "The picked image in 7 by 7 pixels; below it a histogram of the probability that each subnetwork gives "
        alt += "the true digit; below that, on the same axis, their arithmetic and geometric means and the scaled pass."
        event = draw(outputs, "ens_outputs", alt, on_select="rerun", selection_mode=["image", "rate"])
        take_report(event.selection)
    with words:
        three_answers()
    how_often(right, depth)
    ui.write_params(chosen, DEFAULTS)


def three_answers() -> None:
    st.markdown("Blue: what the subnetworks say. Three ways to make one answer of it:")
    st.markdown("**Arithmetic mean** of their probabilities, as when an ensemble votes:")
    st.latex(r"\bar{P}(c) = \sum_m P(m)\, P_m(c)")
    st.markdown("**Geometric mean**, normalised: a subnetwork that is sure something is *not* so weighs heavily:")
    st.latex(r"\tilde{P}(c) \propto \prod_m P_m(c)^{P(m)}")
    st.markdown(
        "**One scaled pass**: every unit kept, as at inference. One pass in place of 4,096. "
        "It tends to be surer than the arithmetic mean; the last line under the chart says by how much."
    )
    small("Pick images until you find one where the answers part. The rate p is P(drop).")


def how_often(spec: dict, depth: int) -> None:
    p = st.session_state.ensemble["rate"]
    picture, words = screen()
    with picture:
        alt = "A row for each way to answer, with the share of images it gets right and a 95 % interval: one random "
        alt += "subnetwork lies far below the two means and the scaled pass."
        draw(spec, "ens_right", alt)
    with words:
        alone, scaled = (reading.small(depth, p, way) for way in ("alone", "scaled"))
        st.markdown(
            f"Over all 300 validation images and {SEEDS} trainings: at p = {p:.1f} a subnetwork alone is right on "
            f"{alone.mean:.0f} % of them, the scaled pass on {scaled.mean:.0f} %. Together they know what none knows."
        )
        gain = reading.small_gain(depth, p)
        verdict = "more often right than" if gain.mean > 0 else "less often right than"
        said = f"is {verdict} the scaled pass" if gain.clear else "cannot be told from the scaled pass"
        st.markdown(f"The arithmetic mean {said}: {estimate(gain, '+.1f')} points, paired by training.")
        small("In brackets everywhere: 95 % intervals. Here they are over the trainings.")


def where_exact() -> None:
    st.header("Where one pass is exact")
    exact = max(reading.small(1, rate, "gap_geometric").mean for rate in RATES)
    st.markdown(
        "For one softmax layer with dropout on its inputs, the scaled pass **is** the geometric mean "
        "(Baldi & Sadowski 2013). A net with one hidden layer ends in just that."
    )
    st.latex(r"\tilde{P} = \mathrm{softmax}\big(\mathbb{E}[\log P_m]\big) = \mathrm{softmax}"
             r"\Big(\mathbb{E}\big[\tfrac{h \odot M}{1-p}\big] W + b\Big) = \mathrm{softmax}(hW + b)")  # fmt: skip
    st.markdown(
        f"Measured, with one hidden layer: a mean difference of at most **{exact:.0e}** at any rate, which is rounding. "
        "A second hidden layer puts a ReLU behind the sum, and the equality is gone."
    )
    charts = gap_charts()
    for column, (mean, spec) in zip(st.columns(2, gap="large"), charts.items(), strict=True):
        with column:
            st.markdown(f"**Scaled pass against the {mean} mean**")
            at_half = {depth: 100 * reading.small(depth, 0.5, f"gap_{mean}").mean for depth in SHAPES}
            said = ", ".join(f"{value:.1f} with {depth} hidden" for depth, value in at_half.items())
            draw(spec, f"ens_{mean}", f"Mean gap in points of probability, by rate. At rate 0.5: {said}.")
    half = {(d, m): 100 * reading.small(d, 0.5, f"gap_{m}").mean for d in SHAPES for m in charts}
    st.markdown(
        f"At p = 0.5 and two layers, it is {half[2, 'geometric']:.1f} points from the geometric mean and "
        f"{half[2, 'arithmetic']:.1f} from the arithmetic one: **the one pass stands for a geometric mean, roughly, and "
        "not for the vote of an ensemble.**"
    )
    small(
        f"Means over {SEEDS} trainings, 300 images and three digits; bands are 95 % intervals over the trainings. Three "
        "layers of 4 learn little at high rates: where every subnetwork says the same, no average can differ."
    )


def sampled() -> None:
    st.header("Sampling the subnetworks instead")
    st.markdown(
        "The net that comes with this app (784–256–128–10, trained on 4,000 images at p = 0.5) has 2³⁸⁴ subnetworks. "
        "So draw k of them and average what they say. How many does it take to do as well as the one scaled pass?"
    )
    charts = member_charts()
    band = f"band: 90 % of {DRAWS['subnetworks']} draws"
    for column, measure in zip(st.columns(2, gap="large"), ("error", "loss"), strict=True):
        line, scaled = reading.curve("subnetworks", measure), reading.scaled(measure)
        with column:
            st.markdown(f"**{measure.capitalize()}** of the average")
            alt = f"{measure} of the average of k subnetworks, falling from {line.mean[0]:.3g} at k = 1 to "
            alt += f"{line.mean[-1]:.3g} at k = 1,000; the scaled pass as a dashed line at {scaled.mean:.3g}."
            draw(charts[measure], f"ens_mc_{measure}", alt)
    error, loss = reading.crossing("error"), reading.crossing("loss")
    last = {m: reading.against_scaled(1000, m) for m in ("error", "loss")}
    st.markdown(
        f"**In errors, from k = {error.even} on** the average cannot be told from the scaled pass on the same 1,000 "
        f"images; at k = 1,000 they differ by {estimate(last['error'], '+.2f')} points. "
        f"Srivastava et al. (2014, Fig. 11) read about {reading.SRIVASTAVA_EVEN} from theirs. "
        + (f"**In loss the average is ahead from k = {loss.level} on**" if loss.level else "**In loss it never is**")
        + f", by {estimate(last['loss'], '+.3f')} nats at k = 1,000: more honest about its doubts, at a thousand "
        "times the work."
    )
    small(
        f"Lines are means, {band}; the dashed line's band is its 95 % interval over the images. That one "
        "moves both lines together, so the verdict is from differences on the same images."
    )


def forest() -> None:
    st.header("Like a forest?")
    st.markdown(
        "A random forest averages trees, each grown on its own sample of the images. Here are both, on the same 4,000 "
        "training images: single members at the left, averages towards the right."
    )
    charts = member_charts()
    sub, trees = reading.curve("subnetworks"), reading.curve("trees")
    picture, words = screen()
    with picture:
        alt = f"Error by number of members, both logarithmic: trees from {trees.mean[0]:.0f} % to {trees.mean[-1]:.1f} "
        alt += f"%, subnetworks from {sub.mean[0]:.0f} % to {sub.mean[-1]:.1f} %."
        draw(charts["forest"], "ens_forest", alt)
    with words:
        st.markdown(
            f"One tree errs on {trees.mean[0]:.0f} % of the images, {TREES} on {trees.mean[-1]:.1f} %. One subnetwork "
            f"errs on {sub.mean[0]:.0f} %, {TREES} on {sub.at(TREES)[0]:.1f} %. Averaging divides the trees’ error by "
            f"{trees.mean[0] / trees.mean[-1]:.1f}, the subnetworks’ by {sub.mean[0] / sub.at(TREES)[0]:.1f}."
        )
    picture, words = screen()
    with picture:
        pairs = {(m, kind): reading.alike(kind, m) for m in ("disagreement", "correlation") for kind in DRAWS}
        said = "; ".join(f"{NAMES[m]}, {NAMES[kind]}: {e.mean:.2f}" for (m, kind), e in pairs.items())
        draw(charts["alike"], "ens_alike", f"How alike two members are. {said}.")
    with words:
        apart, err = ({k: pairs[m, k] for k in DRAWS} for m in ("disagreement", "correlation"))
        st.markdown(
            f"Why: averaging cancels what members do *not* share. Two trees answer differently on "
            f"{100 * apart['trees'].mean:.0f} % of the images, two subnetworks, cut from the same weights, on "
            f"{100 * apart['subnetworks'].mean:.0f} %. Their errors correlate at {err['trees'].mean:.2f} and "
            f"{err['subnetworks'].mean:.2f}."
        )
    st.markdown(
        "- **What the analogy gets right:** the average is better than its members, and most of the gain is in the "
        "first few dozen.\n"
        "- **Where it fails:** trees are grown apart; subnetworks share every weight, so they are good alone, err "
        "together, and gain less. And no forest has a single pass that does nearly as well as all of it."
    )


def main() -> None:
    ui.open_page()
    begin()
    ui.roomy_formulas()
    st.title("An ensemble in one net")
    ui.show_param_notes(tuple(DEFAULTS))
    st.markdown(
        "Every mask leaves another subnetwork. Training with dropout trains them all, with one set of weights between "
        "them; at inference **one scaled pass is to speak for all**. Does it?"
    )
    try:
        one_tiny_net()
    except DataError as error:
        st.error(f"The tiny nets cannot be trained: {error}.", icon=":material/error:")
    where_exact()
    sampled()
    forest()
    ui.link_sliders()
    st.page_link("pages/training.py", label="Next: train on MNIST", icon=":material/arrow_forward:")


main()
