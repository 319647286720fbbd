"""Test that Markdown with Streamlit's directives becomes HTML."""

import re
from pathlib import Path

import pytest

from dropout_core.static_site import icons
from dropout_core.static_site.markdown import attribute, block, formula, inline

ROOT = Path(__file__).parents[2]
FOLDERS = ("pages", "dropout_core/ui", "dropout_core/topics", "dropout_core/reference")
SOURCES = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *slanted*", "<strong>bold</strong> and <em>slanted</em>"),
        (":small[aside]", '<span class="small">aside</span>'),
        (":green[good **news**] here", '<span class="green">good <strong>news</strong></span> here'),
        (":small[a [link](https://example.org) inside]", '<span class="small">a <a href="https://example.org"'),
        (":red[one] and :grey-badge[two]", '<span class="red">one</span> and <span class="gray-badge">two</span>'),
        ("a ratio of 1:2 and :unknown[kept]", "a ratio of 1:2 and :unknown[kept]"),
        (":small[never closed", ":small[never closed"),
        ("1 < 2 <script>", "1 &lt; 2 &lt;script&gt;"),
    ],
)
def test_a_text_becomes_html(text: str, html: str):
    assert html in inline(text)


def test_links_to_other_sites_open_in_a_new_tab():
    assert 'target="_blank" rel="noopener"' in inline("[there](https://example.org)")
    assert "target" not in inline("[here](masks.html)")
    assert "href" not in inline("[bad](javascript:alert(1))")


def test_an_icon_is_hidden_from_screen_readers():
    assert inline(":material/check_circle: holds") == '<span class="icon" aria-hidden="true">✔</span> holds'


def test_the_pages_icons_have_characters():
    text = "\n".join(path.read_text("utf-8") for path in SOURCES)
    named = set(re.findall(r":material/([a-z_0-9]+):", text)) | set(re.findall(r'\bicon="([a-z_0-9]+)"', text))
    assert len(named) > 20
    assert {name for name in named if icons.icon(name) == icons.icon("")} == set()


def test_a_picture_in_the_text_is_kept():
    assert 'src="data:image/svg+xml;base64,AAAA" alt="A bar"' in inline("![A bar](data:image/svg+xml;base64,AAAA)")


def test_a_table_is_a_table():
    html = block("| a | b |\n| --- | ---: |\n| 1 | 2 |")
    assert html.count("<th>") + html.count("<th ") == 2
    assert '<td style="text-align:right">2</td>' in html


def test_formulas_become_mathml():
    assert "<math" in block("A rate $p = 0.5$ here")
    assert '<div class="formula" tabindex="0"><math' in block("$$\n\\tfrac{1}{2}\n$$")
    assert "<mfrac" in formula(r"\frac{1}{1-p}", display=False)
    assert "<math" in inline(r":small[$\odot$: product]")


def test_every_formula_of_the_pages_is_understood():
    """What latex2mathml does not know, it leaves in the text with its backslash."""
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "pages").glob("*.py"))
    found = re.findall(r'formula\(\s*r"([^"]+)"\s*\)', text) + re.findall(r"\$([^$\n]*\\[^$\n]*)\$", text)
    assert len(found) > 10
    assert [tex for tex in found if "\\" in re.sub("<[^>]+>", "", formula(tex, display=True))] == []


def test_attributes_cannot_be_left():
    assert attribute('"><script>') == "&quot;&gt;&lt;script&gt;"
