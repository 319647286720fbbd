"""How the explainer pages lay things out: a picture beside words, a chart under its controls, remarks."""

import hashlib
import json

import streamlit as st

from . import ui

# What is the same for all readers is worked out once; its messages are kept, and sent again to whoever comes.
# Not for ui.controls_above: a style goes to a place of its own, from where it is not sent again.
drawn_once = st.cache_data(show_spinner=False, max_entries=64)


_MOST = 256
_digests: dict[int, tuple[dict, str]] = {}


def screen(heading: str | None = None) -> list:
    """A screenful: a picture at the left and words at the right, one above the other on a phone."""
    if heading:
        st.header(heading)
    return st.columns([3, 2], gap="large")


def draw(spec: dict, key: str, alt: str, chart: str = "", **report: object) -> object:
    """A chart under its own controls; chart is its key where it is not that of the place, KEY_chart."""
    with st.container(key=key):
        ui.controls_above(key)
        name = chart or f"{key}_chart"
        if report:
            return st.vega_lite_chart(spec=spec, key=name, alt=alt, **report)
        return _still(name, _digest(spec), alt, spec)


@st.cache_data(show_spinner=False, max_entries=256)
def _still(name: str, digest: str, alt: str, _spec: dict) -> None:
    """A chart that reports nothing: Streamlit takes 5 ms to turn a large one into a message, so that is done once."""
    st.vega_lite_chart(spec=_spec, key=name, alt=alt)


def _digest(spec: dict) -> str:
    """What tells this specification from others. Pages keep theirs, so the same object comes again and again."""
    known = _digests.get(id(spec))
    if known is None or known[0] is not spec:
        known = (spec, hashlib.sha256(json.dumps(spec).encode()).hexdigest())
        _digests[id(spec)] = known  # with the object itself: its id is not given to another while it is kept here
        while len(_digests) > _MOST:
            _digests.pop(next(iter(_digests)), None)
    return known[1]


def small(text: str) -> None:
    """A side remark; unlike st.caption's grey, it keeps the contrast that small text needs."""
    st.markdown(f":small[{text}]")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
