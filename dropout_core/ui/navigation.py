"""Navigation between pages: menu entries, links, and visits."""

from collections.abc import Callable, Mapping
from copy import copy
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from dropout_core.ui.page import SECTIONS, Page


def _entries() -> tuple[Page, ...]:
    """Collect the entries of all topics, in the recommended reading order."""
    topics = import_module("dropout_core.topics")
    names = [module.name for module in iter_modules(topics.__path__, f"{topics.__name__}.")]
    return tuple(sorted((import_module(name).PAGE for name in names), key=lambda page: page.order))


PAGES = _entries()
BY_NAME = {page.name: page for page in PAGES}


def menu() -> dict[st.Page, Page]:
    """Return the entries, keyed by Streamlit's own objects. They are new in each run, since Streamlit changes them."""
    return {copy(page): BY_NAME[name] for name, page in _streamlit_pages().items()}


@cache
def _streamlit_pages() -> dict[str, st.Page]:
    """Create Streamlit's objects for all entries once, since Streamlit looks for each one's file."""
    return {entry.name: st.Page(entry.path, title=entry.title, default=entry is PAGES[0]) for entry in PAGES}


def sections() -> dict[str, list[Page]]:
    """Group the entries by section. The start page comes first, under an empty section name."""
    return {name: [page for page in PAGES if page.section == name] for name in ("", *SECTIONS)}


def following(name: str) -> Page:
    """Return the next page in reading order. The first page follows the last."""
    return PAGES[(PAGES.index(BY_NAME[name]) + 1) % len(PAGES)]


def preceding(name: str) -> Page:
    """Return the previous page in reading order. The last page precedes the first."""
    return PAGES[PAGES.index(BY_NAME[name]) - 1]


def link(name: str, label: str, icon: str = "", query_params: Mapping[str, str] | None = None) -> None:
    """Show a link to the page with this name, with a Material icon if one is given."""
    shown = f":material/{icon}:" if icon else None
    st.page_link(_streamlit_pages()[name], label=label, icon=shown, query_params=query_params)


def note_visit(name: str) -> None:
    """Start a new visit if the reader has changed pages, come from outside the app, or pressed Back or Forward."""
    state, context = st.session_state, get_script_run_ctx()
    goes_back = context is not None and context.is_history_navigation
    if state.get("page") != name or goes_back:
        state.update(page=name, visit=visit() + 1, goes_back=goes_back)


def visit() -> int:
    """Return the number of the current visit, which increases whenever the reader changes pages or goes back."""
    return st.session_state.get("visit", 0)


def goes_back() -> bool:
    """Whether this visit began with Back or Forward. The link is then complete: other settings have their defaults."""
    return st.session_state.get("goes_back", False)


def runs_fragment() -> bool:
    """Whether this run executes only a fragment instead of the whole page."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def note_shown() -> None:
    """Record that the page of this visit has run to its end."""
    st.session_state["shown"] = visit()


def arrives() -> bool:
    """Whether the reader has just arrived at this page. True until the page has run once to the end."""
    return st.session_state.get("shown") != visit()


def next_page(name: str) -> None:
    """Show links to the previous and the next page, at the foot of the page with this name."""
    before, after = preceding(name), following(name)
    st.divider()
    with st.container(horizontal=True, horizontal_alignment="distribute", key="page_links"):
        link(before.name, f"Previous: {before.title}", "arrow_back")
        link(after.name, f"Next: {after.title}", "arrow_forward")


def neighbours(what: str, names: Mapping[str, str], here: str, go: Callable[[str], None]) -> None:
    """Show buttons for the previous and next entries of `names`, which maps slugs to titles.

    They are buttons, since a page reads its link only when the reader arrives, not when a link leads to the same page.
    Back still undoes a step, if `go` calls query_params.note_step.
    """
    slugs = list(names)
    at = slugs.index(here)
    with st.container(horizontal=True):
        for way, there, icon in (("Previous", at - 1, "back"), ("Next", at + 1, "forward")):
            if there in range(len(slugs)):
                slug, key = slugs[there], f"{what}-{way}"
                label = f"{way} {what}: {names[slug]}"
                st.button(label, icon=f":material/arrow_{icon}:", on_click=go, args=(slug,), key=key)
