"""Cached computations shared by all sessions."""

import numpy as np
import streamlit as st

from dropout_core.numerics.enumeration import compare, gaps_by_rate
from dropout_core.numerics.masks import RATES, uniforms
from dropout_core.numerics.network import SmallNetwork, random_network
from dropout_core.numerics.sampling import MOST_PASSES, kept_counts, pass_counts
from dropout_core.topics.scaling.charts_enumeration import gaps, stage_units
from dropout_core.topics.scaling.charts_one_pass import pass_strips, scheme_means
from dropout_core.topics.scaling.charts_running_mean import moments_table, running_means
from dropout_core.topics.scaling.vector_input import MOST_UNITS
from dropout_core.ui.layout import extract_datasets

PASSES_SHOWN = 100  # number of passes that the reader can step through
HIDDEN, OUTPUTS = (5, 5), 3  # layer sizes of the example network
OTHER_NETWORKS = 12  # number of random networks compared with the example network


def example_network(inputs: int, seed: int) -> SmallNetwork:
    """Return the random network that takes the reader's vector as its input."""
    return random_network((inputs, *HIDDEN, OUTPUTS), seed)


@st.cache_data(max_entries=16)
def draws(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the draws [passes, units] of the selectable passes, and the kept counts for each number of passes."""
    u = uniforms((MOST_PASSES, MOST_UNITS), seed)
    return u[:PASSES_SHOWN], kept_counts(u, RATES, pass_counts())


@st.cache_resource(max_entries=64)
def mask_charts(
    vector: tuple[float, ...], seed: int, rate: float, shown: int, unit: int, passes: int
) -> dict[str, dict]:
    """Draw the charts of passes, schemes, running means and moments.

    All arguments except vector and seed are the sliders' initial values.
    """
    a, (u, kept) = np.array(vector), draws(seed)
    u, kept = u[:, : len(a)], kept[:, :, : len(a)]
    return {
        "strips": extract_datasets(pass_strips(a, u, rate, shown)),
        "schemes": scheme_means(rate),
        "running": extract_datasets(running_means(a, kept, rate, unit, passes)),
        "moments": moments_table(a, kept, rate, passes),
    }


@st.cache_data(max_entries=1024)
def network_gaps(vector: tuple[float, ...], seed: int, scheme: str) -> dict[str, list[float]]:
    """Return one network's largest gap at each rate; see gaps_by_rate."""
    return gaps_by_rate(example_network(len(vector), seed), np.array(vector), RATES, scheme)


@st.cache_resource(max_entries=64)
def network_charts(vector: tuple[float, ...], seed: int, scheme: str, rate: float, stage: str) -> dict[str, dict]:
    """Draw the charts of the whole network. rate and stage are the controls' initial values."""
    rows = network_gaps(vector, seed, scheme)
    others = [network_gaps(vector, seed + 1 + i, scheme) for i in range(OTHER_NETWORKS)]
    by_rate = [compare(example_network(len(vector), seed), np.array(vector), r, scheme) for r in RATES]
    return {
        "gaps": gaps(rows, {row: [other[row] for other in others] for row in rows}, rate),
        "units": extract_datasets(stage_units(by_rate, rate, stage)),
    }
