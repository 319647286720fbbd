"""Test what the server answers instead of Streamlit: pages, pictures, robots.txt and sitemap.xml."""

import gzip
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from dropout_core.ui.http import site
from dropout_core.ui.http.page_html import page_html
from dropout_core.ui.navigation import PAGES
from tests.asgi import Answer, answer

URL = "https://example.org/dropout"
FROM_STREAMLIT = "<html>from Streamlit</html>"


def ask(path: str, behind: Response | None = None, url: str | None = None, **options: str) -> Answer:
    """Return the answer of the middleware in front of an app that always sends the same HTML, or `behind`."""
    return answer(site.ServeSite(behind or HTMLResponse(FROM_STREAMLIT), url), path, **options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_each_page_has_its_own_html_whatever_the_client_accepts(page, accept):
    sent = ask(f"/{'' if page is PAGES[0] else page.name}", accept=accept)
    assert sent.body.decode() == page_html(page, None)
    assert sent.headers["content-type"] == "text/html; charset=utf-8"


def test_html_is_compressed_and_asked_for_again():
    sent = ask("/masks", accept_encoding="gzip")
    assert gzip.decompress(sent.body).decode() == page_html(next(p for p in PAGES if p.name == "masks"), None)
    assert sent.headers["cache-control"] == "no-cache"
    again = ask("/masks", accept_encoding="gzip", if_none_match=sent.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert ask("/scaling", accept_encoding="gzip", if_none_match=sent.headers["etag"]).status == 200


def test_an_unknown_page_has_the_html_of_the_start_page():
    sent = ask("/nonsense", accept_encoding="gzip")
    assert sent.body == ask("/", accept_encoding="gzip").body
    assert ask("/nonsense", accept_encoding="gzip", if_none_match=sent.headers["etag"]).status == 304


@pytest.mark.parametrize("path", ["/media/a.html", "/_stcore/x", "/masks/", "/masks/more", "//masks"])
def test_html_of_deeper_paths_is_left_to_streamlit(path):
    assert ask(path).body.decode() == FROM_STREAMLIT


@pytest.mark.parametrize("response", [PlainTextResponse("no", 400), Response(status_code=304), Response(b"{}")])
def test_other_answers_are_unchanged(response):
    sent = ask("/nonsense", response)
    assert (sent.status, sent.body) == (response.status_code, response.body)


def test_posts_are_left_to_streamlit():
    assert ask("/masks", method="POST").body.decode() == FROM_STREAMLIT


def test_no_header_of_the_request_changes_the_html():
    forged = dict.fromkeys(("host", "x_forwarded_host", "x_forwarded_proto", "forwarded", "origin"), "evil.example")
    for url in (None, URL):
        for path in ("/", "/masks", "/robots.txt", "/nonsense"):
            assert ask(path, url=url, **forged) == ask(path, url=url)


def test_robots_may_read_everything():
    for url in (None, URL):
        parser = RobotFileParser()
        parser.parse(ask("/robots.txt", url=url).body.decode().splitlines())
        assert parser.can_fetch("anybody", "https://example.org/dropout/masks")
        assert parser.site_maps() == ([f"{URL}/sitemap.xml"] if url else None)


def test_the_sitemap_lists_every_page():
    sent = ask("/sitemap.xml", url=URL)
    root = ElementTree.fromstring(sent.body)
    places = [element.text for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places == [f"{URL}/{'' if page is PAGES[0] else page.name}" for page in PAGES]
    assert sent.headers["content-type"] == "application/xml"


def test_without_an_address_there_is_no_sitemap():
    assert ask("/sitemap.xml").status == 404
