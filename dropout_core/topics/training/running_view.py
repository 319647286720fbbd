"""A comparison while it runs: how far it is, when it will end, and its curves as they grow."""

import streamlit as st

from dropout_core.engine.job import QUEUED, Job
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import POINTS_PER_EPOCH
from dropout_core.topics.training import recipe_text
from dropout_core.topics.training.result_view import draw_curves
from dropout_core.ui import data_source, server

_SOONEST, _LATEST = 0.5, 2.0  # seconds between two looks at it
_POINTS_A_SECOND = 2000  # of all its curves, once they are whole: what may be drawn again and again
_TELLING = 0.05  # the share of a comparison from which on its pace says when it will end


def watch(recipe: Recipe) -> None:
    """The running comparison, looked at again and again; the page is run anew when it ends."""
    due = POINTS_PER_EPOCH * recipe.epochs * len(recipe.runs())
    seconds = min(max(_SOONEST, due / _POINTS_A_SECOND), _LATEST)
    st.fragment(_look, run_every=seconds)(recipe)


def _look(recipe: Recipe) -> None:
    job = server.engine().find(recipe.key)
    if job is None or job.finished:
        st.rerun()
    st.progress(min(job.progress(), 1.0), text=progress_text(job))
    draw_curves(job.points(), recipe)


def progress_text(job: Job) -> str:
    """What the bar says: a place in the queue, or the share that is done and the time left."""
    if job.state == QUEUED:
        ahead = server.engine().place(job)
        return f"Waiting: {ahead} ahead." if ahead else "Waiting for a worker…"
    left, done = job.seconds_left(), job.progress()
    if left is None:
        return "Starting: the workers load the images…"
    device = server.engine().describe().get("device", "")
    when = "estimating the time left" if job.fresh() < _TELLING else f"about {left:.0f} s left"
    return f"{done:.0%}, {when}, on the {device.upper() or 'CPU'}"


def running_elsewhere(recipe: Recipe) -> None:
    """A way back to each comparison that this reader started and then moved the controls away from."""
    mine = st.session_state.get("mine", {})
    for key in [key for key, job in mine.items() if job.finished]:
        del mine[key]  # with its points
    for job in mine.values():
        if job.recipe == recipe:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            state = "Waiting" if job.state == QUEUED else "Still running"
            st.info(f"{state}: {recipe_text.named(job.recipe)}.", icon=":material/pending:")
            st.button("Show it", on_click=data_source.show, args=(job.recipe,), key=f"show-{job.recipe.key}")
