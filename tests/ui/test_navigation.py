"""The site map: every page file is in it once, and the way on leads through all of them."""

from dropout_core.ui.navigation import BY_NAME, PAGES, following, sections


def test_it_names_every_page_once(pytestconfig):
    files = {path.stem for path in (pytestconfig.rootpath / "pages").glob("*.py")}
    assert files == set(BY_NAME)
    assert len(PAGES) == len(BY_NAME) == len({entry.title for entry in PAGES}) == len({entry.icon for entry in PAGES})


def test_the_menu_holds_all_of_them_with_the_first_on_its_own():
    menu = sections()
    assert [entry.name for entry in menu[""]] == ["overview"]
    assert [entry for entries in menu.values() for entry in entries] == list(PAGES)


def test_the_way_on_leads_round():
    seen, name = [], "overview"
    while name not in seen:
        seen.append(name)
        name = following(name).name
    assert name == "overview"
    assert len(seen) == len(PAGES)
