"""The paper's figures and the verdicts on them, shared by all sessions."""

import streamlit as st

from dropout_core.data.mnist import DataError
from dropout_core.experiments.paper_scale import EXPERIMENTS
from dropout_core.numerics.verdicts import Finding, Verdict
from dropout_core.reference import paper_scale, records
from dropout_core.reference.records import RecordError
from dropout_core.topics.papers import catalogue
from dropout_core.topics.papers.catalogue import FIGURES
from dropout_core.topics.papers.figures import DRAWING
from dropout_core.topics.papers.shown import Shown
from dropout_core.ui import server


@st.cache_resource(max_entries=32, show_spinner="Drawing…")
def shown(slug: str, stamp: tuple[str, ...]) -> Shown:
    """Build a figure, cached until the stamp (the names of its existing records) changes."""
    if slug == "section-9.1":
        return DRAWING[slug](server.digits("mnist-5k"))
    name = catalogue.BY_SLUG[slug].record
    return DRAWING[slug](paper_scale.load_any(name) if name else None)


def stamp(slug: str) -> tuple[str, ...]:
    """Return the names of those existing records that this figure shows."""
    name = catalogue.BY_SLUG[slug].record
    return paper_scale.finished(name) if name in EXPERIMENTS else tuple({name} & {*records.recorded()})


def added() -> tuple[int, int]:
    """Return when files were last added to the folders of the records, in nanoseconds."""
    return records.FOLDER.stat().st_mtime_ns, paper_scale.FOLDER.stat().st_mtime_ns


@st.cache_data(max_entries=4, show_spinner=False)
def verdicts(added: tuple[int, int]) -> tuple[Verdict, ...]:
    """Judge the statements of all the paper's figures, except figures whose runs cannot be read."""
    return tuple(finding.verdict for figure in FIGURES for finding in _judged(figure.slug))


def _judged(slug: str) -> list[Finding]:
    try:
        return shown(slug, stamp(slug)).findings
    except (DataError, RecordError):
        return []
