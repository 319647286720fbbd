"""Which images a page trains on: the best at hand, or those that a link, or a comparison under way, is about."""

import streamlit as st

from . import datasets, service, ui
from .datasets import Source
from .layout_ui import small
from .recipe import DATA, Recipe
from .recipe_ui import put

FEW = "mnist-5k"  # at hand everywhere, and so the only ones that a link has to name


def source(page: str) -> Source:
    """The images for the page of this name; on arrival as its link says."""
    if ui.arrives(page) and "data" in st.query_params:
        use(ui.choice_param("data", service.data_source().data, tuple(DATA)))
    return service.data_source()


def use(data: str) -> None:
    """From now on these images, where they can be had; for a widget's callback."""
    st.session_state.pop("source", None)
    if data == FEW:
        service.keep_source(datasets.subset())


def show(recipe: Recipe) -> None:
    """Set the controls, and the images, to this recipe; for a widget's callback."""
    use(recipe.data)
    put(recipe)


def note(shown: Source, more: str = "") -> None:
    """Say which images they are; a way to better ones, where there are."""
    best, searching = service.best_source()
    if searching and shown.data == FEW:
        more += " Looking for all 60,000 in the background."
    small(f":material/dataset: Data: {shown.described}.{more}")
    if best.data != shown.data:
        label = f"Use all {DATA[best.data]:,} images"
        st.button(label, icon=":material/dataset:", on_click=use, args=(best.data,))
