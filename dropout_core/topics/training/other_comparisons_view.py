"""Ways to open another comparison: presets, an uploaded run card, and running comparisons."""

from dataclasses import replace

import streamlit as st

from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import QUEUED
from dropout_core.experiments.recipe import Recipe
from dropout_core.export.run_card import CardError, recipe_of
from dropout_core.topics.training import recipe_text
from dropout_core.topics.training.controls_view import OWN_SEED, can_show, set_controls
from dropout_core.topics.training.presets import BY_NAME, Preset, preset_of
from dropout_core.ui import data_source, server
from dropout_core.ui.layout import small


def show(recipe: Recipe) -> None:
    """Set the controls and the data source to match this recipe. Call it from a widget's callback."""
    data_source.use(recipe.data)
    set_controls(recipe)


def preset_pills(recipe: Recipe) -> None:
    """Draw the presets, the present one selected. A click sets all the controls to it."""
    preset = preset_of(recipe)
    name = None if preset is None else preset.name
    if st.session_state.get("preset") != name:
        st.session_state["preset"] = name
    st.pills("Presets", tuple(BY_NAME), key="preset", on_change=_use_preset, args=(recipe.data,), wrap=True)
    if preset is not None:
        small(question(preset))


def _use_preset(data: str) -> None:
    preset = BY_NAME.get(st.session_state["preset"])
    if preset is not None:
        set_controls(replace(preset.recipe(data), seeds=(OWN_SEED,)))


def question(preset: Preset) -> str:
    """Describe what to look for in a preset's result. Cites the article if the preset's name mentions it."""
    return preset.look_for + (f" The article: {ARTICLE}." if preset.key == "article" else "")


def run_card_upload() -> None:
    """Let the reader upload a run card and set the controls from it. The card is only read, never executed."""
    file = st.file_uploader("Repeat a run card or recipe (JSON)", type="json", max_upload_size=1)
    if file is not None:
        _offer(file.getvalue())


def _offer(card: bytes) -> None:
    """Offer a button that sets the controls to the card's recipe, or explain why the card cannot be used."""
    try:
        recipe = recipe_of(card)
    except CardError as error:
        problem = f"This is no run card of this app ({error})"
        st.error(f"{problem}. Choose a file that was saved with **Run card (JSON)**.", icon=":material/error:")
        return
    if recipe.data not in (data_source.FEW, server.best_source()[0].data):
        st.error("It was made with other images than this server has.", icon=":material/error:")
    elif not can_show(recipe):
        command = "python -m dropout_core train --recipe card.json"
        st.error(f"The controls cannot show all of it. `{command}` repeats it exactly.", icon=":material/error:")
    else:
        st.button("Set the controls to it", on_click=show, args=(recipe,))


def running_elsewhere(recipe: Recipe) -> None:
    """Offer a button for each running comparison that this reader started before changing the recipe."""
    mine = st.session_state.get("mine", {})
    for key in [key for key, job in mine.items() if job.finished]:
        del mine[key]  # also frees its points
    for job in mine.values():
        if job.recipe == recipe:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            state = "Waiting" if job.state == QUEUED else "Still running"
            st.info(f"{state}: {recipe_text.named(job.recipe)}.", icon=":material/pending:")
            st.button("Show it", on_click=show, args=(job.recipe,), key=f"show-{job.recipe.key}")
