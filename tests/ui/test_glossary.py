"""Test that terms are explained on hover where they first stand, each in half a sentence at most."""

import pytest

from dropout_core.ui.glossary import TERMS, explain
from dropout_core.ui.navigation import PAGES
from tests import harness

REVEALED = {page: {"show": "1"} for page in ("training", "rates", "neurons", "today")}
REVEALED["papers"] = {"figure": "figure-9a"}  # its first figures are single runs without intervals
FIRST = [  # a page, the terms explained on it, and words of the text to which the explanation belongs
    ("overview", ("95 % interval", "seed", "detectable"), "intervals over seeds"),
    ("overview", ("equivalent",), "This app tests one article"),
    ("masks", ("mask",), "Each training pass **drops**"),
    ("scaling", ("ReLU", "softmax"), "ReLU and softmax are nonlinear"),
    ("ensemble", ("95 % interval",), "band and brackets: its 95 % interval"),
    ("variants", ("seed", "95 % interval", "Holm"), "paired by seed. The 95 % intervals"),
    ("training", ("seed", "95 % interval"), "single runs (thin)"),
    ("rates", ("seed", "inconclusive", "nats"), "uncoloured: inconclusive"),
    ("regularisers", ("95 % interval",), "Dots and bars: the mean paired difference"),
    ("regularisers", ("nats",), "**Dropout alone"),
    ("regularisers", ("Holm",), "after Holm’s correction"),
    ("neurons", ("95 % interval",), "neuron can rely on another"),
    ("uncertainty", ("confidence", "bits", "mutual information"), "With masks off: "),
    ("uncertainty", ("mask",), "**Monte Carlo dropout**"),
    ("pitfalls", ("evaluation mode",), "eval() switches to"),
    ("today", ("seed", "95 % interval"), "95 % intervals over seeds"),
    ("papers", ("seed", "95 % interval"), "Points: means over the seeds"),
    ("claims", ("95 % interval", "equivalent", "inconclusive"), "Dot: mean difference"),
]

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


@pytest.mark.parametrize(("page", "terms", "words"), FIRST)
def test_a_term_is_explained_on_hover_where_it_first_stands(page: str, terms: tuple[str, ...], words: str):
    app = harness.read_page(page, **REVEALED.get(page, {}))
    assert next(m.proto.help for m in app.markdown if words in m.value) == explain(*terms)


def test_every_page_explains_its_terms():
    assert {page for page, _, _ in FIRST} == {page.name for page in PAGES}


def test_every_term_is_explained_somewhere_in_half_a_sentence():
    assert {term for _, terms, _ in FIRST for term in terms} == set(TERMS)
    assert all(len(text.split()) <= 20 and not text.endswith(".") for text in TERMS.values())
    assert explain("ReLU", "mask").startswith("**ReLU:** ")
    assert f"\n\n**Mask:** {TERMS['mask']}." in explain("ReLU", "mask")
