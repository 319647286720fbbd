"""Test the distortions: some results are known exactly, shape and data type are kept, and no image gets brighter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from dropout_core.topics.uncertainty.distortions import DISTORTIONS, distort

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 28, 28), dtype=np.uint8)
kinds = pytest.mark.parametrize("kind", DISTORTIONS)


@kinds
def test_nothing_is_changed_by_nothing(kind):
    result = distort(IMAGES, kind, 0)
    np.testing.assert_array_equal(result, IMAGES)
    assert not np.shares_memory(result, IMAGES)


def test_a_quarter_turn_is_anticlockwise_and_exact():
    np.testing.assert_array_equal(distort(IMAGES, "rotation", 90), np.rot90(IMAGES, axes=(1, 2)))
    np.testing.assert_array_equal(distort(IMAGES, "rotation", 180), IMAGES[:, ::-1, ::-1])


def test_a_shift_by_whole_pixels_goes_right_and_fills_with_black():
    result = distort(IMAGES, "shift", 3)
    np.testing.assert_array_equal(result[:, :, 3:], IMAGES[:, :, :-3])
    assert not result[:, :, :3].any()


def test_half_a_pixel_is_the_mean_of_neighbours():
    row = np.zeros((1, 28, 28), np.uint8)
    row[0, 5, 10] = 200
    result = distort(row, "shift", 0.5)
    assert result[0, 5, 10:12].tolist() == [100, 100]
    assert result.sum() == 200


def test_a_blur_spreads_a_point_by_its_standard_deviation():
    point = np.zeros((1, 28, 28), np.uint8)
    point[0, 14, 14] = 255
    result = distort(point, "blur", 1.0)[0].astype(float)
    across = result.sum(0) / result.sum()
    assert np.sqrt(across @ (np.arange(28) - 14) ** 2) == pytest.approx(1, abs=0.05)


@kinds
@given(share=st.floats(0, 1))
def test_images_stay_images_and_do_not_mix(kind, share):
    alone, amount = IMAGES[:1], share * DISTORTIONS[kind].amounts[-1]
    result = distort(IMAGES, kind, amount)
    assert result.shape == IMAGES.shape
    assert result.dtype == np.uint8
    assert result.max() <= IMAGES.max()
    np.testing.assert_array_equal(result[:1], distort(alone, kind, amount))


THEIRS = {
    "rotation": lambda images, amount: ndimage.rotate(images, amount, axes=(2, 1), reshape=False, order=1),
    "shift": lambda images, amount: ndimage.shift(images, (0, 0, amount), order=1),
    "blur": lambda images, amount: ndimage.gaussian_filter(images, (0, amount, amount), mode="constant"),
}


@kinds
def test_every_amount_gives_scipys_image(kind):
    """The recorded study was made with SciPy."""
    for amount in DISTORTIONS[kind].amounts[1:]:
        theirs = np.rint(np.clip(THEIRS[kind](IMAGES.astype(float), amount), 0, 255))
        np.testing.assert_array_equal(distort(IMAGES, kind, amount), theirs)


@kinds
def test_the_amounts_on_offer(kind):
    way = DISTORTIONS[kind]
    assert way.amounts[0] == 0
    np.testing.assert_allclose(np.diff(way.amounts), way.step)
    assert way.start in way.amounts
    assert way.say(way.start).startswith(f"{way.start:g}")


@pytest.mark.parametrize(("kind", "amount"), [("mirror", 1), ("blur", -1), ("blur", float("nan")), ("shift", np.inf)])
def test_what_cannot_be_done_is_refused(kind, amount):
    with pytest.raises(ValueError, match=r"distortion|amount"):
        distort(IMAGES, kind, amount)
