"""Test that each kind of element becomes HTML: pages are run in Streamlit's runtime, and converted."""

import json
import re
from pathlib import Path

import pytest

from dropout_core.static_site import blocks
from dropout_core.static_site.elements import Elements, UnknownElement
from dropout_core.static_site.links import Links
from tests.static_site.made_page import HERE, VARIANTS, convert, record

CHART = """
spec = {"mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}
st.vega_lite_chart({"a": [1, 2], "b": ["</script>", "y"]}, spec, key="chart", alt="Two points")
"""
KINDS = {
    "a heading": ("st.header('About **masks**', anchor='here')", '<h2 id="here">About <strong>masks</strong></h2>'),
    "text": ("st.markdown('one *two*')", "<p>one <em>two</em></p>"),
    "a divider": ("st.divider()", "<hr>"),
    "a formula": ("st.latex(r'\\frac{1}{2}')", "<mfrac>"),
    "an explanation": ("st.markdown('mask', help='which **ones**')", 'role="tooltip" id="help-'),
    "a warning": ("st.warning('careful', icon=':material/warning:')", '<div class="alert warning" role="note">'),
    "code": ("st.code('a < b', language=None)", "<code>a &lt; b</code>"),
    "a link": ("st.page_link('https://example.org', label='out')", 'href="https://example.org"'),
    "progress": ("st.progress(40, text='so far')", '<progress max="100" value="40">'),
    "a table": ("import pandas as pd; st.table(pd.DataFrame({'n': [1]}, index=['row']))", '<th scope="row">row</th>'),
    "a disabled button": ("st.button('Go', type='primary')", 'class="primary" disabled'),
    "a chosen pill": ("st.pills('Digit', [3, 4], default=4)", '<span class="option chosen">'),
    "a slider": ("st.slider('Width', 1, 9, 5)", ">5</span>"),
    "a select slider": ("st.select_slider('Rate', [0.1, 0.2], value=0.2)", ">0.2</span>"),
    "a number": ("st.number_input('Seed', 0, 9, 7)", ">7</span>"),
    "a text field": ("st.text_input('Vector', '1, 2')", ">1, 2</span>"),
    "a text area": ("st.text_area('Code', 'a < b')", ">a &lt; b</pre>"),
    "a select box": ("st.selectbox('Which', ['a', 'b'], index=1)", ">b</span>"),
    "a toggle": ("st.toggle('Share', True)", '<input type="checkbox" disabled checked>'),
    "a hidden label": ("st.text_input('Vector', label_visibility='collapsed')", '<span class="label hidden">'),
    "a replaced button": ("st.button('Next', key='linked')", '<a class="button" href="other.html">'),
    "a replaced select box": ("st.selectbox('Figure', ['x', 'y'], key='offered')", '<a href="b.html">y</a>'),
    "replaced pills": ("st.pills('Figure', ['x', 'y'], key='offered')", '<a href="b.html">y</a>'),
    "a key": ("st.container(key='mine').markdown('in')", "stVerticalBlock st-key-mine"),
    "columns": ("a, b = st.columns([3, 2]); a.text('in'); b.text('in')", 'style="--weight: 0.6"'),
    "an open fold": ("st.expander('More', expanded=True).text('in')", '<details class="stExpander" open>'),
    "a closed fold": ("st.expander('More').text('in')", '<details class="stExpander">'),
    "a popover": ("st.popover('Size').text('in')", '<details class="popover">'),
    "tabs": ("st.tabs(['one', 'two'])[1].text('in')", '<section aria-label="two">'),
    "a row": ("st.container(horizontal=True, gap='large').text('in')", 'class="stHorizontalBlock" style="gap: 4rem'),
}


@pytest.mark.parametrize(("code", "html"), KINDS.values(), ids=KINDS)
def test_an_element_becomes_html(code: str, html: str, tmp_path: Path):
    assert html in convert(tmp_path, code)


def test_an_image_and_a_download_become_files(tmp_path: Path):
    code = "import numpy as np\nst.image(np.zeros((2, 2), np.uint8), alt='Black')\n"
    code += "st.download_button('Data', lambda: 'a,b', 'data.csv')"
    recording = record(tmp_path, code)
    image, table = recording.files.values()
    assert image.mimetype.startswith("image/")
    assert (table.filename, table.content) == ("data.csv", b"a,b")
    html = convert(tmp_path, code)
    assert '<img src="file" alt="Black"' in html
    assert '<a class="download" href="file" download>Data</a>' in html


def test_a_chart_carries_its_specification_and_its_table_by_column(tmp_path: Path):
    html = convert(tmp_path, CHART)
    content = json.loads(re.search('<script type="application/json">(.*?)</script>', html).group(1))
    assert content["data"] == {"a": [1, 2], "b": ["</script>", "y"]}
    assert content["spec"]["description"] == "Two points"
    assert content["stretch"]


def test_a_component_carries_its_data_and_is_registered_by_a_classic_script(tmp_path: Path):
    code = "part = st.components.v2.component('made', html='<b>x</b>', js='export default function () {}')\n"
    recording = record(tmp_path, code + "part(key='k', data={'rate': 0.5})")
    elements = Elements(Links(HERE, VARIANTS, {}))
    html = blocks.html(recording.main, elements)
    assert '<div class="stBidiComponent" data-component="made" data-key="k"><script type="application/json">' in html
    assert '{"rate":0.5}' in html
    assert "exported.start = function () {}" in elements.components["made"]
    assert "export default" not in elements.components["made"]


def test_large_data_of_a_component_become_a_file_of_their_own(tmp_path: Path):
    code = "part = st.components.v2.component('large', js='export const a = 1\\nexport default function () {}')\n"
    recording = record(tmp_path, code + "part(key='k', data={'text': 'x' * 300_000})")
    elements = Elements(Links(HERE, VARIANTS, {}))
    html = blocks.html(recording.main, elements)
    ((name, text),) = elements.data.items()
    assert f'data-file="{name}"' in html
    assert len(html) < 1000
    assert json.loads(text[text.index("] = ") + 4 :]) == {"text": "x" * 300_000}
    assert "export" not in elements.components["large"].replace("exported", "")


def test_an_unknown_element_is_refused(tmp_path: Path):
    with pytest.raises(UnknownElement, match="'audio_input'"):
        convert(tmp_path, "st.audio_input('Say something')")


def test_the_last_run_of_a_page_that_restarts_itself_counts(tmp_path: Path):
    code = "first = st.session_state.setdefault('first', True)\nst.text('first' if first else 'second')\n"
    html = convert(tmp_path, code + "if first:\n    st.session_state.first = False\n    st.rerun()")
    assert "second" in html
    assert "first" not in html


def test_the_helper_s_page_is_one_of_its_variants():
    assert HERE in VARIANTS
