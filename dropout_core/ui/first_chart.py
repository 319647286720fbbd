"""Let the browser draw a page's first chart before the rest of the page arrives.

For the first chart, the browser has to load its chart library. If the rest of the page arrived in the meantime, the
browser would first build all of it, and then draw all charts together. So the script waits, for the first page of a
session, until page.js reports that the first chart is drawn.
"""

import secrets
from threading import Event, Lock

import streamlit as st

LONGEST = 1.0  # seconds; then the page goes on, e.g. if the browser blocks scripts
MARK = "first-chart"  # class of the element with the token, and the path under which page.js reports it
_waiting: dict[str, Event] = {}
_lock = Lock()


def wait_for_first_chart() -> None:
    """Pause after the first chart of a session until the browser has drawn it."""
    place = st.empty()  # in every run, since expanders and drafts below it would lose their state if they moved up
    if st.session_state.get("shown") or not LONGEST:  # set by shell.py at the end of a page
        return
    token, drawn = secrets.token_urlsafe(16), Event()
    with _lock:
        _waiting[token] = drawn
    place.html(f'<span class="{MARK}" data-token="{token}"></span>')
    try:
        drawn.wait(LONGEST)
    finally:
        place.empty()
        with _lock:
            del _waiting[token]


def report(token: str) -> None:
    """Note that the browser with this token has drawn its first chart. Unknown tokens are ignored."""
    with _lock:
        drawn = _waiting.get(token)
    if drawn is not None:
        drawn.set()
