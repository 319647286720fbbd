"""Choose a page's data source: the best available, or the one named in the link or used by a running comparison."""

import streamlit as st

from dropout_core.common.text import sentence
from dropout_core.data import mnist
from dropout_core.data.mnist import FEW, Source
from dropout_core.experiments.recipe import DATA, DEFAULTS
from dropout_core.ui import navigation, query_params, server
from dropout_core.ui.layout import small


def source() -> Source:
    """Return this page's data source. If the reader has just arrived, apply the link's choice first."""
    if navigation.arrives():
        read("data")
    return server.data_source()


def read(name: str, *_: object) -> str:
    """Use the data set named in the link, if any. Returns the current data set's name; see `page_state.Setting`."""
    if name in st.query_params:
        use(query_params.choice_param(name, server.data_source().data, tuple(DATA)))
    elif navigation.goes_back():
        use(DEFAULTS["data"])  # the default, which links do not name
    return server.data_source().data


def use(data: str) -> None:
    """Switch to this data set if it is available. Used as a widget callback."""
    st.session_state.pop("source", None)
    if data == FEW:
        server.keep_source(mnist.subset())


def note(shown: Source, more: str = "") -> None:
    """Show which data set is in use, and offer a better one if available."""
    if (problem := mnist.problem_with_data_dir(server.settings())) is not None:
        st.warning(sentence(problem))
    best, searching = server.best_source()
    if searching and shown.data == FEW:
        more += " Looking for all 60,000 images in the background."
    small(f":material/dataset: Data: {shown.described}.{more}")
    if best.data != shown.data:
        label = f"Use all {DATA[best.data]:,} images"
        st.button(label, icon=":material/dataset:", on_click=use, args=(best.data,))
