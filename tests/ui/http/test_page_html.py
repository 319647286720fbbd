"""Test what the HTML of each page contains. tests/e2e/test_shared_links.py reads it from a real server."""

import re

import pytest

from dropout_core.ui.http import page_html, preload
from dropout_core.ui.http.paths import BUNDLE
from dropout_core.ui.navigation import PAGES

STREAMLIT = (BUNDLE / "index.html").read_text("utf-8")


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def html(request) -> str:
    return page_html.page_html(request.param, None)


def test_the_script_ends_the_head(html):
    assert html.count(page_html.script()) == 1
    assert html.index(page_html.script() + "</head>") < html.index("<body>")
    assert "history.pushState" in page_html.script()


def test_the_style_sheet_ends_the_body_and_so_overrides_streamlit_s(html):
    assert html.count(page_html.style()) == 1
    assert html.index(page_html.style() + "</body>") > html.index('<div id="root"></div>')
    assert html.count("</style>") == STREAMLIT.count("</style>") + 1


def test_streamlit_s_scripts_and_styles_are_all_there(html):
    named = re.findall(r'(?:src|href)="(\./static/[^"]+)"', STREAMLIT)
    assert len(named) > 20
    assert [name for name in named if name not in html] == []
    assert '<div id="root"></div>' in html


def test_scripts_of_charts_are_announced(html):
    assert preload.links(PAGES[0]) in html


def test_nothing_names_the_api_that_is_closed(html):
    assert "_stcore/agent" in STREAMLIT, "otherwise nothing needs to be removed any more"
    assert "_stcore" not in html


def test_without_scripts_a_reader_sees_what_the_page_is_about(html):
    (shown,) = re.findall("<noscript>(.*?)</noscript>", html)
    for page in PAGES:
        assert f">{page.title}</a>" in shown
    assert "JavaScript" in shown
