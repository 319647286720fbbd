"""Test that a file is compressed once for each encoding, and sent in one that the browser accepts, or not at all."""

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest

from dropout_core.ui.http import compression
from dropout_core.ui.http.compression import PLAIN, WebFile, best_encoding
from tests.asgi import answer

TEXT = b"dropout " * 1000


@pytest.fixture
def file() -> WebFile:
    return WebFile(lambda: TEXT, "text/html", "no-cache")


def respond(file: WebFile, **headers: str):
    return answer(file.respond, **headers)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, zstd", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("deflate;q=0.5, GZIP;q=0.1", "gzip"),
        ("gzip ; q=0.5", "gzip"),
        ("gzip;q=0", PLAIN),
        ("gzip;q=0.0, br;q=0.0, *", PLAIN),
        ("gzip;q=lots", PLAIN),
        ("identity", PLAIN),
        ("not-gzip", PLAIN),
        ("", PLAIN),
        ("*;q=0", PLAIN),
    ],
)
def test_the_encoding_is_one_that_the_browser_accepts(accepted, encoding):
    assert best_encoding(accepted) == encoding


def test_a_browser_that_accepts_gzip_gets_gzip(file):
    sent = respond(file, accept_encoding="gzip, deflate")
    assert sent.headers["content-encoding"] == "gzip"
    assert int(sent.headers["content-length"]) == len(sent.body) < len(TEXT) / 10
    assert gzip.decompress(sent.body) == TEXT


def test_a_browser_that_accepts_brotli_gets_brotli(file):
    sent = respond(file, accept_encoding="gzip, deflate, br")
    assert sent.headers["content-encoding"] == "br"
    assert brotli.decompress(sent.body) == TEXT
    assert len(sent.body) < len(respond(file, accept_encoding="gzip").body)


def test_another_browser_gets_the_file_as_it_is(file):
    sent = respond(file)
    assert "content-encoding" not in sent.headers
    assert sent.body == TEXT


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_caches_learn_what_the_answer_depends_on(file, accepted):
    sent = respond(file, accept_encoding=accepted)
    assert sent.headers["vary"] == "Accept-Encoding"
    assert sent.headers["cache-control"] == "no-cache"
    assert sent.headers["content-type"].startswith("text/html")


def test_a_picture_is_not_compressed_again():
    picture = WebFile(lambda: TEXT, "image/png", "no-cache")
    assert respond(picture, accept_encoding="gzip").body == TEXT


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
@pytest.mark.parametrize("template", ["{}", "W/{}", '"old", {}'])
def test_the_browser_s_copy_is_confirmed(file, accepted, template):
    tag = respond(file, accept_encoding=accepted).headers["etag"]
    sent = respond(file, accept_encoding=accepted, if_none_match=template.format(tag))
    assert (sent.status, sent.body, sent.headers["etag"]) == (304, b"", tag)
    assert sent.headers["vary"] == "Accept-Encoding"


def test_a_copy_of_another_content_or_encoding_is_not_confirmed(file):
    plain = respond(file).headers["etag"]
    other = respond(WebFile(lambda: TEXT + b".", "text/html", "no-cache"), accept_encoding="gzip").headers["etag"]
    assert len({plain, other, respond(file, accept_encoding="gzip").headers["etag"]}) == 3
    for tag in (plain, other):
        assert respond(file, accept_encoding="gzip", if_none_match=tag).status == 200


def test_many_simultaneous_readers_cause_one_compression(monkeypatch):
    calls, may_end = [], threading.Event()

    def slow(body: bytes) -> bytes:
        calls.append(body)
        may_end.wait(60)
        return body[:10]

    monkeypatch.setitem(compression.COMPRESS, "gzip", slow)
    file = WebFile(lambda: TEXT, "text/html", "no-cache")
    with ThreadPoolExecutor(8) as readers:
        answers = [readers.submit(respond, file, accept_encoding="gzip") for _ in range(8)]
        may_end.set()
        assert {each.result(60).body for each in answers} == {TEXT[:10]}
    assert calls == [TEXT]


def test_a_file_that_is_compressed_harder_is_smaller_and_the_same(file):
    text = "".join(f"{n * n} neurons, of which {n} are dropped; " for n in range(3000)).encode()
    file.read = lambda: text
    first = respond(file, accept_encoding="br")
    file.compress_harder()
    second = respond(file, accept_encoding="br")
    assert len(second.body) < len(first.body)
    assert brotli.decompress(second.body) == text
    assert second.headers["etag"] == first.headers["etag"]
