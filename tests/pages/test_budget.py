"""Test that every page keeps within its budget of words and charts, counted with all expanders closed.

The words of the components' HTML count too, but not those that their scripts write.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from dropout_core.reference import paper_scale
from dropout_core.topics.papers import catalogue
from dropout_core.ui import components
from dropout_core.ui.navigation import PAGES
from tests import harness, scale_record
from tests.harness import read_page

WORDS, CHARTS = 350, 3  # limits for every page
MORE_CHARTS = {"overview": 5}  # one chart for each of the five scenes
REVEALING = ("training", "rates", "neurons", "today")  # pages that ask a question before they show their finding
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.DOTALL)
FOLDED = ("expander", "popover")
HTML = {  # by the name of the component
    "dropout_network": "network.html",
    "dropout_tiles": "tiles.html",
    "dropout_reconstructions": "reconstruction.html",
}
WITHOUT_END = ("input", "img", "br")  # HTML elements that have no end tag
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
    """Count the words of a Markdown string. A formula counts as one word."""
    return sum(any(map(str.isalnum, word)) for word in FORMULA.sub(" formula ", text).split())


class SeenText(HTMLParser):
    """Collects the text of an HTML file that readers see."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[bool] = [False]  # whether each of the open elements is hidden
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        hides = "hidden" in dict(attrs) or dict(attrs).get("class") == "hidden"
        if tag not in WITHOUT_END:
            self.hidden.append(self.hidden[-1] or hides)

    def handle_endtag(self, tag: str) -> None:
        self.hidden.pop()

    def handle_data(self, data: str) -> None:
        self.text += "" if self.hidden[-1] else f" {data}"


def component_text(element: Element) -> str:
    """Return the text of a component's HTML, or "" if the element is not a component with text."""
    file = HTML.get(getattr(element.proto, "component_name", ""))
    if file is None:
        return ""
    parser = SeenText()
    parser.feed((Path(components.__file__).parent / "static" / file).read_text("utf-8"))
    return parser.text


def measure(page: AppTest) -> tuple[int, int]:
    """Count the words in the text and headings, and the charts, of a page that has just been opened."""
    seen = list(visible(page.main))
    texts = [element.value if element.type in TEXTS else component_text(element) for element in seen]
    return sum(map(words, texts)), sum(element.type == "vega_lite_chart" for element in seen)


def within(found: tuple[int, int], allowed: tuple[int, int]) -> bool:
    return found[0] <= allowed[0] and found[1] <= allowed[1]


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_a_page_keeps_within_its_budget(name: str):
    goal, found = (WORDS, MORE_CHARTS.get(name, CHARTS)), measure(read_page(name))
    assert within(found, goal), f"{name} shows {found} words and charts; allowed are {goal}"


@pytest.mark.parametrize("name", REVEALING)
def test_a_page_keeps_within_its_budget_once_its_finding_is_revealed(name: str):
    found = measure(read_page(name, show="1"))
    assert within(found, (WORDS, CHARTS)), f"{name} shows {found} words and charts"


def test_what_is_folded_does_not_count():
    app = AppTest.from_string(PAGE).run()
    texts = [element.value for element in visible(app.main) if element.type in TEXTS]
    assert texts == ["seen", "in a column", "in an open expander", "in the first tab"]
    assert words("A formula $p = 0.5$ is one word – and so is\n$$\na + b\n$$\nthis.") == 11


@pytest.mark.parametrize(("name", "file"), [("masks", "network.html"), ("neurons", "tiles.html")])
def test_the_words_of_components_count(name: str, file: str):
    elements = list(visible(read_page(name).main))
    texts = [text for element in elements if (text := component_text(element))]
    assert len(texts) == 1, file
    seen = {"masks": "Click a hidden neuron, or press Enter on it", "neurons": ""}[name]
    assert seen in texts[0]
    assert "Undo my clicks" not in texts[0], "it is hidden at first"


def test_the_papers_page_keeps_within_its_budget_once_runs_at_the_papers_scale_are_finished(monkeypatch, tmp_path):
    monkeypatch.setattr(paper_scale, "FOLDER", tmp_path)
    shown = catalogue.figures(True)
    monkeypatch.setattr(catalogue, "FIGURES", shown)
    monkeypatch.setattr(catalogue, "BY_SLUG", {figure.slug: figure for figure in shown})
    for seeds in (1, 5):
        scale_record.written(seeds, small=1.60, plain=1.60, dropped=1.25, bounded=1.06)
        for slug in ("table-2", "figure-4"):
            found = measure(harness.open_page("papers", figure=slug))
            assert within(found, (WORDS, CHARTS)), f"{slug} with {seeds} seeds shows {found} words and charts"
