"""Test that the site has a file for each page and choice, and that addresses lead to them."""

import pytest

from dropout_core.static_site.variants import address, all_variants
from dropout_core.topics.papers.catalogue import FIGURES
from dropout_core.topics.pitfalls.catalogue import PITFALLS
from dropout_core.ui.navigation import PAGES

VARIANTS = all_variants()
FILES = {variant.file: variant for variant in VARIANTS}


def test_each_page_has_a_file_and_no_two_have_the_same():
    assert {variant.page for variant in VARIANTS} == {page.name for page in PAGES}
    assert len(FILES) == len(VARIANTS)
    assert {"index.html", "masks.html", "papers.html", "pitfalls.html"} <= set(FILES)


@pytest.mark.parametrize(
    ("page", "query", "expected"),
    [
        ("", "", "index.html"),
        ("masks", "rate=0.5&tour=2", "masks.html?rate=0.5&tour=2"),
        ("training", "seeds=5&show=1", "training.html?seeds=5"),
        ("papers", f"figure={FIGURES[1].slug}", f"papers-{FIGURES[1].slug}.html"),
        ("papers", f"figure={FIGURES[0].slug}", "papers.html"),
        ("pitfalls", f"lab={PITFALLS[2].slug}&tour=9", f"pitfalls-{PITFALLS[2].slug}.html?tour=9"),
        ("pitfalls", "", "pitfalls.html"),
        ("ensemble", "", "ensemble.html"),
        ("ensemble", "depth=2&rate=0.5", "ensemble.html?rate=0.5"),
        ("ensemble", "depth=3", "ensemble-3.html"),
        ("training", "measure=loss&show=1", "training-loss.html"),
        ("training", "measure=loss&show=0", "training.html"),
    ],
)
def test_an_address_chooses_the_file(page: str, query: str, expected: str):
    assert address(page, query, VARIANTS) == expected


def test_links_lead_to_files_of_the_site():
    for variant in VARIANTS:
        assert set(variant.links.values()) <= set(FILES)
        assert {file for files in variant.options.values() for file in files} <= set(FILES)


def test_both_answers_to_a_pitfall_have_a_file():
    for pitfall in PITFALLS:
        page = FILES[address("pitfalls", f"lab={pitfall.slug}", VARIANTS)]
        answers = [FILES[page.links[f"pit_answer_{letter}"]] for letter in "AB"]
        assert all(answer.params["lab"] == pitfall.slug for answer in answers)
        assert answers[0].params["picks"].strip("-") == "A"
        assert answers[1].params["picks"].strip("-") == "B"
