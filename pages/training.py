"""The training page trains two nets with the same initial weights and batches, one of them with dropout."""

import streamlit as st

from dropout_core.common.settings import SettingError
from dropout_core.common.text import duration, sentence
from dropout_core.engine.job import NOT_INSTALLED, EngineError, Refused, obstacle
from dropout_core.experiments.recipe import Recipe
from dropout_core.storage.store import CANCELLED, DONE, FAILED, INTERRUPTED, RUNNING, Comparison, StoreError
from dropout_core.topics.claims.long_view import long_comparison
from dropout_core.topics.training import cached, recipe_text, time_estimate
from dropout_core.topics.training.ask_view import ask, validation_set
from dropout_core.topics.training.claims import as_training_goes_on
from dropout_core.topics.training.controls_view import (
    STATE,
    begin,
    further_controls,
    main_controls,
    note_drawn,
    note_start,
    started,
)
from dropout_core.topics.training.other_comparisons_view import (
    all_presets,
    preset_pills,
    run_card_upload,
    running_elsewhere,
)
from dropout_core.topics.training.picture_view import picture, watch
from dropout_core.topics.training.result_view import differences, provenance, table
from dropout_core.topics.training.shown import Shown, look_up
from dropout_core.ui import components, data_source, navigation, reference_panel, server
from dropout_core.ui.first_chart import wait_for_first_chart
from dropout_core.ui.layout import expander, small, two_columns

RECORDED, OWN, STORED = "Recorded runs", "Your runs", "Stored runs"
ATTEMPTS = {
    CANCELLED: "Cancelled",
    FAILED: "An earlier attempt failed",
    INTERRUPTED: "An earlier attempt was interrupted",
}


def main() -> None:
    st.title("Train on MNIST")
    try:
        for notice in server.engine().store.notices:
            st.warning(notice, icon=":material/healing:")
        recipe = begin()
        shown = look_up(recipe, server.engine(), started(recipe))
        left, right = two_columns()
        with left:
            buttons(shown)
            draw(shown)
        wait_for_first_chart()
        with right:
            controls(shown)
        if STATE.revealed:
            if shown.differences is not None:
                expander("Table and tests", results, shown, icon="table")
            expander(
                "Where dropout helps and where it harms: all presets, and 40 epochs",
                other_results,
                recipe.data,
                icon="compare",
            )
        ask(shown)
        validation_set(shown)
        expander("More settings, run cards, code", settings, recipe, icon="tune")
        expander(reference_panel.ABOUT, about, shown, icon="info")
    except (SettingError, StoreError) as error:
        st.error(f"Training is not possible here: {error}.", icon=":material/error:")
        return
    navigation.next_page("training")
    note_drawn()


def draw(shown: Shown) -> None:
    """Draw the chart, and update it while the reader's runs are in progress."""
    if shown.running:
        watch(shown.recipe)
    else:
        picture(shown)
    if STATE.revealed and shown.differences is not None and not shown.running:
        differences(shown, STATE.values["measure"])


def controls(shown: Shown) -> None:
    """Draw the presets and the most important settings."""
    components.known_note(shown.finished is not None, shown=STATE.revealed)
    small(
        "Both nets start from the **same weights** and see the **same batches**; only one uses dropout. "
        "Their curves and their difference appear in the chart." + time_needed(shown)
    )
    running_elsewhere(shown.recipe)
    unfinished(shown)
    preset_pills(shown.recipe)
    main_controls(shown.recipe.data)
    data_source.note(server.data_source())


def buttons(shown: Shown) -> None:
    recipe, known = shown.recipe, shown.finished is not None
    with st.container(horizontal=True):
        pressed = components.start_button("Start training", shown.running, known)
        if st.button("Cancel", icon=":material/stop:", disabled=not shown.running):
            server.engine().cancel(recipe.key)
            st.rerun()
    if obstacle(server.settings()) == NOT_INSTALLED:
        st.info(sentence(NOT_INSTALLED), icon=":material/download:")
    if pressed:
        start(recipe)


def start(recipe: Recipe) -> None:
    try:
        st.session_state.setdefault("mine", {})[recipe.key] = server.engine().submit(recipe, server.visitor())
        server.keep_source()
        note_start(recipe)
    except (Refused, EngineError) as error:
        st.warning(sentence(str(error)), icon=":material/hourglass:")
        return
    STATE.reveal(STATE.values["guess"])
    st.rerun()


def unfinished(shown: Shown) -> None:
    """State how far an earlier attempt got, or why it failed."""
    job, stored = shown.job, shown.stored
    if job is not None and job.message:
        st.error(job.message, icon=":material/error:")
    state = job.state if job is not None else RUNNING if stored is None else stored.status
    if shown.running or state in (RUNNING, DONE):  # or running on another server that uses the same store
        return
    message = "" if job is not None or stored is None or not stored.message else f" {sentence(stored.message)}"
    text = f"{ATTEMPTS[state]}.{message} {resumption(shown.recipe, stored, not shown.points.empty)}"
    st.info(text, icon=":material/history:")


def time_needed(shown: Shown) -> str:
    """State the expected training time if this machine recently trained a similar comparison. Otherwise returns ""."""
    engine = server.engine()
    known = shown.running or shown.finished
    if known or engine.settings.scheduler or engine.describe().get("device", "cpu") != "cpu":
        return ""  # other machines differ in speed, and a GPU trains all runs in parallel
    seconds = time_estimate.expected(shown.recipe, cached.latest(), engine.settings.workers.total)
    if seconds is None:
        return ""
    return f" Training will take about {duration(seconds)} on this machine, judging by a similar comparison."


def resumption(recipe: Recipe, stored: Comparison | None, drawn: bool) -> str:
    """Describe the effect of Start after an unfinished attempt."""
    total = len(recipe.runs())
    done = total - len(stored.missing) if stored is not None else 0
    partial = "The curves are incomplete. " if drawn else ""
    if not done:
        return f"{partial}No run finished, so Start begins from scratch."
    return f"{partial}{done} of {total} runs are finished and saved; Start trains the remaining runs from scratch."


def other_results(data: str) -> None:
    all_presets(data)
    st.markdown("**The article’s comparison, continued to 40 epochs**")
    long_comparison("training")
    small(sentence(as_training_goes_on()))


def results(shown: Shown) -> None:
    """Show the tables of final values."""
    if shown.same is not None:
        table(shown.same, RECORDED)
    if shown.finished is not None:
        table(shown.finished, OWN if shown.mine else STORED)


def settings(recipe: Recipe) -> None:
    further_controls(recipe.data)
    run_card_upload()
    st.markdown(recipe_text.described(recipe))
    components.code(recipe_text.code(recipe))


def about(shown: Shown) -> None:
    """Show the provenance of all the runs on the page."""
    if shown.recorded is not None:
        provenance(shown.recorded, RECORDED)
    if shown.finished is not None:
        provenance(shown.finished, OWN if shown.mine else STORED)


main()
