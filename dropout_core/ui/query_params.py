"""Settings in the page's address. Invalid ones never break a page: a default is used, with a note to the reader."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from dropout_core.common.text import counted, listed

T = TypeVar("T")
N = TypeVar("N", int, float)
_NOTES = "_query_notes"
_PLAIN, _MOST_NAMED = re.compile("[a-z_]{1,20}"), 3


def number_param(name: str, default: N, low: float, high: float, choices: Sequence[float] = ()) -> N:
    """The query parameter as a number of the default's type in [low, high].

    If it lies outside, or is not one of the choices, the nearest possible value is used; if it is no number, the
    default. A note says so.
    """
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
    possible = nearest(min(max(value, low), high), choices) if choices else min(max(value, low), high)
    used = type(default)(round(possible) if isinstance(default, int) else possible)
    if not low <= value <= high:
        _note(f"`{name}` is {value:,g} in the link, which lies outside {low:,g} to {high:,g}; {used:,g} is used.")
    elif abs(used - value) > 1e-9:
        _note(f"`{name}` is {value:,.9g} in the link; {used:,g} is used, the nearest that the control can show.")
    return used


def nearest(value: float, choices: Sequence[float]) -> float:
    """The choice that is closest to the value."""
    return min(choices, key=lambda choice: abs(choice - value))


def choice_param(name: str, default: T, choices: Sequence[T]) -> T:
    """The choice that the query parameter names; the default, with a note, if it names none."""
    text = st.query_params.get(name)
    by_text = {f"{choice}": choice for choice in choices}
    if text is None or text in by_text:
        return default if text is None else by_text[text]
    known = ", ".join(f"“{choice}”" for choice in choices)
    _note(f"`{name}` in the link is none of {known}; “{default}” is used.")
    return default


def text_param(name: str, default: str, normalise: Callable[[str], str]) -> str:
    """The query parameter in its normal form; the default, with a note, if normalise raises ValueError."""
    try:
        return normalise(st.query_params.get(name, default))
    except ValueError as error:
        _note(f"`{name}` in the link: {error} {f'{default} is used' if default else 'It is ignored'}.")
        return default


def show_param_notes(known: Sequence[str]) -> None:
    """Show one note for each setting of the link that could not be used; known are the names of this page."""
    unknown = [name for name in st.query_params if name not in known]
    if unknown:
        ignored = "it is ignored" if len(unknown) == 1 else "they are ignored"
        # Other names are not repeated on the page: they might be markup.
        plain = [f"`{name}`" for name in unknown if _PLAIN.fullmatch(name)][:_MOST_NAMED]
        names = f" ({listed(plain)})" if plain else ""
        _note(f"The link has {counted(len(unknown), 'setting')} that this page does not know{names}; {ignored}.")
    for note in dict.fromkeys(st.session_state.pop(_NOTES, [])):
        st.info(note, icon=":material/link_off:")


def _note(text: str) -> None:
    st.session_state.setdefault(_NOTES, []).append(text)


def write_params(values: Mapping[str, object], defaults: Mapping[str, object]) -> None:
    """Write the values to the address, except those at their defaults."""
    written = {name: f"{value}" for name, value in values.items() if value != defaults[name]}
    if st.query_params.to_dict() != written:
        st.query_params.from_dict(written)
