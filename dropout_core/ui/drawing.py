"""Check a hand-drawn digit, then scale and centre it like an MNIST image.

According to LeCun's page on MNIST (yann.lecun.com/exdb/mnist), each digit was scaled to fit into 20 × 20 pixels without
changing its proportions. Its centre of mass was then placed at the centre of 28 × 28 pixels, which in MNIST's images is
pixel 14.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.numerics import images

SIDE, BOX = 28, 20
_FAINT = 20  # the bounding box ignores fainter pixels

# Sample drawings for readers who do not draw. A stroke is a polyline through points (x, y) in a 28 × 28 image.
# The y axis points downwards.
SAMPLES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "a one": (((14, 4), (14, 24)),),
    "a lying one": (((4, 14), (24, 14)),),
    "a four": (((9, 4), (7, 15), (20, 15)), ((18, 5), (17, 25))),
    "a seven": (((6, 6), (21, 6), (12, 25)),),
    "an open zero": (((18, 5), (10, 6), (7, 14), (10, 22), (18, 22), (21, 15), (20, 10)),),
    "the letter A": (((6, 25), (14, 3), (22, 25)), ((9, 17), (19, 17))),
    "a smile": (((9, 7), (9, 10)), ((19, 7), (19, 10)), ((5, 16), (9, 22), (14, 24), (19, 22), (23, 16))),
}


class EmptySheet(ValueError):
    """Nothing has been drawn yet."""


def parse(raw: object) -> UInt8[np.ndarray, "28 28"]:
    """Convert the browser's data to an image. Raises ValueError unless it is a list of 784 integers from 0 to 255."""
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes) or len(raw) != SIDE * SIDE:
        raise ValueError(f"a drawing must be a list of {SIDE * SIDE} grey values")
    if not all(type(value) is int and 0 <= value <= 255 for value in raw):
        raise ValueError("grey values must be whole numbers from 0 to 255")
    return np.array(raw, np.uint8).reshape(SIDE, SIDE)


def reported(report: object) -> list[int]:
    """Return the grey values in a drawing pad's report, row by row. Raises ValueError as parse() does."""
    return parse(report.get("pixels") if isinstance(report, Mapping) else None).ravel().tolist()


def as_mnist(image: UInt8[np.ndarray, "28 28"]) -> UInt8[np.ndarray, "28 28"]:
    """Scale the digit to 20 × 20 pixels, and centre it by mass. Raises EmptySheet if there is none."""
    rows, columns = (np.flatnonzero((image >= _FAINT).any(axis)) for axis in (1, 0))
    if not len(rows):
        raise EmptySheet("nothing has been drawn yet")
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
    scale = BOX / max(cut.shape)
    centre = np.array([(w * np.arange(len(w))).sum() / w.sum() for w in (cut.sum(1), cut.sum(0))])
    # Scale and shift the digit with a single affine transform, so that it is blurred only once.
    offset = centre - SIDE / 2 / scale
    smooth = images.blur(cut, max(0.0, (1 / scale - 1) / 2))
    y, x = np.mgrid[:SIDE, :SIDE] / scale + offset[:, None, None]
    return np.rint(np.clip(images.sample(smooth, y, x), 0, 255)).astype(np.uint8)


def sample(name: str) -> UInt8[np.ndarray, "28 28"]:
    """Draw an entry of SAMPLES with a pen about two pixels wide."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    pieces = [pair for stroke in SAMPLES[name] for pair in zip(stroke, stroke[1:], strict=False)]
    distance = np.min([_distance(x, y, *piece) for piece in pieces], axis=0)
    return np.rint(255 * np.clip(1.7 - distance, 0, 1)).astype(np.uint8)


def _distance(
    x: Float[np.ndarray, "*n"], y: Float[np.ndarray, "*n"], a: tuple[float, float], b: tuple[float, float]
) -> Float[np.ndarray, "*n"]:
    """Compute the distance from each point to the line segment ab."""
    along = np.subtract(b, a)
    share = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / (along @ along), 0, 1)
    return np.hypot(x - a[0] - share * along[0], y - a[1] - share * along[1])
