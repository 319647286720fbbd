"""Show reference runs on a page: their provenance, a download, and a button to repeat them at a smaller scale."""

import pandas as pd
import streamlit as st

from dropout_core.common.settings import SettingError
from dropout_core.common.text import counted, span
from dropout_core.experiments.experiment import Experiment
from dropout_core.experiments.recipe import DATA_NAMES
from dropout_core.reference import paper_scale, run_text, studies
from dropout_core.reference.record_tables import judged
from dropout_core.reference.records import Record, RecordError
from dropout_core.storage.store import StoreError
from dropout_core.ui import grid_controls, server
from dropout_core.ui.layout import expander

ABOUT = "About these runs"  # the only part of a page that shows processors, versions and hashes


def load(name: str) -> Record | None:
    """Load the record of this experiment. If it cannot be read, show a warning and return None."""
    try:
        return paper_scale.load_any(name)
    except RecordError as error:
        st.warning(f"These reference runs cannot be shown: {error}.", icon=":material/warning:")
        return None


def about(*shown: Record) -> None:
    """Show the provenance of these records in a fold, which has the same name on all pages."""
    expander(ABOUT, _provenances, shown, icon="info", key=f"about-{shown[0].experiment.name}")


def _provenances(shown: tuple[Record, ...]) -> None:
    for record in shown:
        provenance(record)


def provenance(record: Record) -> None:
    """Show the provenance of the runs, and offer their learning curves as a download."""
    st.markdown(origin(record.experiment.name, record))
    st.download_button(
        "Histories (CSV)", lambda: histories(record), f"{record.experiment.name}.csv", icon=":material/download:",
        on_click="ignore", key=f"record-{record.experiment.name}",
    )  # fmt: skip


@st.cache_data(show_spinner=False)
def origin(name: str, _record: Record) -> str:
    """Describe in small print where and when the runs of the record with this name were made."""
    trials = _record.trials.values()
    first = next(iter(trials))
    made, runs = first.provenance, sum(len(trial.runs) for trial in trials)
    minutes = sum(trial.runs["seconds"].sum() for trial in trials) / 60
    recipes = [trial.recipe for trial in trials]
    design = f"{run_text.final_values(recipes)} {run_text.training_images(recipes)}"
    return (
        f":small[:material/inventory_2: **Reference runs**, precomputed. {_record.experiment.title}: {runs} runs "
        f"(seeds {span(first.recipe.seeds)}), {minutes:.0f} minutes on one core, on {DATA_NAMES[first.recipe.data]} "
        f"({made.get('data_checksum', '?')}), {(first.ended or '?')[:10]}, {made.get('hardware', '?')}, "
        f"torch {made.get('torch', '?')}, commit {made.get('commit', '?')}. {design}]"
    )


@st.cache_data(show_spinner=False)
def study_origin(name: str) -> str:
    """Describe in small print where and when the study with this name was made."""
    made = studies.provenance(name)
    data, checksum = DATA_NAMES.get(made.get("data", ""), "MNIST"), made.get("data_checksum")
    images = f", on {data} ({checksum})" if checksum else ""  # some studies need no images, or store no checksum
    parts = [made["ended"][:10], made["hardware"], f"torch {made['torch']}", f"commit {made['commit']}"]
    return f":small[:material/inventory_2: **Reference runs** of the study “{name}”{images}, {', '.join(parts)}.]"


def histories(record: Record) -> str:
    """Return the learning curves of all trials as CSV."""
    parts = [trial.points.assign(trial=label, key=trial.recipe.key) for label, trial in record.trials.items()]
    return pd.concat(parts).to_csv(index=False)


def repetition(experiment: Experiment, **limits: int) -> None:
    """Show a button to repeat the experiment at a smaller scale, with progress and results.

    limits  see Experiment.smaller()
    """
    expander("Repeat a smaller version here", _repeat, experiment, limits, icon="replay")


def _repeat(experiment: Experiment, limits: dict[str, int]) -> None:
    try:
        _show_repetition(experiment, limits)
    except (SettingError, StoreError) as error:
        st.error(f"Training is not possible here: {error}.", icon=":material/error:")


def _show_repetition(experiment: Experiment, limits: dict[str, int]) -> None:
    source = server.data_source()
    small = _smaller(experiment.name, source.data, limits, experiment)
    recipes = [trial.recipe for trial in small.trials]
    images, epochs = span(r.images for r in recipes), max(r.epochs for r in recipes)
    st.markdown(
        f"{experiment.title.split(':')[0]}, with {images} images from {DATA_NAMES[source.data]}, at most {epochs} "
        f"epochs and {len(recipes[0].seeds)} seeds: enough to see that the runs are real, but not enough for a "
        "verdict."
    )
    _run(small)


@st.cache_resource(show_spinner=False)
def _smaller(name: str, data: str, limits: dict[str, int], _experiment: Experiment) -> Experiment:
    return _experiment.smaller(data, **limits)


def _run(small: Experiment) -> None:
    done = grid_controls.stored_cells(small)
    complete = done == len(small.cells())
    if grid_controls.buttons(small, complete, "Repeat", ""):
        grid_controls.watch(small, "trials", _numbers)
        return
    if done:
        _numbers(small)
    if partial := grid_controls.partial_text(small, done, "trials"):
        st.info(f"{partial}. Press Repeat to run the rest.", icon=":material/stop:")
    grid_controls.show_failures(small, "Repeat", complete)


def _numbers(small: Experiment) -> None:
    """Show the mean validation accuracy of each finished trial."""
    store, rows = server.engine().store, []
    for label, recipe in small.trials:
        comparison = store.get(recipe.key)
        if comparison is not None and comparison.status == "done":
            means = judged(comparison).groupby("arm")["accuracy"].mean()
            rows += [{"trial": label, "network": arm, "accuracy, %": f"{mean:.1f}"} for arm, mean in means.items()]
    if not rows:
        return
    table = pd.DataFrame(rows).pivot(index="trial", columns="network", values="accuracy, %")
    seeds = len(small.trials[0].recipe.seeds)
    st.markdown(f"Mean validation accuracy over {counted(seeds, 'seed')}, in %:")
    # If each trial has only one network, the trial's name identifies it, and the header is hidden.
    st.table(table.loc[[*dict.fromkeys(row["trial"] for row in rows)]], hide_header=len(table.columns) == 1)
