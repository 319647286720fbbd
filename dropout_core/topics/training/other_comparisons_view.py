"""Ways to open another comparison: presets, an uploaded run card, precomputed runs and running comparisons."""

import streamlit as st

from dropout_core.common.text import counted
from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import QUEUED
from dropout_core.experiments.recipe import Recipe
from dropout_core.export.run_card import CardError, recipe_of
from dropout_core.reference import records
from dropout_core.topics.training import recipe_text
from dropout_core.topics.training.controls_view import can_show, set_controls
from dropout_core.topics.training.presets import PRESETS, Preset
from dropout_core.ui import data_source, server


def show(recipe: Recipe) -> None:
    """Set the controls and the data source to match this recipe. Call it from a widget's callback."""
    data_source.use(recipe.data)
    set_controls(recipe)


def preset_buttons(data: str) -> None:
    """Draw one button per preset. A click sets all the controls to that preset."""
    with st.container(horizontal=True, gap="small"):
        for preset in PRESETS:
            st.button(preset.name, on_click=set_controls, args=(preset.recipe(data),), help=question(preset))


def question(preset: Preset) -> str:
    """Describe what to look for in a preset's result. Cites the article if the preset's name mentions it."""
    return preset.look_for + (f" The article: {ARTICLE}." if "article" in preset.name else "")


def run_card_upload() -> None:
    """Let the reader upload a run card and set the controls from it. The card is only read, never executed."""
    with st.expander("Repeat a run card", icon=":material/upload_file:"):
        file = st.file_uploader("Run card or recipe (JSON)", type="json", max_upload_size=1)
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


def precomputed_button(recipe: Recipe) -> None:
    """Offer reference runs of the same comparison with other seeds, if there are any."""
    if (precomputed := records.like(recipe)) is not None:
        label = f"Show {counted(len(precomputed.seeds), 'seed')} made beforehand"
        st.button(label, icon=":material/inventory_2:", on_click=set_controls, args=(precomputed,))


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
