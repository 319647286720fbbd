"""Cached computations shared by all sessions."""

import numpy as np
import streamlit as st

from dropout_core.charts.vega import rate_slider, reported
from dropout_core.numerics.enumeration import gaps_by_rate
from dropout_core.numerics.masks import RATES, uniforms
from dropout_core.numerics.network import random_network
from dropout_core.numerics.sampling import MOST_PASSES, kept_counts, pass_counts
from dropout_core.topics.scaling.charts_enumeration import gaps
from dropout_core.topics.scaling.charts_running_mean import running_mean
from dropout_core.topics.scaling.charts_schemes import schemes
from dropout_core.topics.scaling.charts_sums import sums
from dropout_core.topics.scaling.vector_input import MOST_UNITS
from dropout_core.ui.layout import extract_datasets

PASSES_SHOWN = 200  # number of passes that the reader can step through
HIDDEN, OUTPUTS = (5, 5), 3  # layer sizes of the example network
OTHER_NETWORKS = 12  # number of random networks compared with the example network


@st.cache_data(max_entries=16)
def draws(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the draws [passes, units] of the selectable passes, and one unit's kept counts [rates, pass_counts]."""
    u = uniforms((MOST_PASSES, MOST_UNITS), seed)
    return u[:PASSES_SHOWN], kept_counts(u[:, :1], RATES, pass_counts())[:, :, 0]


@st.cache_resource(max_entries=64)
def sums_chart(vector: tuple[float, ...], seed: int, rate: float, shown: int) -> dict:
    """Draw the sums of the passes. rate and shown are the sliders' initial values."""
    a = np.array(vector)
    return extract_datasets(sums(a, draws(seed)[0][:, : len(a)], reported("rate", "p", rate, rate_slider()), shown))


@st.cache_resource(max_entries=64)
def schemes_chart(rate: float) -> dict:
    return schemes(rate)


@st.cache_resource(max_entries=64)
def running_chart(seed: int, rate: float) -> dict:
    return running_mean(draws(seed)[1], rate)


@st.cache_data(max_entries=1024)
def network_gaps(vector: tuple[float, ...], seed: int, scheme: str) -> dict[str, list[float]]:
    """Return the largest gap of one random network at each rate (see gaps_by_rate). `vector` is the network's input."""
    net = random_network((len(vector), *HIDDEN, OUTPUTS), seed)
    return gaps_by_rate(net, np.array(vector), RATES, scheme)


@st.cache_resource(max_entries=64)
def gaps_chart(vector: tuple[float, ...], seed: int, scheme: str, rate: float) -> dict:
    """Draw the network's gaps. rate is the slider's initial value."""
    rows = network_gaps(vector, seed, scheme)
    others = [network_gaps(vector, seed + 1 + i, scheme) for i in range(OTHER_NETWORKS)]
    return gaps(rows, {row: [other[row] for other in others] for row in rows}, rate)
