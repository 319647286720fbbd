"""What the Ensemble page shows, worked out once for all readers: tiny nets run whole, charts, settled screens."""

import numpy as np
import streamlit as st

from dropout_core.charts.theme import DROPOUT, NEUTRAL
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.topics.ensemble import charts_averaging as curves
from dropout_core.topics.ensemble import charts_subnetworks as pictures
from dropout_core.topics.ensemble import findings as reading
from dropout_core.topics.ensemble.averages import Ensemble, enumerate_subnetworks
from dropout_core.topics.ensemble.figures import Curve
from dropout_core.topics.ensemble.study import DRAWS, LOG_STEP, RATES, SEEDS, TREES
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES, SmallDigits, small_digits, train
from dropout_core.ui import server
from dropout_core.ui.layout import cached_output, draw, extract_datasets, formula, small, text

SHOWN = 12  # images to pick from: the first four of each digit
EARLY = 32  # members that show how soon the gain comes
NAMES = {
    "subnetworks": "two subnetworks",
    "trees": "two trees",
    "disagreement": "answers differ",
    "correlation": "errors correlate",
}


@st.cache_resource(show_spinner=False)
def digits() -> SmallDigits:
    return small_digits(server.digits("mnist-5k"))


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
        extract_datasets(pictures.outputs(x, labels, CLASSES, enumerated(depth, seed), RATES, rate, image)),
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
        "error": extract_datasets(
            curves.averaging(lines["error"], error, "error, %", ".1f", [5, 16], reports, theirs, own)
        ),
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


@cached_output
def where_exact() -> None:
    st.header("Where one pass is exact")
    exact = max(reading.small(1, rate, "gap_geometric").value for rate in RATES)
    text(
        "For one softmax layer (it makes probabilities of its outputs) with dropout on its inputs, the scaled pass "
        "**is** the geometric mean (Hinton et al. 2012; for one logistic unit, Baldi & Sadowski 2013). A net with one "
        r"hidden layer ends in just that: h is what its hidden units hold, M their mask, and $\odot$ multiplies entry "
        "by entry.",
        formula(r"\tilde{P} = \mathrm{softmax}\big(\mathbb{E}[\log P_m]\big)"),
        formula(r"= \mathrm{softmax}\big(\mathbb{E}\big[\tfrac{h \odot M}{1-p}\big] W + b\big)"),
        formula(r"= \mathrm{softmax}(hW + b)"),
        f"Measured with one hidden layer: a mean difference of at most **{exact:.0e}** at any rate, which is rounding. "
        "A second hidden layer puts a ReLU behind the sum, and the equality is gone.",
    )
    charts = gap_charts()
    half = {(d, m): 100 * reading.small(d, 0.5, f"gap_{m}").value for d in SHAPES for m in charts}
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


@cached_output
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
        said = "; ".join(f"{NAMES[m]}, {NAMES[kind]}: {e.value:.2f}" for (m, kind), e in pairs.items())
        draw(alike, "ens_alike", f"How alike two members are. {said}.")
    apart = {kind: 100 * pairs["disagreement", kind].value for kind in DRAWS}
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
    err = {kind: pairs["correlation", kind].value for kind in DRAWS}
    st.markdown(
        f"- **What the analogy gets right:** the average beats its members, and soon: with {EARLY} of them, "
        f"{gained['sub']:.0f} % of the subnetworks’ gain is there, and {gained['trees']:.0f} % of the trees’.\n"
        "- **Where it fails:** trees are grown apart. Subnetworks share every weight: each is good alone, they err "
        f"together (correlation {err['subnetworks']:.2f}, trees {err['trees']:.2f}), and their average gains less. "
        "And a forest has to be run whole: nothing in it stands for all trees as the one scaled pass, at "
        f"{reading.scaled('error').value:.1f} %, stands for all subnetworks."
    )
    small(
        "Correlation: over the images, of two members’ being wrong, the mean over pairs; intervals over the images. "
        f"{DRAWS['trees']} forests with scikit-learn’s defaults, on raw pixels."
    )
