"""The five-minute tour: a card above each page that it visits, made of links. The link's parameter says which step."""

import re

import streamlit as st

from dropout_core.ui import components, navigation, query_params
from dropout_core.ui.tour_steps import STEPS, TOUR, query

_LAST, _SEEN, _MOVES = "tour_last", "tour_seen", "tour_moves"
_NUMBER = re.compile("[0-9]{1,2}")


def begin(page: str) -> None:
    """Read the step from the link. Call this once per run, before the page is drawn.

    From now on, the links that the page writes contain the step. A step that belongs to another page is not shown.
    """
    state, number = st.session_state, _in_link()
    on_page = number if number and STEPS[number - 1].page == page else 0
    if number and not on_page:
        title = navigation.BY_NAME[STEPS[number - 1].page].title
        query_params.add_note(f"Step {number} of the tour is on another page, “{title}”. The overview leads to it.")
    if number:
        state[_LAST] = number
    seen, now = state.get(_SEEN), (navigation.visit(), on_page)
    if seen not in (None, now):
        state[_MOVES] = state.get(_MOVES, 0) + 1
        if seen[0] == now[0]:  # the tour begins or ends on the page that is shown
            query_params.note_step()
    state[_SEEN] = now
    if on_page and (seen is None or seen[0] != now[0]) and not navigation.goes_back():
        _complete_link(on_page)
    query_params.keep_in_link({TOUR: f"{on_page}"} if on_page else {})


def _complete_link(number: int) -> None:
    """Add the step's settings to a link that contains the step alone, such as one that was typed."""
    if set(st.query_params) <= set(query_params.OF_EVERY_PAGE):
        st.query_params.update(STEPS[number - 1].settings)


def _in_link() -> int:
    """Return the step in the link, or 0. If there is no such step, add a note."""
    text = st.query_params.get(TOUR)
    if text is None:
        return 0
    if _NUMBER.fullmatch(text) and 1 <= int(text) <= len(STEPS):
        return int(text)
    query_params.add_note(f"`{TOUR}` in the link is not one of the steps 1 to {len(STEPS)}; it is ignored.")
    return 0


def current() -> int:
    """Return the step shown on this page, or 0."""
    return st.session_state[_SEEN][1]


def card() -> None:
    """Show the card of the current step, if there is one.

    Its place is always taken: otherwise, leaving the tour would move all elements of the page, and the browser would
    draw them anew, with their first values.
    """
    with st.container():
        if number := current():
            _card(number)


def _card(number: int) -> None:
    step, progress = STEPS[number - 1], f"Step {number} of {len(STEPS)}"
    with st.container(key="tour", horizontal=True, vertical_alignment="center", gap="small", border=True):
        st.markdown(f"**{progress}** {step.sentence} **Try it:** {step.task}")
        with st.container(key="tour_links", horizontal=True, gap="small", width="content"):
            if number < len(STEPS):
                _link(number + 1, "Next step", "arrow_forward")
            else:
                navigation.link(STEPS[0].page, "End the tour", "flag")
            navigation.link(step.page, "Leave the tour", "close")
        components.tour_card(f"Tour: {progress.lower()}", st.session_state.get(_MOVES, 0))


def entrance() -> None:
    """Show the link that begins the tour or, if this session has left it, goes on with it."""
    last = st.session_state.get(_LAST, 0)
    with st.container():
        if current():
            return
        if 0 < last < len(STEPS):
            _link(last, f"Go on with the tour: step {last}", "tour")
        else:
            _link(1, "Take the five-minute tour", "tour")


def _link(number: int, label: str, icon: str) -> None:
    navigation.link(STEPS[number - 1].page, label, icon, query(number))
