"""The pages of the app, in the order in which they are best read: their names, and what each is for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import streamlit as st


@dataclass(frozen=True)
class Entry:
    """One page: pages/NAME.py, its title, Material icon, what the reader finds there, and its part of the menu."""

    name: str
    title: str
    icon: str
    says: str
    section: str = ""

    @property
    def path(self) -> str:
        return f"pages/{self.name}.py"


SEE, TRAIN, USE, CHECK = "See it", "Train it", "Use it", "Check it"
PAGES = (
    Entry("overview", "Overview", "home", "Dropout in a minute."),
    Entry("masks", "Masks", "grain", "Flip the coins yourself: any rate, pass by pass.", SEE),
    Entry("scaling", "Inverted scaling", "balance", "Why kept neurons are scaled up, and what it keeps.", SEE),
    Entry("ensemble", "Ensemble", "hub", "All subnetworks of a small net at once, and their average.", SEE),
    Entry("variants", "Variants", "blur_on", "Other ways to forget: noise, single weights, whole maps.", SEE),
    Entry("training", "Train on MNIST", "model_training", "With and without dropout, measured live.", TRAIN),
    Entry("rates", "Which rate?", "grid_on", "The best rate for your net and your data, if there is one.", TRAIN),
    Entry("regularisers", "Regularisers", "tune", "L2, augmentation and more, alone and with dropout.", TRAIN),
    Entry("neurons", "Neurons", "neurology", "Features, activity, and what it costs to lose one.", TRAIN),
    Entry("uncertainty", "Uncertainty", "help", "Ask a net a hundred times, about a digit that you draw.", USE),
    Entry("pitfalls", "Pitfalls", "bug_report", "Eleven mistakes: tell the bug from the right code.", USE),
    Entry("papers", "Papers", "menu_book", "The figures of 2014, drawn again from runs made here.", CHECK),
    Entry("claims", "Claims", "fact_check", "Thirteen sentences about dropout, and which of them hold.", CHECK),
)
BY_NAME = {entry.name: entry for entry in PAGES}


def sections() -> dict[str, list[Entry]]:
    """Entries by section, the start page first, under no name."""
    return {name: [entry for entry in PAGES if entry.section == name] for name in ("", SEE, TRAIN, USE, CHECK)}


def following(name: str) -> Entry:
    """The page to read after this one; after the last, the first."""
    return PAGES[(PAGES.index(BY_NAME[name]) + 1) % len(PAGES)]


def open_page() -> None:
    """First line of every page: have app.py run around it.

    Until app.py has called st.navigation once, a new server takes the pages folder for Streamlit's old kind of
    multipage app, and shows a page that is opened by its own address alone. So then the page runs app.py itself.
    """
    if not st.session_state.get("opened"):
        import_module("app").main()
        st.stop()


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
    st.page_link(after.path, label=f"Next: {after.title}", icon=":material/arrow_forward:")


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
