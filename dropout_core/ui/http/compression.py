"""Compress what the server sends: each file once for each encoding, when a browser first asks for it."""

import gzip
import hashlib
from collections.abc import Callable
from threading import Lock

import brotli
from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SMALLEST = 1000  # in bytes; compressing smaller files saves nothing
PLAIN, BROTLI = "identity", "br"
FOREVER = "public, immutable, max-age=31536000"  # for files whose name contains a hash of the content
COMPRESSED = {"image/png", "font/woff2"}  # media types whose files are compressed already
# The smallest first.
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    BROTLI: lambda body: brotli.compress(body, quality=9),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
_BEST_QUALITY = 11  # of Brotli


class WebFile:
    """A file that is kept in memory as it is sent, in each encoding that a browser has asked for.

    read           returns the content
    media_type     for example "text/html"
    cache_control  how long browsers may keep the file without asking
    """

    def __init__(self, read: Callable[[], bytes], media_type: str, cache_control: str) -> None:
        self.read, self.media_type, self.cache_control = read, media_type, cache_control
        self._lock = Lock()
        self._bodies: dict[str, tuple[bytes, str]] = {}

    def encoded(self, encoding: str) -> tuple[bytes, str]:
        """Return the content in this encoding, and its entity tag. The first call takes a while; the others wait."""
        with self._lock:
            if encoding not in self._bodies:
                self._bodies[encoding] = self._encode(encoding)
            return self._bodies[encoding]

    def compress_harder(self) -> None:
        """Compress the content further with Brotli, which takes ten times as long and saves another 7 %."""
        _, tag = self.encoded(BROTLI)
        self._bodies[BROTLI] = brotli.compress(self.read(), quality=_BEST_QUALITY), tag

    def is_ready(self, encoding: str) -> bool:
        """Whether the content is kept in this encoding."""
        return encoding in self._bodies

    def _encode(self, encoding: str) -> tuple[bytes, str]:
        plain = self.read()
        body = plain if encoding == PLAIN else COMPRESS[encoding](plain)
        return body, f'"{hashlib.sha256(plain).hexdigest()[:16]}-{encoding}"'

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file in the best encoding that the browser accepts, or 304 if the browser has it already."""
        request = Headers(scope=scope)
        encoding = PLAIN if self.media_type in COMPRESSED else best_encoding(request.get("accept-encoding", ""))
        if not self.is_ready(encoding):
            await to_thread.run_sync(self.encoded, encoding)
        body, tag = self._bodies[encoding]
        headers = {"etag": tag, "cache-control": self.cache_control, "vary": "Accept-Encoding"}
        if _names(request.get("if-none-match", ""), tag):
            response = Response(status_code=304, headers=headers)
        else:
            coding = {} if encoding == PLAIN else {"content-encoding": encoding}
            response = Response(body, headers=headers | coding, media_type=self.media_type)
        await response(scope, receive, send)


def best_encoding(accepted: str) -> str:
    """Choose from the header Accept-Encoding the encoding that makes files smallest, or PLAIN."""
    weights = dict(map(_weight, accepted.lower().split(",")))
    allowed = (name for name in COMPRESS if weights.get(name, weights.get("*", 0)) > 0)
    return next(allowed, PLAIN)


def _weight(part: str) -> tuple[str, float]:
    name, _, weight = part.replace(" ", "").partition(";q=")
    try:
        return name, float(weight or 1)
    except ValueError:
        return name, 0


def _names(header: str, tag: str) -> bool:
    """Whether the header If-None-Match contains this entity tag."""
    return tag in {each.strip().removeprefix("W/") for each in header.split(",")}
