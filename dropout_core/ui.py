"""The one module besides the pages that knows Streamlit: query parameters that cannot break a page, links between pages."""

from collections.abc import Sequence

import streamlit as st

_NOTES = "_query_notes"


def number_param(name: str, default: float, low: float, high: float) -> float:
    """The query parameter as a number in [low, high]; clamped, or the default, with a note if it was not."""
    text = st.query_params.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        _note(f"`{name}` in the link is not a number; {default:g} is used.")
        return default
    if not low <= value <= high:
        _note(f"`{name}` in the link lies outside {low:g} to {high:g}; the nearest allowed value is used.")
    return type(default)(min(max(value, low), high))


def choice_param(name: str, default: str, choices: Sequence[str]) -> str:
    """The query parameter if it is one of the choices; otherwise the default, with a note."""
    text = st.query_params.get(name)
    if text is None or text in choices:
        return text or default
    _note(f"`{name}` in the link is none of {', '.join(choices)}; {default} is used.")
    return default


def show_param_notes(known: Sequence[str]) -> None:
    """Say once, above the page, what of the link could not be used."""
    unknown = [name for name in st.query_params if name not in known]
    if unknown:
        _note(f"The link has {len(unknown)} setting(s) that this page does not know; they are ignored.")
    for note in dict.fromkeys(st.session_state.pop(_NOTES, [])):
        st.info(note, icon=":material/link_off:")


def _note(text: str) -> None:
    st.session_state.setdefault(_NOTES, []).append(text)
