"""Test that Streamlit's scripts are sent compressed, and that all other requests reach Streamlit unchanged."""

import gzip
from pathlib import Path

import brotli
import pytest
from starlette.responses import PlainTextResponse
from streamlit import config

from dropout_core.ui.http import bundle
from dropout_core.ui.http.page_html import page_html
from dropout_core.ui.http.paths import BUNDLE
from dropout_core.ui.navigation import PAGES
from tests.asgi import Answer, answer

LARGEST = max((BUNDLE / "static/js").iterdir(), key=lambda path: path.stat().st_size).relative_to(BUNDLE).as_posix()
CSS = next((BUNDLE / "static/css").glob("index.*")).relative_to(BUNDLE).as_posix()
FONT = next((BUNDLE / "static/media").glob("*.woff2")).relative_to(BUNDLE).as_posix()
FROM_STREAMLIT = b"from Streamlit"


def ask(path: str, **options: str) -> Answer:
    """Return the answer of the middleware in front of an app that always sends the same text."""
    return answer(bundle.CompressBundle(PlainTextResponse(FROM_STREAMLIT)), path, **options)


@pytest.mark.parametrize(("name", "kind"), [(LARGEST, "text/javascript"), (CSS, "text/css")])
def test_scripts_and_style_sheets_are_sent_compressed_and_kept_for_ever(name, kind):
    sent = ask(f"/{name}", accept_encoding="gzip")
    assert gzip.decompress(sent.body) == (BUNDLE / name).read_bytes()
    assert sent.headers["content-type"].startswith(kind)
    assert "immutable" in sent.headers["cache-control"]
    assert ask(f"/{name}", accept_encoding="gzip", if_none_match=sent.headers["etag"]).status == 304


@pytest.mark.parametrize(
    "options", [{}, {"accept_encoding": "identity"}, {"accept_encoding": "gzip", "range": "bytes=0-99"}]
)
def test_streamlit_sends_whole_files_and_ranges_of_them(options):
    sent = ask(f"/{LARGEST}", **options)
    assert sent.body == FROM_STREAMLIT
    assert sent.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        f"/{FONT}",
        f"//{LARGEST}",
        f"/other/{LARGEST}",
        f"/static/../{LARGEST}",
        "/static/js/missing.js",
        "/static/../index.html",
        "/_stcore/health",
        "/",
    ],
)
def test_all_else_is_left_to_streamlit(path):
    sent = ask(path, accept_encoding="gzip")
    assert sent.body == FROM_STREAMLIT
    assert "vary" not in sent.headers


def test_posts_are_left_to_streamlit():
    assert ask(f"/{LARGEST}", method="POST", accept_encoding="gzip").body == FROM_STREAMLIT


def test_the_app_may_lie_below_another_path():
    assert ask(f"/base/{CSS}", root_path="/base", accept_encoding="gzip").body != FROM_STREAMLIT
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "get_option", {"server.baseUrlPath": "/app/"}.get)
        assert ask(f"/app/{CSS}", accept_encoding="gzip").body != FROM_STREAMLIT
        assert ask(f"/{CSS}", accept_encoding="gzip").body == FROM_STREAMLIT


def test_what_a_page_names_is_compressed_ahead(tmp_path: Path):
    bundle.files.cache_clear()
    html = page_html(PAGES[0], None)
    bundle.compress_ahead(html)
    ready = [name for name, file in bundle.files().items() if all(file.is_ready(each) for each in bundle.COMPRESS)]
    assert set(ready) == set(bundle.named_in(html))
    assert len(ready) > 20


def test_the_largest_file_that_a_page_names_is_compressed_as_far_as_brotli_can():
    html = page_html(PAGES[0], None)
    name, file = max(bundle.named_in(html).items(), key=lambda pair: len(pair[1].read()))
    bundle.compress_ahead(html)
    assert ask(f"/{name}", accept_encoding="br").body == brotli.compress(file.read(), quality=11)
