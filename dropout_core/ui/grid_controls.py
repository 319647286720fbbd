"""A grid that is trained at a press: its button and Cancel, how far it is, what went wrong."""

from collections.abc import Callable

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.engine.grid_runner import Grid
from dropout_core.engine.job import Refused
from dropout_core.storage.store import StoreError
from dropout_core.ui import components, server

_REFRESH = 1.0  # seconds between two looks at a running grid


def trained(grid: Grid) -> int:
    """How many of its cells are in the store."""
    done = set(server.engine().store.keys())
    return sum(cell.recipe.key in done for cell in grid.cells())


def buttons(grid: Grid, complete: bool, label: str, change: str = components.ANOTHER) -> bool:
    """The button of this label, Cancel beside it, and a word where all is known. Returns whether it is under way."""
    running = server.sweeps().find(grid.key)
    busy = running is not None and not running.finished
    with st.container(horizontal=True):
        pressed = components.start_button(label, busy, complete)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy, key=f"cancel-{label}"):
            server.sweeps().cancel(grid.key)
            st.rerun()
        components.known_note(complete, change)
    if pressed:
        _start(grid)
    return busy


def _start(grid: Grid) -> None:
    try:
        server.sweeps().start(grid, server.visitor())
        server.keep_source()
    except Refused as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    st.rerun()


def watch(grid: Grid, what: str, show: Callable[[Grid], object]) -> None:
    """How far it is, in cells or whatever they are called, and what there is; the page is run anew when it ends."""
    st.fragment(_look, run_every=_REFRESH)(grid, what, show)


def _look(grid: Grid, what: str, show: Callable[[Grid], object]) -> None:
    running = server.sweeps().find(grid.key)
    if running is None or running.finished:
        st.rerun()
    p = running.progress
    left = ": starting" if p.seconds_left is None else f", about {p.seconds_left:.0f} s left"
    st.progress(min(p.share, 1.0), text=f"{p.done} of {p.total} {what}{left}")
    try:
        show(grid)
    except StoreError as error:  # here, since a fragment shows an error as a traceback
        st.error(f"What is done cannot be shown: {error}.", icon=":material/error:")


def how_far(grid: Grid, done: int, what: str) -> str:
    """ "Cancelled at 3 of 8 trials", "Partial: 3 of 8 trials"; empty when all is done or nothing was begun."""
    running, total = server.sweeps().find(grid.key), len(grid.cells())
    cancelled = running is not None and running.stop.is_set()
    if done == total or not (cancelled or done):
        return ""
    return f"{'Cancelled at' if cancelled else 'Partial:'} {done} of {total} {what}"


def broke_off(grid: Grid, label: str, complete: bool) -> None:
    """What went wrong with its latest run: with all of it, or with single cells. label: of the button to go on.

    complete  all is known by now, perhaps from a larger grid: then nothing is missing
    """
    running = server.sweeps().find(grid.key)
    if running is None or complete:
        return
    if running.message:
        st.error(f"It broke off: {running.message}. {label} goes on with what is missing.", icon=":material/error:")
    for cell, message in running.progress.failed:
        st.warning(f"{cell}: {message}", icon=":material/warning:")
