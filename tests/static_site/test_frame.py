"""Test the frame of a page: its menu, its link to the app, the tour's cards and the scripts."""

from html.parser import HTMLParser

from dropout_core.static_site import frame, shared
from dropout_core.static_site.frame import Content
from dropout_core.static_site.variants import all_variants
from dropout_core.ui.navigation import PAGES

VARIANTS = all_variants()
MASKS = next(variant for variant in VARIANTS if variant.page == "masks")
CONTENT = Content("<p>Text</p>", {2: "<p>Card</p>"}, ("dropout_network",))


class Tags(HTMLParser):
    """Collects the attributes of a page's elements, by tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, str | None]]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.setdefault(tag, []).append(dict(attrs))


def test_the_menu_lists_the_pages_in_their_order_and_marks_the_current_one():
    links = Tags(frame.page(MASKS, CONTENT, VARIANTS)).found["a"]
    menu = [link for link in links if str(link["href"]).endswith(".html")]
    assert [link["href"] for link in menu] == ["index.html", *(f"{page.name}.html" for page in PAGES[1:])]
    assert [link["href"] for link in menu if link.get("aria-current")] == ["masks.html"]


def test_the_page_links_to_its_counterpart_if_the_app_s_address_is_known():
    assert 'need <a href="https://example.org/app/masks">the app</a>.' in frame.page(
        MASKS, CONTENT, VARIANTS, "https://example.org/app"
    )
    assert "need the app.</p>" in frame.page(MASKS, CONTENT, VARIANTS)


def test_the_tour_s_card_waits_in_a_template():
    assert '<template data-tour="2"><p>Card</p></template>' in frame.page(MASKS, CONTENT, VARIANTS)


def test_scripts_are_classic_and_the_components_come_before_vega():
    scripts = Tags(frame.page(MASKS, CONTENT, VARIANTS)).found["script"]
    assert not any("type" in script for script in scripts), "browsers load no modules from files"
    names = [str(script["src"]).removeprefix(f"{shared.ASSETS}/") for script in scripts]
    assert names.index("dropout_network.js") < names.index("site.js") < names.index("vega.js")


def test_the_head_describes_the_page_and_names_only_absolute_addresses():
    alone, linked = (frame.page(MASKS, CONTENT, VARIANTS, url) for url in (None, "https://example.org/app"))
    for html in (alone, linked):
        assert "<title>Masks – Dropout, seen at work</title>" in html
        assert '<meta property="og:description" content="' in html
    assert "canonical" not in alone
    assert "og:image" not in alone
    assert '<link rel="canonical" href="https://example.org/app/masks">' in linked
    assert '<meta property="og:image" content="https://example.org/app/previews/masks.png">' in linked


def test_the_shared_files_are_complete():
    assets = shared.assets()
    assert {*shared.PAGE_SCRIPTS, "site.css", "icon.svg"} == set(assets)
    assert "window.vegaEmbed=" in assets["vega.js"]
    assert "--interface" in assets["site.css"]
    assert ".st-key-bar_rate" in assets["site.css"]
    assert assets["site.css"].count(".hidden {") == 1
