"""Images turned, moved or blurred by a chosen amount: what a net meets that it was never shown."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

_FLAT = {"mode": "constant", "cval": 0.0}  # MNIST's background is 0


@dataclass(frozen=True)
class Distortion:
    """One way to spoil images: amounts on offer, evenly spaced from 0, in unit; bend works on floats [n, h, w].

    slider, label   what the amount is called beside its slider, and below an axis; start: the first amount shown
    """

    slider: str
    label: str
    unit: str
    step: float
    steps: int
    start: float
    bend: Callable[[np.ndarray, float], np.ndarray]

    @property
    def amounts(self) -> tuple[float, ...]:
        return tuple(self.step * i for i in range(self.steps + 1))

    def say(self, amount: float) -> str:
        """The amount with its unit."""
        return f"{amount:g}{self.unit}"

    def nearest(self, amount: float) -> float:
        """The amount on offer that is nearest."""
        return min(self.amounts, key=lambda a: abs(a - amount))


def _rotated(images: np.ndarray, degrees: float) -> np.ndarray:
    return ndimage.rotate(images, degrees, axes=(2, 1), reshape=False, order=1, **_FLAT)


def _shifted(images: np.ndarray, pixels: float) -> np.ndarray:
    return ndimage.shift(images, (0, 0, pixels), order=1, **_FLAT)


def _blurred(images: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(images, (0, sigma, sigma), **_FLAT)


DISTORTIONS = {
    "rotation": Distortion("angle in ° ", "turned anticlockwise by (°)", "°", 5, 36, 45, _rotated),
    "shift": Distortion("shift in pixels ", "moved to the right by (pixels)", " pixels", 0.5, 28, 4, _shifted),
    "blur": Distortion("blur in pixels ", "blur, standard deviation (pixels)", " pixels", 0.25, 20, 1.5, _blurred),
}


def distort(images: UInt8[np.ndarray, "n h w"], kind: str, amount: float) -> UInt8[np.ndarray, "n h w"]:
    """The images after one of DISTORTIONS; 0 leaves them as they are, what leaves the frame is lost.

    amount  degrees anticlockwise, pixels to the right, or the Gaussian's standard deviation in pixels; not negative.
    Raises ValueError for an unknown kind or an amount below 0 or not finite.
    """
    if kind not in DISTORTIONS:
        raise ValueError(f"unknown distortion {kind!r}; known are {', '.join(DISTORTIONS)}")
    if not (np.isfinite(amount) and amount >= 0):
        raise ValueError(f"the amount must be a number from 0 on; got {amount}")
    if amount == 0:
        return images.copy()
    return np.rint(np.clip(DISTORTIONS[kind].bend(images.astype(float), amount), 0, 255)).astype(np.uint8)
