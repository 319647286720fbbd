"""Blur images, and sample them between their pixels. The results are those of scipy.ndimage; see distributions.py."""

import numpy as np
from jaxtyping import Float

_REACH = 4  # the Gaussian's weights end after this many standard deviations


def blur(images: Float[np.ndarray, "*n h w"], sigma: float) -> Float[np.ndarray, "*n h w"]:
    """Blur with a Gaussian of this standard deviation, in pixels. Beyond the frame, images are 0."""
    if sigma == 0:
        return images.copy()
    reach = int(_REACH * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    blurred = images
    for side in images.shape[-2:]:  # blur along the columns, transpose, and once more
        distance = np.arange(side)[:, None] - np.arange(side) + reach
        inside = (distance >= 0) & (distance <= 2 * reach)
        matrix = np.where(inside, weights[np.clip(distance, 0, 2 * reach)], 0.0) / weights.sum()
        blurred = np.swapaxes(matrix @ blurred, -1, -2)
    return blurred


def sample(
    images: Float[np.ndarray, "*n h w"], y: Float[np.ndarray, "rows columns"], x: Float[np.ndarray, "rows columns"]
) -> Float[np.ndarray, "*n rows columns"]:
    """Interpolate linearly at these positions. Beyond the frame, images are 0."""
    padded = np.pad(images, [(0, 0)] * (images.ndim - 2) + [(1, 1)] * 2)
    (top, down), (left, right) = (_split(where, side) for where, side in zip((y, x), images.shape[-2:], strict=True))
    upper = padded[..., top, left] * (1 - right) + padded[..., top, left + 1] * right
    lower = padded[..., top + 1, left] * (1 - right) + padded[..., top + 1, left + 1] * right
    return upper * (1 - down) + lower * down


def _split(where: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the index of the padded pixel before each position, and how far the position lies behind that pixel."""
    inside = np.clip(where + 1, 0, side + 1)  # a frame of zeros was added
    before = np.minimum(np.floor(inside).astype(int), side)
    return before, inside - before
