"""Shows a running comparison: its progress, the time left, and its growing curves."""

import streamlit as st

from dropout_core.common.text import duration
from dropout_core.engine.job import QUEUED, Job
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import POINTS_PER_EPOCH
from dropout_core.topics.training.result_view import draw_curves
from dropout_core.ui import server

_MIN_INTERVAL, _MAX_INTERVAL = 0.5, 2.0  # seconds between refreshes
_POINTS_PER_SECOND = 2000  # maximum number of points redrawn per second, assuming complete curves
_ENOUGH_TO_ESTIMATE = 0.05  # fraction of a comparison that must be done before the time left is shown


def watch(recipe: Recipe, curves: bool) -> None:
    """Refresh the running comparison's progress and, if wanted, its curves until it ends. Then rerun the page."""
    points = POINTS_PER_EPOCH * recipe.epochs * len(recipe.runs())
    seconds = min(max(_MIN_INTERVAL, points / _POINTS_PER_SECOND), _MAX_INTERVAL)
    st.fragment(_refresh, run_every=seconds)(recipe, curves)


def _refresh(recipe: Recipe, curves: bool) -> None:
    job = server.engine().find(recipe.key)
    if job is None or job.finished:
        st.rerun()
    st.progress(min(job.progress(), 1.0), text=progress_text(job))
    if curves:
        draw_curves(job.points(), recipe)


def progress_text(job: Job) -> str:
    """Write the progress bar's text: the position in the queue, or the fraction done and the time left."""
    if job.state == QUEUED:
        ahead = server.engine().place(job)
        return f"Waiting: {ahead} ahead." if ahead else "Waiting for a worker…"
    left, done = job.seconds_left(), job.progress()
    if left is None:
        return "Starting: the workers load the images…"
    device = server.engine().describe().get("device", "")
    when = "estimating the time left" if job.fresh() < _ENOUGH_TO_ESTIMATE else f"about {duration(left)} left"
    return f"{done:.0%}, {when}, on the {device.upper() or 'CPU'}"
