"""Test that the menu has one entry per topic, and that the links at the foot of the pages lead through all pages."""

import pytest

from dropout_core.ui.navigation import BY_NAME, PAGES, following, preceding, sections
from tests import harness

pytestmark = pytest.mark.usefixtures("own_server")
own_server = harness.own_server


def test_every_topic_has_one_entry_and_one_page(pytestconfig):
    """To add a page, add a folder in topics/ with a menu entry, and a file in pages/. There is no central list."""
    root = pytestconfig.rootpath
    files = {path.stem for path in (root / "pages").glob("*.py")}
    topics = {path.parent.name for path in (root / "dropout_core" / "topics").glob("*/__init__.py")}
    assert set(BY_NAME) == files == topics
    assert all(page.path == root / "pages" / f"{page.name}.py" for page in PAGES)
    assert len({page.order for page in PAGES}) == len(PAGES)
    assert len(PAGES) == len(BY_NAME) == len({page.title for page in PAGES}) == len({page.icon for page in PAGES})


def test_the_menu_holds_all_of_them_with_the_first_on_its_own():
    menu = sections()
    assert [page.name for page in menu[""]] == ["overview"]
    assert [page for pages in menu.values() for page in pages] == list(PAGES)


def test_the_way_on_leads_round():
    seen, name = [], "overview"
    while name not in seen:
        seen.append(name)
        name = following(name).name
    assert name == "overview"
    assert len(seen) == len(PAGES)


def test_the_way_back_is_the_way_on_reversed():
    assert all(preceding(following(page.name).name) is page for page in PAGES)


def test_the_foot_of_a_page_links_to_the_previous_and_the_next_page():
    links = [link.proto for link in harness.read_page("scaling").get("page_link")]
    at = PAGES.index(BY_NAME["scaling"])
    assert [(link.label, link.page) for link in links[-2:]] == [
        (f"Previous: {PAGES[at - 1].title}", PAGES[at - 1].name),
        (f"Next: {PAGES[at + 1].title}", PAGES[at + 1].name),
    ]
