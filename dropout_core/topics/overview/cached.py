"""Charts and headings of the overview's scenes, shared by all sessions."""

from typing import Any

import numpy as np
import streamlit as st

from dropout_core.charts import network_tables
from dropout_core.charts.changes import Change, changes
from dropout_core.charts.network_diagram import network_diagram
from dropout_core.charts.vega import rate_slider
from dropout_core.numerics.masks import uniforms
from dropout_core.topics.neurons import charts_ablation
from dropout_core.topics.neurons.findings import removal
from dropout_core.topics.overview import charts, findings
from dropout_core.topics.scaling.charts_sums import sums

SIZES, SEED, RATE = (4, 8, 8, 3), 3, 0.5
UNITS, PASSES = 24, 200  # settings of the scene about sums


@st.cache_resource(show_spinner=False)
def memorising() -> tuple[str, dict[str, Any]]:
    losses = findings.memorised()
    return findings.memorises(losses), charts.memorising(losses)


@st.cache_resource(show_spinner=False)
def diagram() -> dict[str, Any]:
    u = network_tables.draws(SIZES, SEED)
    return network_diagram(
        network_tables.neurons(SIZES, u), network_tables.edges(SIZES), height=340, offered=("pass", "mode")
    )


@st.cache_resource(show_spinner=False)
def removing() -> dict[str, Any]:
    counts, _, curves = removal()
    return charts_ablation.removal(curves["random"], counts, counts[-1], findings.removed()[0])


def activations() -> np.ndarray:
    """Sample the activations that enter one neuron. Half of them are zero, as after a ReLU."""
    return np.maximum(0, np.random.default_rng(SEED).normal(size=UNITS)).round(2)


@st.cache_resource(show_spinner=False)
def the_sums() -> dict[str, Any]:
    rate = {"name": "rate_p", "value": RATE, "bind": rate_slider()}
    return sums(activations(), uniforms((PASSES, UNITS), SEED), rate, PASSES, step=False)


@st.cache_resource(show_spinner=False)
def paying() -> tuple[str, str, dict[str, Any]]:
    rows = findings.gains()
    named = [Change(row.name, row.difference) for row in rows]
    spec = changes(named, "points of accuracy gained with dropout", places=1)
    return findings.does_it_pay(rows), findings.power(rows), spec
