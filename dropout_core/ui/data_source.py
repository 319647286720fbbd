"""The images that a page trains on: the best available, or those named by a link or used by a running comparison."""

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.data import mnist
from dropout_core.data.mnist import Source
from dropout_core.experiments.recipe import DATA
from dropout_core.ui import navigation, query_params, server
from dropout_core.ui.layout import small

FEW = "mnist-5k"  # available everywhere, so it is the only data set that a link needs to name


def source(page: str) -> Source:
    """Return the data source for this page. When the reader arrives, apply the one named in the link first."""
    if navigation.arrives(page):
        read("data")
    return server.data_source()


def read(name: str, *_: object) -> str:
    """Use the images named in the link, if any. Returns the name of the images in use; see `page_state.Setting`."""
    if name in st.query_params:
        use(query_params.choice_param(name, server.data_source().data, tuple(DATA)))
    return server.data_source().data


def use(data: str) -> None:
    """Switch to these images, if they are available. Serves as a widget's callback."""
    st.session_state.pop("source", None)
    if data == FEW:
        server.keep_source(mnist.subset())


def note(shown: Source, more: str = "") -> None:
    """Say which images are in use, and offer a better data set if one is available."""
    if (problem := mnist.problem_with_data_dir(server.settings())) is not None:
        st.warning(sentence(problem))
    best, searching = server.best_source()
    if searching and shown.data == FEW:
        more += " Looking for all 60,000 in the background."
    small(f":material/dataset: Data: {shown.described}.{more}")
    if best.data != shown.data:
        label = f"Use all {DATA[best.data]:,} images"
        st.button(label, icon=":material/dataset:", on_click=use, args=(best.data,))
