"""How a reference run is shown as such: where it comes from, its files, and a smaller repetition at a press."""

import pandas as pd
import streamlit as st

from . import records, service, ui
from .experiments import Experiment
from .jobs import Refused
from .recipe import DATA_NAMES
from .record_reading import judged
from .records import Record, RecordError
from .settings import SettingError
from .store import StoreError
from .sweep_run import Running

REFRESH = 1.0  # seconds between two looks at a running repetition


def load(name: str) -> Record | None:
    """The record of this experiment, or None and a word on the page."""
    try:
        return records.load(name)
    except RecordError as error:
        st.warning(f"These reference runs cannot be shown: {error}.", icon=":material/warning:")
        return None


def provenance(record: Record) -> None:
    """When, where and with what the runs were made; their histories to download."""
    st.markdown(_origin(record.experiment.name, record))
    st.download_button(
        "Histories (CSV)", lambda: histories(record), f"{record.experiment.name}.csv", icon=":material/download:",
        on_click="ignore", key=f"record-{record.experiment.name}",
    )  # fmt: skip


@st.cache_data(show_spinner=False)
def _origin(name: str, _record: Record) -> str:
    trials = _record.trials.values()
    found = next(iter(trials))
    made, runs = found.provenance, sum(len(each.runs) for each in trials)
    minutes = sum(each.runs["seconds"].sum() for each in trials) / 60
    return (
        f":small[:material/inventory_2: **Reference runs**, made beforehand: {runs} of them, {minutes:.0f} minutes "
        f"of one core, on {DATA_NAMES[found.recipe.data]} ({made.get('data_checksum', '?')}), {found.ended[:10]}, "
        f"{made.get('hardware', '?')}, torch {made.get('torch', '?')}, commit {made.get('commit', '?')}.]"
    )


def histories(record: Record) -> str:
    """All points of all trials as CSV."""
    parts = [found.points.assign(trial=label, key=found.recipe.key) for label, found in record.trials.items()]
    return pd.concat(parts).to_csv(index=False)


def repetition(experiment: Experiment) -> None:
    """A button that repeats the experiment here at a smaller scale, its progress and its numbers."""
    with st.expander("Repeat a smaller one here", icon=":material/replay:"):
        try:
            _repeat(experiment)
        except (SettingError, StoreError) as error:
            st.error(f"Training is not possible here: {error}.", icon=":material/error:")


def _repeat(experiment: Experiment) -> None:
    source, _ = service.data_source()
    small = _smaller(experiment.name, source.data, experiment)
    first, epochs = small.trials[0].recipe, max(trial.recipe.epochs for trial in small.trials)
    st.markdown(
        f"{first.images:,} of {DATA_NAMES[source.data]}, at most {epochs} epochs, "
        f"{len(first.seeds)} seeds: enough to see that the runs are real, too little to judge by."
    )
    _run(small)


@st.cache_resource(show_spinner=False)
def _smaller(name: str, data: str, _experiment: Experiment) -> Experiment:
    return _experiment.smaller(data)


def _run(small: Experiment) -> None:
    running = service.sweeps().find(small.key)
    busy = running is not None and not running.finished
    done = set(service.engine().store.keys())
    complete = all(trial.recipe.key in done for trial in small.trials)
    with st.container(horizontal=True):
        if ui.start_button("Repeat", busy, complete):
            _start(small)
        if st.button("Cancel", icon=":material/stop:", disabled=not busy, key="cancel-repetition"):
            service.sweeps().cancel(small.key)
            st.rerun()
        ui.known_note(complete, "")
    if busy:
        _watch(small)
    elif any(trial.recipe.key in done for trial in small.trials):
        _numbers(small)
    if running is not None:
        broke_off(running, "Repeat")


def broke_off(running: Running, button: str) -> None:
    """What went wrong with a grid that this button trains: with all of it, or with single trials."""
    if running.message:
        st.error(f"It broke off: {running.message}. {button} goes on with what is missing.", icon=":material/error:")
    for label, message in running.progress.failed:
        st.warning(f"{label}: {message}", icon=":material/warning:")


def _start(small: Experiment) -> None:
    try:
        service.sweeps().start(small, ui.visitor())
    except Refused as error:
        st.warning(f"{error}.", icon=":material/hourglass:")
        return
    st.rerun()


@st.fragment(run_every=REFRESH)
def _watch(small: Experiment) -> None:
    running = service.sweeps().find(small.key)
    if running is None or running.finished:
        st.rerun()
    p = running.progress
    st.progress(min(p.share, 1.0), text=f"{p.done} of {p.total} trials")
    _numbers(small)


def _numbers(small: Experiment) -> None:
    """Mean validation accuracy of each trial that is done."""
    store, rows = service.engine().store, []
    for label, recipe in small.trials:
        found = store.get(recipe.key)
        if found is not None and found.status == "done":
            means = judged(found).groupby("arm")["accuracy"].mean()
            rows += [{"trial": label, "network": arm, "accuracy, %": f"{mean:.1f}"} for arm, mean in means.items()]
    if rows:
        st.table(pd.DataFrame(rows).pivot(index="trial", columns="network", values="accuracy, %"))
