"""Cached computations shared by all sessions: the record's runs, sentences and charts, and the variance shifts."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dropout_core.charts import trial_dots
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import NO_DROPOUT
from dropout_core.numerics.inference import pixels
from dropout_core.numerics.masks import RATES
from dropout_core.reference import nets, record_tables, records
from dropout_core.topics.regularisers import charts, charts_outcomes, outcomes
from dropout_core.topics.regularisers.findings import NOTHING, variance_shift
from dropout_core.ui import server
from dropout_core.ui.layout import extract_datasets

NAME = "regularisers"
TRIALS = tuple(trial.label for trial in EXPERIMENTS[NAME].trials)


@st.cache_data(show_spinner=False)
def runs() -> pd.DataFrame:
    return record_tables.runs(records.load(NAME))


class Summary(NamedTuple):
    """The sentences about all methods, which take a third of a second to compute; see outcomes.py."""

    headline: str
    dropout_alone: str
    what_is_left: str
    dropout_on_top: str
    alternative: str


@st.cache_data(show_spinner=False)
def summary() -> Summary:
    table = runs()
    alternative = trial_dots.text_alternative(record_tables.means(table, "accuracy"), "Validation accuracy, %")
    return Summary(
        outcomes.headline(table),
        outcomes.dropout_alone(table),
        outcomes.what_is_left(table),
        outcomes.dropout_on_top(table),
        alternative,
    )


@st.cache_data(max_entries=32, show_spinner=False)
def outcome(trial: str, arm: str) -> str:
    return outcomes.outcome(runs(), trial, arm)


@st.cache_resource(max_entries=32, show_spinner=False)
def outcomes_chart(trial: str, arm: str) -> dict:
    return extract_datasets(charts_outcomes.outcomes(outcomes.changes(runs()), trial, arm))


@st.cache_resource(max_entries=16, show_spinner=False)
def curves(trial: str) -> dict:
    return charts.curves(record_tables.histories(records.load(NAME)), trial, NOTHING)


@st.cache_resource(show_spinner=False)
def shifts() -> list[np.ndarray]:
    """Compute the variance shift of the first layer's neurons at each of RATES, in the packaged net without dropout."""
    net = nets.load(NO_DROPOUT).net
    z = pixels(server.validation("mnist-5k").images) @ net.weights[0] + net.biases[0]
    return [variance_shift(z, rate) for rate in RATES]


@st.cache_resource(max_entries=32, show_spinner=False)
def shift_chart(rate: float) -> dict:
    return extract_datasets(charts.shift(shifts(), RATES, rate))
