"""How the explainer pages lay things out: a picture beside words, a chart under its controls, remarks."""

import streamlit as st

from . import ui

# What is the same for all readers is worked out once; its messages are kept, and sent again to whoever comes.
# Not for ui.controls_above: a style goes to a place of its own, from where it is not sent again.
drawn_once = st.cache_data(show_spinner=False, max_entries=64)


def screen(heading: str | None = None) -> list:
    """A screenful: a picture at the left and words at the right, one above the other on a phone."""
    if heading:
        st.header(heading)
    return st.columns([3, 2], gap="large")


def draw(spec: dict, key: str, alt: str, chart: str = "", **report: object) -> object:
    """A chart under its own controls; chart is its key where it is not that of the place, KEY_chart."""
    with st.container(key=key):
        ui.controls_above(key)
        return st.vega_lite_chart(spec=spec, key=chart or f"{key}_chart", alt=alt, **report)


def small(text: str) -> None:
    """A side remark; unlike st.caption's grey, it keeps the contrast that small text needs."""
    st.markdown(f":small[{text}]")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
