"""Test blurring and interpolation against scipy.ndimage, on random images of several sizes."""

import numpy as np
import pytest
from scipy import ndimage

from dropout_core.numerics import images

SHAPES = [(3, 28, 28), (2, 5, 9), (20, 7), (1, 1)]


@pytest.fixture(params=SHAPES, ids=str)
def some(request):
    return np.random.default_rng(0).random(request.param) * 255


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.25, 0.7, 1.5, 5.0, 30.0])
def test_blurring_is_scipys(sigma, some):
    theirs = ndimage.gaussian_filter(some, sigma, mode="constant", axes=(-2, -1))
    np.testing.assert_allclose(images.blur(some, sigma), theirs, atol=1e-10)


def test_blurring_leaves_the_original_alone(some):
    before = some.copy()
    images.blur(some, 0.0)[...] = -1
    assert np.array_equal(some, before)


def test_sampling_is_scipys(some):
    plane = some if some.ndim == 2 else some[0]
    y, x = np.random.default_rng(1).uniform(-3, 31, (2, 12, 11))
    theirs = ndimage.map_coordinates(plane, [y, x], order=1, mode="grid-constant")
    ours = images.sample(some, y, x)
    np.testing.assert_allclose(ours if some.ndim == 2 else ours[0], theirs, atol=1e-10)


def test_sampling_at_the_pixels_gives_the_pixels(some):
    y, x = np.mgrid[: some.shape[-2], : some.shape[-1]].astype(float)
    assert np.array_equal(images.sample(some, y, x), some)
