"""What the Neurons page shows, worked out once for all readers: costs of removal, charts, features, readings."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dropout_core.common.text import around
from dropout_core.data.published import FIGURE_8_MEANS
from dropout_core.experiments.recipe import ARMS
from dropout_core.numerics import statistics
from dropout_core.numerics.inference import pixels
from dropout_core.reference import nets
from dropout_core.topics.neurons import charts_ablation as drawn
from dropout_core.topics.neurons import charts_activity as pictures
from dropout_core.topics.neurons import features, findings
from dropout_core.topics.neurons.ablation import MEASURES, Costs, random_orders, removal, single_costs
from dropout_core.topics.neurons.findings import HOLDS, NAMES, WHAT, Reading, ablation_verdict
from dropout_core.ui import server
from dropout_core.ui.layout import cached_output, extract_datasets

SHOWN = {"16": 4, "64": 8, "256": 16}  # features: columns of the sheet
STEP = 16  # neurons between two points of the removal curves
DRAWS = 10  # random orders of removal
TITLES = {"no dropout": "Without dropout", "dropout": "With dropout"}
HEAD = "| removed | trained on | cost in | without | with | difference | claim |\n|---|---|---|---:|---:|---:|---|"


@st.cache_data(show_spinner="Removing every neuron in turn…")
def costs() -> dict[str, Costs]:
    """What each neuron of the two nets of the package costs, on the 1,000 validation images."""
    digits = server.validation("mnist-5k")
    x = pixels(digits.images)
    return {arm: single_costs(nets.load(arm).net, x, digits.labels) for arm in ARMS}


@st.cache_data(show_spinner="Removing many neurons at once…")
def curves() -> tuple[tuple[int, ...], dict[str, dict[str, dict[str, list[float]]]]]:
    """How many neurons are removed, and the accuracy then: the most costly first, and at random, by arm."""
    digits, found = server.validation("mnist-5k"), {"costly": {}, "random": {}}
    x, labels = pixels(digits.images), digits.labels
    for arm in ARMS:
        net, order = nets.load(arm).net, costs()[arm].order("accuracy")
        counts = tuple(range(0, len(order) + 1, STEP))
        found["costly"][arm] = {"mean": removal(net, x, labels, order, counts)[0].tolist()}
        draws = [removal(net, x, labels, o, counts)[0] for o in random_orders(len(order), DRAWS, 0)]
        spread = {"mean": np.mean(draws, 0), "low": np.min(draws, 0), "high": np.max(draws, 0)}
        found["random"][arm] = {name: values.tolist() for name, values in spread.items()}
    return counts, found


@st.cache_resource(max_entries=16)
def single_chart(rank: int, measure: str) -> dict:
    ordered = {m: {arm: np.sort(c.of(m))[::-1].tolist() for arm, c in costs().items()} for m in MEASURES}
    return extract_datasets(drawn.single(ordered, rank, measure))


@st.cache_resource(max_entries=16)
def removal_charts(removed: int) -> dict[str, dict]:
    """By way of removal; the first one reports how many neurons the reader removes, removed to begin with."""
    counts, found = curves()
    costly, by_chance = (
        drawn.removal(found[how], counts, counts[-1], removed, how == "costly") for how in ("costly", "random")
    )
    return {"costly": extract_datasets(costly), "random": by_chance}


@st.cache_resource
def activity_chart() -> dict:
    return pictures.activity(*features.mean_activity(), FIGURE_8_MEANS, features.BIN)


@st.cache_resource
def seeds_chart() -> dict:
    found = {}
    for comparison, name in NAMES.items():
        runs = findings.stored()["comparisons"][comparison]["runs"]
        values = {arm: [run["worst_accuracy"] for run in runs if run["arm"] == arm] for arm in ARMS}
        found[name] = {arm: (v, *statistics.interval(v)) for arm, v in values.items()}
    return drawn.seeds(found, "points of accuracy that the worst neuron costs")


@st.cache_data(max_entries=8)
def feature_sheet(arm: str, shown: str) -> np.ndarray:
    """The grid of features, enlarged to whole multiples: browsers blur small images."""
    image = features.sheet(features.features(arm)[: int(shown)], SHOWN[shown])
    times = max(1, 640 // len(image))
    return image.repeat(times, 0).repeat(times, 1)


@cached_output
def sheets(shown: str) -> None:
    """Both nets' features, so many, as pictures."""
    drawn = features.by_seed("pixels")
    sights = ("mostly speckle over the whole picture", "spots, strokes and edges, each in a place of its own")
    for column, arm, sight in zip(st.columns(2, gap="large"), ARMS, sights, strict=True):
        column.markdown(f"**{TITLES[arm]}**: {plus_minus(drawn[arm], 0)} pixels a neuron")
        alt = f"Weights of {shown} neurons of the autoencoder {TITLES[arm].lower()}, as grey squares: {sight}."
        column.image(feature_sheet(arm, shown), alt=alt, width="stretch", output_format="PNG")


def plus_minus(values: Sequence[float], digits: int = 2) -> str:
    """Mean of the seeds and the half-width of its 95 % interval."""
    low, high = statistics.interval(values)
    return f"{np.mean(values):.{digits}f} ± {(high - low) / 2:.{digits}f}"


@st.cache_data(show_spinner=False)
def every_reading() -> tuple[list[str], int]:
    """A row of the table for each measurement, and in how many of them the claim holds."""
    readings = [ablation_verdict(c, what, m) for what in WHAT for c in NAMES for m in MEASURES]
    return [row(reading) for reading in readings], sum(reading.verdict == HOLDS for reading in readings)


def row(r: Reading) -> str:
    """A line of the table."""
    d, digits = r.difference, 2 if r.measure == "accuracy" else 3
    without, with_ = (f"{r.means[arm]:.{digits}f}".replace("-", "−") for arm in ARMS)
    apart = around(d.mean, d.low, d.high, digits)
    unit = "accuracy, points" if r.measure == "accuracy" else r.measure
    return f"| {WHAT[r.what]} | {NAMES[r.comparison]} | {unit} | {without} | {with_} | {apart} | {r.verdict} |"


def in_words(arm: str, found: Costs, rank: int, measure: str) -> str:
    """The neuron of this rank: which one, the net without it, and the digit that suffers most."""
    neuron = int(found.order(measure)[rank - 1])
    first = nets.load(arm).net.sizes[1]
    place = f"neuron {neuron + 1} of layer 1" if neuron < first else f"neuron {neuron - first + 1} of layer 2"
    lost = found.right - found.right_without[neuron]
    digit = int(lost.argmax())
    hurt = f"Most hurt: the {digit}, with {lost[digit]} fewer read right." if lost[digit] > 0 else "No digit suffers."
    accuracy, loss = found.accuracy - found.accuracy_cost[neuron], found.loss + found.loss_cost[neuron]
    return (
        f"**{TITLES[arm]}**, rank {rank}: {place}. Accuracy {found.accuracy:.1f} → {accuracy:.1f} %, "
        f"loss {found.loss:.3f} → {loss:.3f}. {hurt}"
    )


def half_gone(counts: Sequence[int], accuracy: Sequence[float]) -> int:
    """The first of the counts at which half of the accuracy is lost."""
    return next(k for k, value in zip(counts, accuracy, strict=True) if value <= accuracy[0] / 2)
