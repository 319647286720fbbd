"""Cached computations shared by all sessions."""

import numpy as np
import streamlit as st

from dropout_core.charts.theme import DROPOUT, NEUTRAL
from dropout_core.data.published import FIGURE_11_EVEN
from dropout_core.topics.ensemble import charts_averaging, charts_subnetworks, findings
from dropout_core.topics.ensemble.averages import Ensemble, enumerate_subnetworks
from dropout_core.topics.ensemble.study import COUNTS, LOG_STEP, RATES
from dropout_core.topics.ensemble.tiny_net import CLASSES, SHAPES, SmallDigits, small_digits, train
from dropout_core.ui import server
from dropout_core.ui.layout import extract_datasets

SHOWN = 12  # number of selectable images: the first four of each digit


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


@st.cache_data(show_spinner=False)
def originals() -> np.ndarray:
    """Return the selectable images in 28 × 28 pixels, in the same order as images()."""
    whole = server.digits("mnist-5k")
    return whole.validation_images[np.isin(whole.validation_labels, CLASSES)][_places(digits().labels)]


@st.cache_resource(max_entries=64, show_spinner="Training seven tiny nets, and running all their subnetworks…")
def enumerated(depth: int, seed: int) -> list[Ensemble]:
    """For each rate in RATES, train a network and run all its subnetworks on the selectable images."""
    data, (x, labels) = digits(), images()
    nets = [train(data.train_images, data.train_labels, SHAPES[depth], rate, seed) for rate in RATES]
    return [enumerate_subnetworks(net, x, labels, rate) for net, rate in zip(nets, RATES, strict=True)]


@st.cache_resource(max_entries=64, show_spinner=False)
def tiny_charts(depth: int, seed: int, rate: float, image: int) -> tuple[dict, dict]:
    """Draw the outputs of all subnetworks, and the accuracy of each prediction method.

    rate and image are the sliders' initial values.
    """
    x, labels = images()
    by_way = {way: [findings.tiny_nets(depth, r, way) for r in RATES] for way in findings.WAYS}
    return (
        extract_datasets(charts_subnetworks.outputs(x, labels, CLASSES, enumerated(depth, seed), RATES, rate, image)),
        charts_averaging.right(findings.WAYS, by_way, RATES, rate, len(digits().labels)),
    )


@st.cache_resource(show_spinner=False)
def gap_charts() -> dict[str, dict]:
    """Draw the gap between the scaled pass and each of the two means, geometric and arithmetic."""
    gaps = {
        mean: {depth: [findings.tiny_nets(depth, rate, f"gap_{mean}") for rate in RATES] for depth in SHAPES}
        for mean in ("geometric", "arithmetic")
    }
    highest = 100 * max(e.high for by_depth in gaps.values() for by_rate in by_depth.values() for e in by_rate)
    return {mean: charts_averaging.gaps(by_depth, RATES, float(np.ceil(highest))) for mean, by_depth in gaps.items()}


@st.cache_resource(max_entries=64, show_spinner=False)
def sampled_charts(log_k: float) -> dict[str, dict]:
    """Draw the error and loss of the average of k sampled subnetworks minus those of the scaled pass.

    log_k is the sliders' initial value.
    """
    error, loss = ([findings.minus_scaled(k, measure) for k in COUNTS] for measure in ("error", "loss"))
    slider = charts_averaging.members(log_k, LOG_STEP, "error", reports=True)
    plain = charts_averaging.members(log_k, LOG_STEP, "loss")
    return {
        "error": extract_datasets(
            charts_averaging.minus_scaled(COUNTS, error, "points of error", ".2f", slider, FIGURE_11_EVEN)
        ),
        "loss": charts_averaging.minus_scaled(COUNTS, loss, "nats", ".3f", plain),
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def forest_charts(log_k: float) -> tuple[dict, dict]:
    """Draw the error of averages of k subnetworks or trees, and the similarity of two subnetworks or two trees."""
    lines = [
        charts_averaging.Line(findings.curve("subnetworks"), "subnetworks", DROPOUT, [1, 0]),
        charts_averaging.Line(findings.curve("trees"), "trees", NEUTRAL, [8, 3]),
    ]
    slider, scaled = charts_averaging.members(log_k, LOG_STEP, "forest"), findings.scaled("error")
    by_measure = {m: {kind: findings.similarity(kind, m) for kind in findings.MEMBERS} for m in findings.SIMILARITY}
    return (
        charts_averaging.averaging(lines, scaled, "error, % (log scale)", ".1f", [4, 60], slider),
        charts_averaging.similarity(by_measure, findings.SIMILARITY | findings.MEMBERS),
    )
