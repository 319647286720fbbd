"""Every page keeps within its budget of words and charts, counted while everything that can be folded is folded."""

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from dropout_core.ui.navigation import PAGES
from tests import harness

WORDS, CHARTS = 350, 3  # the goal of every page
MORE_CHARTS = {"overview": 5}  # its charts are its five scenes
REVEALING = ("training", "rates", "neurons")  # pages that ask a question before they show their finding
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.DOTALL)
FOLDED = ("expander", "popover")
TEXTS = ("title", "header", "subheader", "markdown", "caption", "latex", "page_link", "info", "warning", "error")
PAGE = """
import streamlit as st
st.markdown("seen")
st.columns(2)[1].markdown("in a column")
st.expander("open", expanded=True).markdown("in an open expander")
st.expander("closed").markdown("folded")
st.popover("closed").markdown("folded")
first, second = st.tabs(["first", "second"])
first.markdown("in the first tab")
second.markdown("folded")
"""

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


def visible(block: Block) -> Iterator[Element]:
    """Yield the elements that a reader sees without opening an expander, a popover or another tab."""
    children = list(block.children.values())
    if block.type == "tab_container":
        children = [children[block.proto.tab_container.default_tab_index]]
    for child in children:
        if not isinstance(child, Block):
            yield child
        elif child.type not in FOLDED or getattr(child.proto, "expanded", False):
            yield from visible(child)


def words(text: str) -> int:
    """Count the words of a Markdown text. A formula counts as one word."""
    return sum(any(map(str.isalnum, word)) for word in FORMULA.sub(" formula ", text).split())


def measure(name: str, **params: str) -> tuple[int, int]:
    """Count the words in texts and headings, and the charts, of a page that has just been opened."""
    seen = list(visible(harness.open_page(name, **params).main))
    texts = (element.value for element in seen if element.type in TEXTS)
    return sum(map(words, texts)), sum(element.type == "vega_lite_chart" for element in seen)


def within(found: tuple[int, int], allowed: tuple[int, int]) -> bool:
    return found[0] <= allowed[0] and found[1] <= allowed[1]


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_a_page_keeps_within_its_budget(name: str):
    goal, found = (WORDS, MORE_CHARTS.get(name, CHARTS)), measure(name)
    assert within(found, goal), f"{name} shows {found} words and charts; allowed are {goal}"


@pytest.mark.parametrize("name", REVEALING)
def test_a_page_keeps_within_its_budget_once_its_finding_is_revealed(name: str):
    found = measure(name, show="1")
    assert within(found, (WORDS, CHARTS)), f"{name} shows {found} words and charts"


def test_what_is_folded_does_not_count():
    app = AppTest.from_string(PAGE).run()
    texts = [element.value for element in visible(app.main) if element.type in TEXTS]
    assert texts == ["seen", "in a column", "in an open expander", "in the first tab"]
    assert words("A formula $p = 0.5$ is one word – and so is\n$$\na + b\n$$\nthis.") == 11
