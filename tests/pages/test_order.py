"""Test what stands where on all pages, with all folds open: what a chart encodes before it, provenance in its fold."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from dropout_core.topics.papers.catalogue import FIGURES
from dropout_core.topics.pitfalls.catalogue import BY_SLUG, encode
from dropout_core.ui.navigation import PAGES
from dropout_core.ui.reference_panel import ABOUT
from tests import harness

STATES = [  # every page as it opens, and states in which it shows more
    *((page.name, {}) for page in PAGES),
    *((name, {"show": "1"}) for name in ("training", "rates", "neurons", "today")),
    *(("papers", {"figure": figure.slug}) for figure in FIGURES[1:]),
    *(("pitfalls", {"lab": slug, "picks": encode(dict.fromkeys(BY_SLUG, "A"))}) for slug in ("keep", "always")),
]
each_state = pytest.mark.parametrize(("name", "params"), STATES, ids=lambda part: "-".join(part.values()) or "open"
                                     if isinstance(part, dict) else part)  # fmt: skip
TEXTS = ("title", "header", "subheader", "markdown", "caption", "code", "info", "warning", "error")
HEADINGS = ("title", "header", "subheader")
PICTURES = ("dropout_network", "dropout_tiles", "dropout_reconstructions")  # components
# A mark or a colour, and what it means: "Thin lines: single seeds", "bands contain 95 % of the means".
LEGEND = re.compile(
    r"\b(lines?|curves?|bars?|bands?|ticks?|dots?|circles?|squares?|diamonds?|triangles?|(large|grey|hollow) "
    r"marks?|dashed|dotted|shaded|thin|bold|filled|hollow|outlined|uncoloured|blue|orange|grey|violet|ring|star)"
    r"( on the left| \([a-z ]+\))?(:| (contains?|shows?|marks?) )|★ ",
    re.IGNORECASE,
)
PROVENANCE = re.compile(
    r"(torch|numpy|scipy|scikit-learn|streamlit|python) \d|\bcommit\b|EPYC|Xeon|\b[0-9a-f]{12,}\b|\b20\d\d-\d\d-\d\d\b",
    re.IGNORECASE,
)
PAGE = """
import streamlit as st
chart = {"data": {"values": [{"a": 1}]}, "mark": "point"}
st.header("First")
left, right = st.columns(2)
left.vega_lite_chart(spec=chart, key="one")
right.markdown("Bars: beside their chart")
with st.expander("fold"):
    st.markdown("Bands: before their chart")
    st.vega_lite_chart(spec=chart, key="two")
    st.markdown("Thin lines: after it")
st.header("Second")
st.markdown("Dots: before their chart")
st.vega_lite_chart(spec=chart, key="three")
st.markdown("The lines meet.")
"""

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


def parts(block: Block) -> tuple[list[Element | Block], list[Block]]:
    """Return the elements of a page or fold in the order of a phone's screen, and the folds inside it.

    A fold whose label contains a picture, such as a row of the scoreboard, counts as an element too.
    """
    elements, folds = [], []
    for child in block.children.values():
        if not isinstance(child, Block):
            elements.append(child)
        elif child.type == "expander":
            folds.append(child)
            elements += [child] if "![" in child.label else []
        else:
            inner, more = parts(child)
            elements += inner
            folds += more
    return elements, folds


def is_picture(element: Element | Block) -> bool:
    """Whether the element is a chart, an image, a fold with a picture, or one of the components that draw."""
    if isinstance(element, Block):
        return True
    return element.type in ("vega_lite_chart", "image") or getattr(element.proto, "component_name", "") in PICTURES


def late_legends(block: Block) -> Iterator[str]:
    """Yield each text that explains marks after the last picture below its heading."""
    elements, folds = parts(block)
    last, late = False, []  # whether a picture stands below this heading, and the legends since then
    for element in elements:
        if is_picture(element):
            last, late = True, []
        elif element.type in HEADINGS:
            yield from late
            last, late = False, []
        elif last and element.type in TEXTS and LEGEND.search(element.value):
            late.append(element.value)
    yield from late
    for fold in folds:
        yield from late_legends(fold)


def outside(block: Block, fold: str) -> Iterator[str]:
    """Yield the texts of a page, with all its folds open, except those in folds with this label."""
    elements, folds = parts(block)
    yield from (each.value for each in elements if each.type in TEXTS)
    for each in folds:
        if each.label != fold:
            yield from outside(each, fold)


@each_state
def test_what_a_chart_encodes_is_said_before_it_and_provenance_only_in_its_fold(name: str, params: dict[str, str]):
    page = harness.read_page(name, **params).main
    assert not list(late_legends(page))
    shown = [text for text in outside(page, ABOUT) if PROVENANCE.search(text)]
    assert not shown, f"provenance outside the fold {ABOUT!r}"


def test_a_legend_beside_or_after_its_chart_is_found():
    assert list(late_legends(AppTest.from_string(PAGE).run().main)) == [
        "Bars: beside their chart",
        "Thin lines: after it",
    ]


def test_provenance_is_found_where_it_stands():
    assert any(PROVENANCE.search(text) for text in outside(harness.read_page("papers").main, "another fold"))
