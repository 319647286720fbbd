"""Test the tags that describe a page in search results and in previews of links."""

import pytest

from dropout_core.ui.http import previews
from dropout_core.ui.navigation import BY_NAME, PAGES
from dropout_core.ui.page import SEE, Page
from tests.html_head import Head

URL = "https://example.org/dropout"


def head(page: Page, url: str | None) -> Head:
    return Head(previews.tags(page, url))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_without_an_address_no_tag_needs_one(page):
    found = head(page, None)
    assert found.canonical == ["./" if page is PAGES[0] else f"./{page.name}"]
    assert not [name for name in found.tags if "image" in name or "url" in name]
    assert not [text for text in found.tags.values() if "://" in text]
    assert found.tags["twitter:card"] == "summary"
    assert found.titles == [found.tags["og:title"]] == [found.tags["twitter:title"]] == [page.full_title]


def test_with_an_address_all_links_begin_with_it():
    found = head(BY_NAME["masks"], URL)
    assert found.canonical == [found.tags["og:url"]] == [f"{URL}/masks"]
    assert found.tags["og:image"] == found.tags["twitter:image"] == f"{URL}/previews/masks.png"
    assert found.tags["twitter:card"] == "summary_large_image"
    assert head(PAGES[0], URL).canonical == [f"{URL}/"]


def test_each_page_has_its_own_title_and_description():
    heads = [head(page, None) for page in PAGES]
    assert (
        len({found.titles[0] for found in heads}) == len({found.tags["description"] for found in heads}) == len(PAGES)
    )
    assert all(50 <= len(found.tags["description"]) <= 160 for found in heads), "search engines cut longer ones off"


def test_special_characters_stay_text():
    page = Page("x", 1, 'A "title" <b> & more', "help", 'Says "a < b".', SEE)
    found = head(page, URL)
    assert found.titles[0].startswith('A "title" <b> & more')
    assert found.tags["og:description"].startswith('Says "a < b".')
