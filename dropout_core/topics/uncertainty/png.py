"""A small grey image as a PNG in a data URL, for Vega's image mark."""

import base64
import struct
import zlib

import numpy as np
from jaxtyping import UInt8

_GREY_8_BIT = (8, 0, 0, 0, 0)


def data_url(image: UInt8[np.ndarray, "h w"]) -> str:
    """The image, 0 black and 255 white (PNG specification, third edition: one filter byte 0 before each row)."""
    height, width = image.shape
    rows = np.pad(image, ((0, 0), (1, 0))).tobytes()
    head = _chunk(b"IHDR", struct.pack(">II5B", width, height, *_GREY_8_BIT))
    file = b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(file).decode()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
