"""Rotate, shift or blur images by a given amount, to produce out-of-distribution inputs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from dropout_core.numerics.images import blur, sample

Images = Float[np.ndarray, "n h w"]
Plane = Float[np.ndarray, "h w"]
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Distortion:
    """A way to distort images, with evenly spaced amounts that start at 0.

    verb            how a sentence about an amount begins
    slider, label   name of the amount beside its slider, and as the title of an axis
    start           amount shown initially
    apply           function that distorts images [n, h, w] by an amount
    """

    verb: str
    slider: str
    label: str
    unit: str
    step: float
    steps: int
    start: float
    apply: Callable[[Images, float], Images]

    @property
    def amounts(self) -> tuple[float, ...]:
        return tuple(self.step * i for i in range(self.steps + 1))

    def say(self, amount: float) -> str:
        """Format the amount with its unit."""
        return f"{amount:g}{self.unit}"


def _rotate(images: Images, degrees: float) -> Images:
    angle = np.deg2rad(degrees)
    y, x = _grid(images)
    top, left = (np.array(images.shape[1:]) - 1) / 2  # the centre
    rows = top + np.cos(angle) * (y - top) + np.sin(angle) * (x - left)
    columns = left - np.sin(angle) * (y - top) + np.cos(angle) * (x - left)
    return _sample_inside(images, rows, columns)


def _shift(images: Images, pixels: float) -> Images:
    y, x = _grid(images)
    return _sample_inside(images, y, x - pixels)


def _grid(images: Images) -> tuple[Plane, Plane]:
    """Return each pixel's row and column."""
    y, x = np.mgrid[: images.shape[1], : images.shape[2]].astype(float)
    return y, x


def _sample_inside(images: Images, y: Plane, x: Plane) -> Images:
    """Interpolate at these positions. Positions outside the outermost pixels' centres give 0."""
    bottom, right = (side - 1 + _ROUNDING for side in images.shape[1:])
    inside = (y > -_ROUNDING) & (y < bottom) & (x > -_ROUNDING) & (x < right)
    return np.where(inside, sample(images, y, x), 0.0)


DISTORTIONS = {
    "rotation": Distortion("Rotated by", "Angle in ° ", "rotated anticlockwise by (°)", "°", 5, 36, 90, _rotate),
    "shift": Distortion("Shifted by", "Shift in pixels ", "shifted right by (pixels)", " pixels", 0.5, 28, 4, _shift),
    "blur": Distortion(
        "Blurred by", "Blur in pixels ", "blur, std. deviation (pixels)", " pixels", 0.25, 20, 1.5, blur
    ),
}


def distort(images: UInt8[np.ndarray, "n h w"], kind: str, amount: float) -> UInt8[np.ndarray, "n h w"]:
    """Distort images by an amount. An amount of 0 leaves images unchanged. Pixels moved out of the frame are lost.

    kind    a key of DISTORTIONS
    amount  degrees anticlockwise, pixels to the right, or the Gaussian's standard deviation in pixels
    Raises ValueError for an unknown kind, or an amount that is negative or not finite.
    """
    if kind not in DISTORTIONS:
        raise ValueError(f"unknown distortion {kind!r}; known are {', '.join(DISTORTIONS)}")
    if not (np.isfinite(amount) and amount >= 0):
        raise ValueError(f"the amount must be a number from 0 on; got {amount}")
    if amount == 0:
        return images.copy()
    return np.rint(np.clip(DISTORTIONS[kind].apply(images.astype(float), amount), 0, 255)).astype(np.uint8)
