"""Cached computations shared by all sessions: the costs of removing neurons, charts, and sheets of features."""

from typing import Any

import numpy as np
import streamlit as st

from dropout_core.charts.theme import ARM_COLOURS
from dropout_core.data.published import FIGURE_8_MEANS
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics.inference import pixels
from dropout_core.numerics.statistics import interval
from dropout_core.reference import nets
from dropout_core.topics.neurons import charts_ablation, charts_activity, features, findings, tiles
from dropout_core.topics.neurons.ablation import MEASURES, Costs, single_costs
from dropout_core.topics.neurons.tiles import Tiles
from dropout_core.ui import server
from dropout_core.ui.layout import extract_datasets

LETTERS = dict(zip(ARMS, "nd", strict=True))  # stand for the nets in links to removed neurons
TITLES = dict(zip(ARMS, ("Without dropout", "With dropout"), strict=True))
SHEET_COLUMNS = {"16": 4, "64": 8, "256": 16}  # number of columns, keyed by the number of features shown


@st.cache_data(show_spinner="Removing every neuron in turn…")
def costs() -> dict[str, Costs]:
    """Measure the cost of each neuron in the two packaged nets, on 1,000 validation images."""
    digits = server.validation("mnist-5k")
    x = pixels(digits.images)
    return {arm: single_costs(nets.load(arm).net, x, digits.labels) for arm in ARMS}


@st.cache_resource
def shown_tiles() -> dict[str, Tiles]:
    images = server.validation("mnist-5k").images
    return {arm: tiles.choose(nets.load(arm).net, images, cost) for arm, cost in costs().items()}


def tile_names() -> set[str]:
    """Return the names of all tiles' neurons, as in links."""
    return {f"{LETTERS[arm]}{i + 1}" for arm, shown in shown_tiles().items() for i in shown.neurons}


def most_important() -> str:
    """Return the most costly of each net's tiles, as in links."""
    worst = {arm: shown.neurons[shown.costs.argmax()] for arm, shown in shown_tiles().items()}
    return ".".join(f"{LETTERS[arm]}{i + 1}" for arm, i in worst.items())


@st.cache_resource
def tiles_data() -> dict[str, Any]:
    """Collect what the browser needs to show the tiles and to remove them."""
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
def activity_chart() -> dict:
    return charts_activity.activity(*features.mean_activity(), FIGURE_8_MEANS, features.BIN)


@st.cache_resource
def seeds_chart() -> dict:
    costs_by_arm = {}
    for comparison, name in findings.NAMES.items():
        values = findings.by_arm(comparison, "worst_accuracy")
        costs_by_arm[name] = {arm: (v, *interval(v)) for arm, v in values.items()}
    return charts_ablation.seeds(costs_by_arm, "points of accuracy that the worst neuron costs")


@st.cache_data(max_entries=8)
def feature_sheet(arm: str, shown: str) -> np.ndarray:
    """Draw the grid of features, scaled up by an integer factor because browsers blur small images."""
    image = features.sheet(features.features(arm)[: int(shown)], SHEET_COLUMNS[shown])
    factor = max(1, 640 // len(image))
    return image.repeat(factor, 0).repeat(factor, 1)
