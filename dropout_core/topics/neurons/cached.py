"""Cached computations shared by all sessions: the costs of removing neurons, charts, and sheets of features."""

from typing import Any

import numpy as np
import streamlit as st

from dropout_core.charts.theme import ARM_COLOURS
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.inference import pixels
from dropout_core.numerics.statistics import interval
from dropout_core.reference import nets
from dropout_core.topics.neurons import (
    charts_ablation,
    features,
    findings,
    reconstruction,
    tile_text,
    tiles,
)
from dropout_core.topics.neurons.ablation import MEASURES, Costs, single_costs
from dropout_core.topics.neurons.tiles import Tiles
from dropout_core.ui import server
from dropout_core.ui.layout import extract_datasets

LETTERS = dict(zip(ARMS, "nd", strict=True))  # letters for the nets in links that name removed neurons
TITLES = dict(zip(ARMS, ("Without dropout", "With dropout"), strict=True))
SHEET_COLUMNS = {"16": 4, "64": 8, "256": 16}  # number of columns, keyed by the number of features shown


@st.cache_data(show_spinner="Removing every neuron in turn…")
def costs() -> dict[str, Costs]:
    """Measure the cost of each neuron in the two packaged nets, on 1,000 validation images."""
    digits = server.validation("mnist-5k")
    x = pixels(digits.images)
    return {arm: single_costs(nets.load(arm).net, x, digits.labels) for arm in ARMS}


def tested() -> int:
    """Return the number of images on which the two packaged nets are evaluated."""
    return len(server.validation("mnist-5k").labels)


@st.cache_resource
def shown_tiles() -> dict[str, Tiles]:
    images = server.validation("mnist-5k").images
    return {arm: tiles.choose(nets.load(arm).net, images, cost) for arm, cost in costs().items()}


@st.cache_data(show_spinner=False)
def about_tiles() -> str:
    """Describe how the features of the two nets differ, and what a neuron's firing tells about its cost."""
    images, both = server.validation("mnist-5k").images, {arm: nets.load(arm).net for arm in ARMS}
    used = {arm: tile_text.living(net, images) for arm, net in both.items()}
    autoencoder = {arm: float(np.mean(values)) for arm, values in features.by_seed("pixels").items()}
    compared = tile_text.features(used, autoencoder, both[ARMS[0]].sizes[1])
    return f"{compared} {tile_text.firing(shown_tiles()[ARMS[0]])}".strip()


def tile_names() -> set[str]:
    """Return the names of all neurons shown as tiles, as written in links."""
    return {f"{LETTERS[arm]}{i + 1}" for arm, shown in shown_tiles().items() for i in shown.neurons}


def most_important() -> str:
    """Return the most costly neuron among each net's tiles, as written in links."""
    worst = {arm: shown.neurons[shown.costs.argmax()] for arm, shown in shown_tiles().items()}
    return ".".join(f"{LETTERS[arm]}{i + 1}" for arm, i in worst.items())


@st.cache_resource
def tiles_data() -> dict[str, Any]:
    """Collect the data that the browser needs to show and remove the tiles."""
    digits, shown = server.validation("mnist-5k"), shown_tiles()
    exciting = sorted({n for each in shown.values() for images in each.excite for n in images})
    return {
        "labels": tiles.encode(digits.labels.astype(np.uint8)),
        "images": tiles.images_picture(digits.images[exciting]),
        "columns": tiles.COLUMNS,
        "nets": [_net_data(arm, {n: place for place, n in enumerate(exciting)}) for arm in ARMS],
    }


def _net_data(arm: str, places: dict[int, int]) -> dict[str, Any]:
    net, images, shown = nets.load(arm).net, server.validation("mnist-5k").images, shown_tiles()[arm]
    return {
        "key": LETTERS[arm],
        "title": TITLES[arm],
        "colour": ARM_COLOURS[arm],
        "sheet": tiles.weights_picture(net, images, shown),
        "tiles": tiles.described(shown, places),
        **tiles.for_browser(net, images, shown),
    }


@st.cache_resource
def reconstruction_data() -> dict[str, Any]:
    """Collect the data with which the browser reconstructs ten digits without the removed neurons."""
    decoders = {arm: reconstruction.for_browser(reconstruction.load(arm)) for arm in ARMS}
    both = [
        {"title": f"Autoencoder {TITLES[arm].lower()}", "colour": ARM_COLOURS[arm], **decoder}
        for arm, decoder in decoders.items()
    ]
    return {"images": tiles.encode(reconstruction.images()), "nets": both}


@st.cache_resource(max_entries=16)
def single_chart(rank: int, measure: str) -> dict:
    ordered = {m: {arm: np.sort(c.of(m))[::-1].tolist() for arm, c in costs().items()} for m in MEASURES}
    return extract_datasets(charts_ablation.single(ordered, rank, measure))


@st.cache_resource(max_entries=16)
def removal_charts(removed: int) -> dict[str, dict]:
    """Build the charts of "costly" and "random" removal. The "costly" chart reports the slider's value to Streamlit.

    removed   the slider's initial value
    """
    counts, _, curves = findings.removal()
    costly, random = (
        charts_ablation.removal(curves[how], counts, counts[-1], removed, how == "costly")
        for how in ("costly", "random")
    )
    return {"costly": extract_datasets(costly), "random": random}


@st.cache_resource
def seeds_chart() -> dict:
    costs_by_arm = {}
    for comparison, name in findings.names().items():
        values = findings.by_arm(comparison, "worst_accuracy")
        costs_by_arm[name] = {arm: (v, *interval(v)) for arm, v in values.items()}
    return charts_ablation.seeds(costs_by_arm)


@st.cache_data(max_entries=8)
def feature_sheet(arm: str, shown: str) -> np.ndarray:
    """Draw the grid of features, scaled up by an integer factor because browsers blur small images."""
    image = features.sheet(features.features(arm)[: int(shown)], SHEET_COLUMNS[shown])
    factor = max(1, 640 // len(image))
    return image.repeat(factor, 0).repeat(factor, 1)
