"""Cached computations shared by all sessions: the runs of the map, and the charts shown when the page opens."""

import pandas as pd
import streamlit as st

from dropout_core.common.text import listed
from dropout_core.experiments.catalogue import RATES, WIDTHS
from dropout_core.reference.records import load
from dropout_core.topics.rates import charts_guess, charts_learning, claims, findings, headlines, stored_grids
from dropout_core.ui.layout import extract_datasets


@st.cache_data(show_spinner=False)
def width_runs() -> pd.DataFrame:
    return stored_grids.width_runs()


@st.cache_data(show_spinner=False)
def without_dropout() -> dict[int, float]:
    """Return the mean accuracy at rate 0 in %, keyed by width."""
    summary = findings.summary(width_runs()).query("rate == 0")
    return dict(zip(summary["width"], summary["accuracy"], strict=True))


@st.cache_data(max_entries=64, show_spinner=False)
def guess_map(*guesses: float) -> dict:
    """Build the map of guesses. `guesses` are the sliders' initial values, one for each of WIDTHS."""
    return extract_datasets(charts_guess.guess_map(RATES, without_dropout(), dict(zip(WIDTHS, guesses, strict=True))))


@st.cache_data(show_spinner=False)
def slow_learners(rate: float) -> tuple[str, dict, str]:
    """Return the title, the specification and the text alternative of the chart of slow learners.

    rate  the slider's initial value, to which the title refers
    """
    record = load("rates")
    curves, by_rate = stored_grids.learning()
    reached = claims.epochs_to_level(record).mean(skipna=False)
    by_rate = by_rate.assign(reached=[reached[each] for each in by_rate["rate"]])
    finals = listed([f"{row.final:.1f} % at rate {row.rate:g}" for row in by_rate.itertuples()])
    alt = f"Validation accuracy by epoch: the higher the rate, the lower the curve starts. Final values: {finals}."
    return headlines.slow_learners(record, rate), charts_learning.learning(curves, by_rate, claims.LEVEL, rate), alt


@st.cache_data(show_spinner=False)
def near_zero(high: float) -> str:
    """Compare the lowest rate in the chart of slow learners with a high rate, in words."""
    record = load("rates")
    low = min(trial.recipe.rate for trial in record.trials.values() if trial.recipe.rate)
    return headlines.near_zero(record, low, high)
