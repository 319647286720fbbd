"""Test what a real server tells sites that preview a link, and in which form it sends its files."""

import gzip
import urllib.request
from collections.abc import Iterator
from email.message import Message
from io import BytesIO

import pytest
from PIL import Image

from dropout_core.ui.http.previews import HEIGHT, WIDTH
from dropout_core.ui.navigation import PAGES
from dropout_core.ui.page import SITE, Page
from tests.e2e.conftest import serve
from tests.html_head import Head

URL = "https://dropout.example.org/app"  # nothing is served there; the tests look only at what follows it
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def public_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an app that knows its public address, and yield the address at which it can be reached here."""
    with serve(tmp_path_factory.mktemp("public"), DROPOUT_URL=f"{URL}/") as address:
        yield address


def get(address: str, **headers: str) -> tuple[Message, bytes]:
    """Return headers and body, as a client without a browser gets them."""
    request = urllib.request.Request(address, headers={name.replace("_", "-"): v for name, v in headers.items()})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers, answer.read()


def address_of(page: Page, url: str) -> str:
    return f"{url}/{'' if page is PAGES[0] else page.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_shared_link_has_title_description_and_a_picture(public_app: str, page: Page):
    _, body = get(address_of(page, public_app))
    head = Head(body.decode())
    assert head.titles == [page.full_title]
    assert head.canonical == [address_of(page, URL)]
    assert page.summary in head.tags["description"]
    assert head.tags["og:title"] == head.tags["twitter:title"] == page.full_title
    assert head.tags["og:description"] == head.tags["twitter:description"] == head.tags["description"]
    assert (head.tags["og:type"], head.tags["og:site_name"]) == ("website", SITE)
    assert head.tags["og:url"] == address_of(page, URL)
    assert head.tags["twitter:card"] == "summary_large_image"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_picture_of_a_shared_link_opens(public_app: str, page: Page):
    head = Head(get(address_of(page, public_app))[1].decode())
    assert head.tags["og:image"] == head.tags["twitter:image"]
    assert page.title in head.tags["og:image:alt"]
    headers, picture = get(head.tags["og:image"].replace(URL, public_app))
    assert headers["content-type"] == head.tags["og:image:type"] == "image/png"
    size = (int(head.tags["og:image:width"]), int(head.tags["og:image:height"]))
    assert Image.open(BytesIO(picture)).size == size == (WIDTH, HEIGHT)
    assert 5_000 < len(picture) <= MOST_BYTES


def test_no_two_pages_share_a_picture(public_app: str):
    assert len({get(f"{public_app}/previews/{page.name}.png")[1] for page in PAGES}) == len(PAGES)


def test_a_forged_host_changes_nothing(public_app: str, app: str):
    for address in (public_app, app):
        forged = get(f"{address}/masks", Host="evil.example", X_Forwarded_Host="evil.example")[1]
        assert forged == get(f"{address}/masks")[1]
        assert b"evil.example" not in forged


def test_search_engines_find_the_sitemap(public_app: str, app: str):
    assert f"Sitemap: {URL}/sitemap.xml" in get(f"{public_app}/robots.txt")[1].decode()
    assert get(f"{public_app}/sitemap.xml")[1].decode().count("<loc>") == len(PAGES)
    assert "Sitemap" not in get(f"{app}/robots.txt")[1].decode()


def test_pages_and_scripts_come_compressed(app: str):
    headers, body = get(f"{app}/masks", Accept_Encoding="gzip")
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
    assert headers["cache-control"] == "no-cache"
    html = gzip.decompress(body).decode()
    script = html.partition('type="module" crossorigin src=".')[2].partition('"')[0]
    headers, body = get(app + script, Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == get(app + script)[1]


def test_a_range_of_a_script_is_a_range_of_the_file(app: str):
    html = get(f"{app}/masks")[1].decode()
    script = html.partition('type="module" crossorigin src=".')[2].partition('"')[0]
    headers, part = get(app + script, Accept_Encoding="gzip", Range="bytes=100-199")
    assert headers["content-range"].startswith("bytes 100-199/")
    assert headers["content-encoding"] is None
    assert part == get(app + script)[1][100:200]
