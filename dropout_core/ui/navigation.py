"""From page to page: what the menu holds, the way on, and which page the reader has come to."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

import streamlit as st

from dropout_core.ui.page import SECTIONS, Page


def _entries() -> tuple[Page, ...]:
    """The entries of all topics, in the order in which their pages are best read."""
    topics = import_module("dropout_core.topics")
    names = [module.name for module in iter_modules(topics.__path__, f"{topics.__name__}.")]
    return tuple(sorted((import_module(name).PAGE for name in names), key=lambda page: page.order))


PAGES = _entries()
BY_NAME = {page.name: page for page in PAGES}


def sections() -> dict[str, list[Page]]:
    """Entries by section, the start page first, under no name."""
    return {name: [page for page in PAGES if page.section == name] for name in ("", *SECTIONS)}


def following(name: str) -> Page:
    """The page to read after this one; after the last, the first."""
    return PAGES[(PAGES.index(BY_NAME[name]) + 1) % len(PAGES)]


def link(name: str, label: str, icon: str = "", query_params: Mapping[str, str] | None = None) -> None:
    """A link to the page of this name, with a Material icon."""
    shown = f":material/{icon}:" if icon else None
    st.page_link(BY_NAME[name].path, label=label, icon=shown, query_params=query_params)


def note_visit(name: str) -> None:
    """Count how often the reader has come to a page from another one, or from outside; for the page of this name."""
    state = st.session_state
    if state.get("page") != name:
        state["page"], state["visit"] = name, visit() + 1


def visit() -> int:
    """The number of the present visit to a page: it grows whenever the reader changes pages."""
    return st.session_state.get("visit", 0)


def arrives(name: str) -> bool:
    """Whether the reader comes to the page of this name from another, or from outside; until it has been shown."""
    return st.session_state.get("shown") != name


def next_page(name: str) -> None:
    """The way on, at the foot of the page of this name."""
    after = following(name)
    st.divider()
    link(after.name, f"Next: {after.title}", "arrow_forward")


def neighbours(what: str, names: Mapping[str, str], here: str, go: Callable[[str], None]) -> None:
    """Buttons that go to the slugs before and after this one (names: by slug); beyond either end there is none."""
    slugs = list(names)
    at = slugs.index(here)
    with st.container(horizontal=True):
        for way, there, icon in (("Previous", at - 1, "back"), ("Next", at + 1, "forward")):
            if there in range(len(slugs)):
                slug, key = slugs[there], f"{what}-{way}"
                label = f"{way} {what}: {names[slug]}"
                st.button(label, icon=f":material/arrow_{icon}:", on_click=go, args=(slug,), key=key)
