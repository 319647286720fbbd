"""Cached computations shared by all sessions."""

import numpy as np
import streamlit as st

from dropout_core.charts.theme import AVERAGED, NEUTRAL
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.topics.ensemble import charts_averaging, charts_subnetworks, findings
from dropout_core.topics.ensemble.averages import Ensemble, enumerate_subnetworks
from dropout_core.topics.ensemble.members import subnetwork_outputs
from dropout_core.topics.ensemble.study import RATES
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES, SIDE, SmallDigits, small_digits, train
from dropout_core.ui import server
from dropout_core.ui.layout import extract_datasets

SHOWN = 12  # number of selectable images: the first four of each digit
PICTURED = 12  # number of subnetworks that are shown as pictures
_DRAWS_SEED = 0


@st.cache_resource(show_spinner=False)
def digits() -> SmallDigits:
    """Return the images on which the tiny networks are trained and evaluated."""
    return small_digits(server.digits("mnist-5k"))


@st.cache_data(show_spinner=False)
def images() -> tuple[np.ndarray, np.ndarray]:
    """Return the selectable images, ordered so that the digits alternate, and their labels as indices into CLASSES."""
    places = _places(digits().labels)
    return digits().images[places], digits().labels[places]


def _places(labels: np.ndarray) -> np.ndarray:
    by_class = [np.flatnonzero(labels == c)[: SHOWN // len(CLASSES)] for c in range(len(CLASSES))]
    return np.stack(by_class, axis=1).ravel()


@st.cache_resource(max_entries=64, show_spinner="Training tiny nets, and running all their subnetworks…")
def tiny_nets(depth: int, seed: int) -> tuple[list[Ensemble], np.ndarray]:
    """Train one network for each rate that is offered, and run all its subnetworks on the selectable images.

    Also returns the outputs [rates, members, images, classes] of the subnetworks that are shown as pictures.
    """
    data, (x, labels), rates = digits(), images(), findings.offered_rates(depth, seed)
    nets = [train(data.train_images, data.train_labels, SHAPES[depth], rate, seed) for rate in rates]
    pairs = [*zip(nets, rates, strict=True)]
    by_layer = np.split(pictured(), np.cumsum(SHAPES[depth])[:-1], axis=1)
    some = [subnetwork_outputs(net, x, tuple(keep_mask(u, p) for u in by_layer), p) for net, p in pairs]
    return [enumerate_subnetworks(net, x, labels, p) for net, p in pairs], np.stack(some)


def pictured() -> np.ndarray:
    """Return the random draws [members, units] for the subnetworks shown as pictures. All networks share the draws."""
    return uniforms((PICTURED, sum(SHAPES[1])), _DRAWS_SEED)


@st.cache_resource(max_entries=64, show_spinner=False)
def tiny_charts(depth: int, seed: int, rate: float, image: int) -> tuple[dict, dict]:
    """Draw the outputs of all subnetworks, and the accuracy of each prediction method.

    rate and image are the sliders' initial values.
    """
    x, labels = images()
    rates = findings.averaged_rates(depth)
    by_way = {way: [findings.tiny_nets(depth, r, way) for r in rates] for way in findings.WAYS}
    by_rate, some = tiny_nets(depth, seed)
    shown = charts_subnetworks.Shown(
        pictures=np.rint(255 * x).astype(int).reshape(-1, SIDE, SIDE),
        labels=[CLASSES[label] for label in labels],
        classes=CLASSES,
        rates=findings.offered_rates(depth, seed),
        by_rate=by_rate,
        draws=pictured(),
        outputs=some,
        hidden=SHAPES[depth],
    )
    return (
        extract_datasets(charts_subnetworks.outputs(shown, rate, image)),
        charts_averaging.right(findings.WAYS, by_way, rates, rate, len(digits().labels)),
    )


@st.cache_resource(show_spinner=False)
def gap_charts() -> dict[str, dict]:
    """Draw the gap between the scaled pass and each of the two means, geometric and arithmetic."""
    gaps = {
        mean: {d: [findings.tiny_nets(d, r, f"gap_{mean}") for r in findings.averaged_rates(d)] for d in SHAPES}
        for mean in ("geometric", "arithmetic")
    }
    highest = 100 * max(e.high for by_depth in gaps.values() for by_rate in by_depth.values() for e in by_rate)
    return {mean: charts_averaging.gaps(by_depth, RATES, float(np.ceil(highest))) for mean, by_depth in gaps.items()}


@st.cache_resource(max_entries=64, show_spinner=False)
def sampled_charts(k: int) -> dict[str, dict]:
    """Draw the error and loss of the average of k sampled subnetworks minus those of the scaled pass.

    k is the number of members that is chosen initially.
    """
    error, loss = (
        {k: p.estimate for k, p in findings.averages_minus_scaled(measure).items()} for measure in ("error", "loss")
    )
    control = charts_averaging.members(k, findings.counts(), reports=True)
    follower = charts_averaging.members(k, findings.counts())
    return {
        "error": extract_datasets(
            charts_averaging.minus_scaled(error, "points of error", ".2f", control, FIGURE_11_EVEN)
        ),
        "loss": charts_averaging.minus_scaled(loss, "nats", ".3f", follower),
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def forest_charts(k: int) -> tuple[dict, dict]:
    """Draw the error of averages of k subnetworks or trees, and the similarity of two subnetworks or two trees.

    k is the number of members that is chosen initially.
    """
    lines = [
        charts_averaging.Line(findings.curve("subnetworks"), "subnetworks", AVERAGED),
        charts_averaging.Line(findings.curve("trees"), "trees", NEUTRAL),
    ]
    follower, scaled = charts_averaging.members(k, findings.counts()), findings.scaled("error")
    by_measure = {m: {kind: findings.similarity(kind, m) for kind in findings.MEMBERS} for m in findings.SIMILARITY}
    return (
        charts_averaging.averaging(lines, scaled, "error, % (log scale)", ".1f", [4, 60], follower),
        charts_averaging.similarity(by_measure, findings.SIMILARITY | findings.MEMBERS),
    )
