"""Lets the reader train a pitfall's broken and correct code: the button, the growing curves and the outcome."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.engine.demonstrations import Demonstration
from dropout_core.engine.job import Refused, obstacle
from dropout_core.topics.pitfalls import charts_live_training as charts
from dropout_core.topics.pitfalls import live_training
from dropout_core.topics.pitfalls.pitfall import Pitfall
from dropout_core.ui import components, server
from dropout_core.ui.layout import small

_REFRESH = 0.5  # seconds between two updates of the curves


@dataclass
class Watched:
    """A training that this reader started, and whether the reader has left it, so that it no longer concerns them."""

    training: Demonstration
    left: bool = False

    def leave(self) -> None:
        self.left = self.left or not self.training.finished
        self.training.audience.leave(server.session())


def trainings() -> dict[str, Watched]:
    """Return what this reader trained, by the pitfall's slug."""
    return st.session_state.setdefault("pit_trainings", {})


def leave_others(slug: str) -> None:
    """Stop the training of every other pitfall, because the reader has moved on."""
    for other, watched in trainings().items():
        if other != slug:
            watched.leave()


def train_both(pitfall: Pitfall) -> None:
    """Offer the training, or show it while it runs and afterwards."""
    small(live_training.described(pitfall))
    if (reason := obstacle(server.settings())) is not None:
        st.info(sentence(reason), icon=":material/download:")
        return
    server.demonstrations()  # the workers start now, so that they are ready when the reader presses Start
    watched = trainings().get(pitfall.slug)
    if watched is not None and not watched.left and not watched.training.finished:
        if st.button("Cancel", icon=":material/stop:", key="pit_cancel"):
            watched.leave()
            st.rerun()
        st.fragment(_watch, run_every=_REFRESH)(watched.training)
    elif watched is not None and watched.training.complete and not watched.left:
        _outcome(watched.training.points())
    else:
        _offer(pitfall, watched)
    _show_program(pitfall)


def _offer(pitfall: Pitfall, watched: Watched | None) -> None:
    if watched is not None:
        training = watched.training
        if training.message:
            st.error(f"The training failed: {training.message}.", icon=":material/error:")
        else:
            small(f"Stopped after {_progress(training)}.")
    if not components.start_button("Start", busy=False, known=False):
        return
    task = partial(live_training.train, pitfall.slug)
    try:
        started = server.demonstrations().start(
            pitfall.slug, task, live_training.RUNS, live_training.POINTS, server.session()
        )
    except Refused as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    trainings()[pitfall.slug] = Watched(started)
    st.rerun()


def _watch(training: Demonstration) -> None:
    training.audience.note(server.session())
    if training.finished:
        st.rerun()
    points = training.points()
    text = f"Trained {_progress(training)}." if points else "Waiting for the workers…"
    st.progress(len(points) / training.total, text=text)
    if points:
        _curves(points)


def _progress(training: Demonstration) -> str:
    return f"{len(training.points())} of {training.total} epochs"


def _outcome(points: list[tuple]) -> None:
    st.markdown(f"**{live_training.finding(points)}.**")
    _curves(points)
    small(live_training.evidence(points))


def _curves(points: list[tuple]) -> None:
    small("Thick lines: means. Thin lines: single seeds.")
    alt = charts.text_alternative(points)
    st.vega_lite_chart(charts.rows(points), charts.spec(), key="pit_training_chart", alt=alt)


def _show_program(pitfall: Pitfall) -> None:
    small("The program that is run, here with the bug:")
    components.code(live_training.program(pitfall, pitfall.broken, live_training.SEEDS[0]))
