"""Controls for a grid of training runs: start, cancel, progress and failures."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from dropout_core.common.text import duration, sentence
from dropout_core.engine.grid_runner import Grid
from dropout_core.engine.job import EngineError, Refused
from dropout_core.storage.store import StoreError
from dropout_core.ui import components, server

G = TypeVar("G", bound=Grid)
_REFRESH = 1.0  # seconds between two updates of a running grid


def stored_cells(grid: Grid) -> int:
    """Count the cells of the grid that are in the store."""
    done = set(server.engine().store.keys())
    return sum(cell.recipe.key in done for cell in grid.cells())


def buttons(grid: Grid, complete: bool, label: str, change: str = components.ANOTHER) -> bool:
    """Show a start button with this label, and a Cancel button. Returns whether the grid is being trained.

    complete  whether all cells are stored, so that there is nothing to start
    change    advice for the reader in that case
    """
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
    except (Refused, EngineError) as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    st.rerun()


def watch(grid: G, unit: str, show: Callable[[G], object]) -> None:
    """Show progress and intermediate results until the grid is finished, then rerun the page.

    unit  word for the cells, in the plural
    """
    st.fragment(_refresh, run_every=_REFRESH)(grid, unit, show)


def _refresh(grid: G, unit: str, show: Callable[[G], object]) -> None:
    running = server.sweeps().find(grid.key)
    if running is None or running.finished:
        st.rerun()
    p = running.progress
    left = ": starting" if p.seconds_left is None else f", about {duration(p.seconds_left)} left"
    st.progress(min(p.share, 1.0), text=f"{p.done} of {p.total} {unit}{left}")
    try:
        show(grid)
    except StoreError as error:  # caught here because Streamlit would show an error in a fragment as a traceback
        st.error(f"The finished results cannot be shown: {error}.", icon=":material/error:")


def partial_text(grid: Grid, done: int, unit: str) -> str:
    """Return "Cancelled at 3 of 8 trials" or "Partial: 3 of 8 trials".

    Returns an empty string if all cells are done, or if none is done and nothing was cancelled.
    """
    running, total = server.sweeps().find(grid.key), len(grid.cells())
    cancelled = running is not None and running.stop.is_set()
    if done == total or not (cancelled or done):
        return ""
    return f"{'Cancelled at' if cancelled else 'Partial:'} {done} of {total} {unit}"


def show_failures(grid: Grid, label: str, complete: bool) -> None:
    """Show why the latest attempt or some of its cells failed.

    label     label of the button that continues the training
    complete  whether all cells are stored by now, perhaps thanks to a larger grid; if so, nothing is shown
    """
    running = server.sweeps().find(grid.key)
    if running is None or complete:
        return
    if running.message:
        st.error(f"Training stopped: {running.message}. Press {label} to run the rest.", icon=":material/error:")
    for cell, message in running.progress.failed:
        st.warning(f"{cell}: {message}", icon=":material/warning:")
