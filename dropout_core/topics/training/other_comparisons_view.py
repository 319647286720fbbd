"""Ways to open a different comparison: presets, an uploaded run card, and running comparisons."""

from dataclasses import replace

import streamlit as st

from dropout_core.common.text import around, counted, signed
from dropout_core.data.mnist import FEW
from dropout_core.data.published import ARTICLE
from dropout_core.engine.job import QUEUED
from dropout_core.experiments import final_values
from dropout_core.experiments.recipe import Recipe
from dropout_core.export.run_card import CardError, recipe_of
from dropout_core.numerics.statistics import Paired
from dropout_core.numerics.verdicts import improves
from dropout_core.reference import records
from dropout_core.topics.training import claims, headline, recipe_text
from dropout_core.topics.training.controls_view import OWN_SEED, can_show, set_controls
from dropout_core.topics.training.presets import BY_NAME, PRESETS, Preset, preset_of
from dropout_core.ui import data_source, server
from dropout_core.ui.layout import small, table


def show(recipe: Recipe) -> None:
    """Set the controls and the data source to match this recipe. Call it from a widget's callback."""
    data_source.use(recipe.data)
    set_controls(recipe)


def preset_pills(recipe: Recipe) -> None:
    """Draw the presets, with the current one selected. A click sets all controls to that preset."""
    preset = preset_of(recipe)
    name = None if preset is None else preset.name
    if st.session_state.get("preset") != name:
        st.session_state["preset"] = name
    st.pills("Presets", tuple(BY_NAME), key="preset", on_change=_use_preset, args=(recipe.data,), wrap=True)
    if preset is not None:
        small(question(preset, recipe.data))


def _use_preset(data: str) -> None:
    preset = BY_NAME.get(st.session_state["preset"])
    if preset is not None:
        set_controls(replace(preset.recipe(data), seeds=(OWN_SEED,)))


def question(preset: Preset, data: str) -> str:
    """Give a preset's sizes and the point of its result. Cites the article if the preset's name mentions it."""
    cited = f" The article: {ARTICLE}." if preset.key == "article" else ""
    r = preset.recipe(data)
    sizes = f"{counted(r.images, 'image')}, {counted(r.epochs, 'epoch')}, {_neurons(r)} neurons, p = {r.rate:g}"
    return f"{sizes}. {preset.look_for}{cited}"


def _neurons(recipe: Recipe) -> str:
    return "–".join(f"{units:,}" for units in recipe.hidden)


def all_presets(data: str) -> None:
    """List the effect of dropout in every preset that has a record."""
    rows = []
    for preset in PRESETS:
        recipe = preset.recipe(data)
        if (record := records.like(recipe)) is not None:
            found = final_values.differences(record.points, best=record.recipe.patience > 0)
            accuracy, loss = (found[headline.OUTCOMES[measure].final] for measure in ("accuracy", "loss"))
            rows.append(
                (
                    preset.name,
                    f"{recipe.images:,} × {recipe.epochs}",
                    f"{_neurons(recipe)}, {recipe.rate:g}",
                    _cell(accuracy, 2),
                    claims.BETTER.get(improves(accuracy, higher_is_better=True), "too few seeds"),
                    _cell(loss, 3),
                )
            )
    head = "preset", "images × epochs", "neurons, p", "accuracy, points", "verdict", "validation loss, nats"
    small(
        "Differences (dropout − no dropout) are means over the recorded seeds, with 95 % intervals. The verdict is on "
        "dropout, by accuracy."
    )
    st.markdown(table(head, rows))


def _cell(p: Paired, places: int) -> str:
    return signed(p.mean, places) if p.low is None or p.high is None else around(p.mean, p.low, p.high, places)


def run_card_upload() -> None:
    """Let the reader upload a run card and set the controls from it. The card is only read, never executed."""
    file = st.file_uploader("Load a run card or recipe (JSON)", type="json", max_upload_size=1)
    if file is not None:
        _offer(file.getvalue())


def _offer(card: bytes) -> None:
    """Offer a button that sets the controls to the card's recipe, or explain why the card cannot be used."""
    try:
        recipe = recipe_of(card)
    except CardError as error:
        problem = f"This is not a run card from this app ({error})"
        st.error(f"{problem}. Choose a file that was saved with **Run card (JSON)**.", icon=":material/error:")
        return
    if recipe.data not in (FEW, server.best_source()[0].data):
        st.error("The card was made with different images from those on this server.", icon=":material/error:")
    elif not can_show(recipe):
        command = "python -m dropout_core train --recipe card.json"
        st.error(
            f"The controls cannot show the whole recipe; `{command}` reproduces it exactly.", icon=":material/error:"
        )
    else:
        st.button("Set the controls to this recipe", on_click=show, args=(recipe,))


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
