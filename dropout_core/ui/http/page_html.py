"""Make each page's HTML from Streamlit's, with the page's own title and tags, and the app's style sheet and scripts.

The script that manages the history must run before Streamlit's own scripts, which may add entries to the history. What
all pages share is part of the HTML, since an element or a component would be sent again in every run of a page.
"""

import re
from functools import cache
from html import escape

from dropout_core.charts import theme
from dropout_core.ui.component_scripts import static, style_sheet
from dropout_core.ui.http import preload, previews
from dropout_core.ui.http.paths import BUNDLE
from dropout_core.ui.navigation import PAGES
from dropout_core.ui.page import Page

# Streamlit's own title and description of its API, which this app does not offer, and what replaces the page
# if the browser does not run scripts.
_OMITTED = re.compile(
    r'<title>.*?</title>|<!--\s*Machine-readable pointer.*?-->\s*<link rel="service-desc".*?>', re.DOTALL
)
_WITHOUT_SCRIPTS = re.compile("<noscript>.*?</noscript>", re.DOTALL)
_SCRIPTS = "page.js", "scrollable.js", "sliders.js"  # each keeps its names to itself, in a block


def page_html(page: Page, url: str | None) -> str:
    """Return the HTML that the server sends for this page. `url` is the app's public address."""
    added = previews.tags(page, url) + preload.links(page) + script()
    html = _OMITTED.sub("", _streamlit_html()).replace("</head>", f"{added}</head>", 1)
    html = html.replace("</body>", f"{style()}</body>", 1)  # its rules come after Streamlit's, and so override them
    return _WITHOUT_SCRIPTS.sub(lambda _: without_scripts(page), html)


def without_scripts(page: Page) -> str:
    """Return what a browser shows that does not run scripts: what the page is about, and links to all pages."""
    links = "".join(f'<li><a href="./{previews.path_of(each)}">{escape(each.title)}</a></li>' for each in PAGES)
    text = f"<h1>{escape(page.full_title)}</h1><p>{escape(previews.description(page))} It needs JavaScript.</p>"
    return f"<noscript>{text}<ul>{links}</ul></noscript>"


@cache
def script() -> str:
    """Return the scripts of all pages as an HTML element."""
    return f"<script>\n{static(*_SCRIPTS)}</script>"


@cache
def style() -> str:
    """Return the style sheet of all pages as an HTML element."""
    return f"<style>{theme.variables()}{style_sheet('app.css')}</style>"


@cache
def _streamlit_html() -> str:
    return (BUNDLE / "index.html").read_text("utf-8")
