"""Read settings from the page's query parameters. Invalid values are replaced, and a note informs the reader."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import streamlit as st

from dropout_core.common.text import counted, listed
from dropout_core.ui.tour_steps import TOUR

T = TypeVar("T")
N = TypeVar("N", int, float)
_NOTES, _STEP, _KEPT = "_query_notes", "_query_step", "_query_kept"
STEP = "_step"  # page.js removes this parameter from the address, and adds an entry to the browser's history
OF_EVERY_PAGE = (STEP, TOUR)
_PLAIN, _MOST_NAMED = re.compile("[a-z_]{1,20}"), 3
# Tracking parameters that mail programs, social networks and advertisers add to links.
_TRACKING = re.compile(
    r"(utm|pk|mtm|matomo|piwik)_\w+|gad_\w+|_hs\w+|(fb|g|d|tw|tt|y)clid|msclkid|srsltid|gclsrc|[gw]braid|rdt_cid|mc_[ce]id"
    r"|vero_id|_branch_match_id|li_fat_id|igshid|igsh|mibextid|mkt_tok|epik|_openstat|_ga|_gl|ref|ref_src|si|s"
)


def number_param(name: str, default: N, low: float, high: float, choices: Sequence[float] = ()) -> N:
    """Read the query parameter as a number in [low, high], of the same type as the default.

    A number out of range, or not among the choices, is replaced by the nearest allowed value. Text that is not a number
    is replaced by the default. In both cases, a note tells the reader.
    """
    text = st.query_params.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        add_note(f"`{name}` in the link is not a number; {default:g} is used.")
        return default
    possible = nearest(min(max(value, low), high), choices) if choices else min(max(value, low), high)
    used = type(default)(round(possible) if isinstance(default, int) else possible)
    if not low <= value <= high:
        add_note(f"`{name}` is {value:,g} in the link, outside the range {low:,g} to {high:,g}; {used:,g} is used.")
    elif abs(used - value) > 1e-9:
        add_note(f"`{name}` is {value:,.9g} in the link; the nearest available value, {used:,g}, is used.")
    return used


def nearest(value: float, choices: Sequence[float]) -> float:
    """Return the number in `choices` that is closest to the value."""
    return min(choices, key=lambda choice: abs(choice - value))


def choice_param(name: str, default: T, choices: Sequence[T]) -> T:
    """Return the choice named by the query parameter. For an unknown choice, add a note and return the default."""
    text = st.query_params.get(name)
    by_text = {form: choice for choice in choices for form in (f"{choice}", as_text(choice))}
    if text is None or text in by_text:
        return default if text is None else by_text[text]
    known = ", ".join(f"“{choice}”" for choice in choices)
    add_note(f"`{name}` in the link is not one of {known}; “{default}” is used.")
    return default


def text_param(name: str, default: str, normalise: Callable[[str], str]) -> str:
    """Normalise the query parameter. If `normalise` raises ValueError, add a note and return the default."""
    try:
        return normalise(st.query_params.get(name, default))
    except ValueError as error:
        add_note(f"`{name}` in the link: {error} {f'{default} is used' if default else 'It is ignored'}.")
        return default


def show_param_notes(known: Sequence[str]) -> None:
    """Show notes about invalid or unknown query parameters. `known` contains the names of this page's settings."""
    known = (*known, *OF_EVERY_PAGE)
    unknown = [name for name in st.query_params if name not in known and not _TRACKING.fullmatch(name)]
    if unknown:
        ignored = "it is ignored" if len(unknown) == 1 else "they are ignored"
        # Do not show names with unusual characters, since they might contain markup.
        plain = [f"`{name}`" for name in unknown if _PLAIN.fullmatch(name)][:_MOST_NAMED]
        names = f" ({listed(plain)})" if plain else ""
        settings = counted(len(unknown), "setting")
        add_note(f"The link contains {settings} that this page does not have{names}; {ignored}.")
    for note in dict.fromkeys(st.session_state.pop(_NOTES, [])):
        st.info(note, icon=":material/link_off:")


def add_note(text: str) -> None:
    """Add a note about the link, which `show_param_notes` will show."""
    st.session_state.setdefault(_NOTES, []).append(text)


def as_text(value: object) -> str:
    """Return the value as text for a link, with no decimal point in whole numbers."""
    return f"{value:.15g}" if isinstance(value, float) else f"{value}"


def write_params(values: Mapping[str, object], defaults: Mapping[str, object]) -> None:
    """Write the values to the page's address, omitting those that equal their defaults.

    The address is written even if `st.query_params` already has these values: they reflect the browser's last message,
    and an earlier run may have changed the address since then.
    """
    written = {name: as_text(value) for name, value in values.items() if value != defaults[name]}
    step = {STEP: "1"} if st.session_state.pop(_STEP, False) else {}
    st.query_params.from_dict(written | st.session_state.get(_KEPT, {}) | step)


def keep_in_link(values: Mapping[str, str]) -> None:
    """Set additional parameters that are not settings of the page but belong in its links."""
    st.session_state[_KEPT] = dict(values)


def note_step() -> None:
    """Make Back undo the next address change separately. Other changes replace the address."""
    st.session_state[_STEP] = True
