"""Test that invalid drawings are rejected, and that valid ones are normalised like MNIST's images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from dropout_core.ui.drawing import BOX, SAMPLES, SIDE, as_mnist, parse, sample

N = SIDE * SIDE


def centre(image):
    weight = image / image.sum()
    return [float((weight.sum(axis) * np.arange(SIDE)).sum()) for axis in (1, 0)]


def extent(image, least=20):
    rows, columns = np.nonzero(image >= least)
    return max(np.ptp(rows), np.ptp(columns)) + 1


def test_a_drawing_comes_through_as_it_is():
    values = [i % 256 for i in range(N)]
    assert parse(values).ravel().tolist() == values


BAD = {
    "nothing": None,
    "text": "0" * N,
    "too few": [0] * (N - 1),
    "too many": [0] * (N + 1),
    "negative": [-1] + [0] * (N - 1),
    "too bright": [256] + [0] * (N - 1),
    "huge": [10**30] + [0] * (N - 1),
    "a fraction": [0.5] + [0] * (N - 1),
    "true": [True] + [0] * (N - 1),
    "a list": [[0]] + [0] * (N - 1),
    "not a number": [float("nan")] + [0] * (N - 1),
    "an object": {"0": 0},
}


@pytest.mark.parametrize("why", BAD)
def test_what_is_no_drawing_is_refused(why):
    with pytest.raises(ValueError, match="grey values"):
        parse(BAD[why])


@pytest.mark.parametrize("grey", [0, 19])
def test_an_empty_sheet_is_said_to_be_empty(grey):
    with pytest.raises(ValueError, match="nothing has been drawn"):
        as_mnist(np.full((SIDE, SIDE), grey, np.uint8))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_ends_up_centred_and_of_mnists_size(name):
    result = as_mnist(sample(name))
    assert centre(result) == pytest.approx([14, 14], abs=0.6)
    assert abs(extent(result) - BOX) <= 2


@given(top=st.integers(0, 14), left=st.integers(0, 14), height=st.integers(6, 14), width=st.integers(6, 14))
def test_neither_place_nor_size_matters_only_proportions(top, left, height, width):
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + height, left : left + width] = 255
    result = as_mnist(image)
    moved = np.zeros_like(image)
    moved[:height, :width] = 255
    np.testing.assert_array_equal(result, as_mnist(moved))
    assert centre(result) == pytest.approx([14, 14], abs=0.6)
    rows, columns = (result >= 128).any(1).sum(), (result >= 128).any(0).sum()
    assert rows == pytest.approx(BOX * height / max(height, width), abs=1.5)
    assert columns == pytest.approx(BOX * width / max(height, width), abs=1.5)


@pytest.mark.parametrize("seed", range(20))
def test_the_scaled_drawing_is_scipys(seed):
    rng = np.random.default_rng(seed)
    image = np.zeros((SIDE, SIDE), np.uint8)
    (top, bottom), (left, right) = np.sort(rng.integers(0, SIDE, (2, 2)))
    image[top : bottom + 1, left : right + 1] = rng.integers(20, 256, (bottom - top + 1, right - left + 1))
    cut = image[top : bottom + 1, left : right + 1].astype(float)
    step = max(cut.shape) / BOX
    offset = np.array(ndimage.center_of_mass(cut)) - SIDE / 2 * step
    smooth = ndimage.gaussian_filter(cut, max(0.0, (step - 1) / 2), mode="constant")
    theirs = ndimage.affine_transform(smooth, [step] * 2, offset, (SIDE, SIDE), order=1, mode="grid-constant")
    difference = as_mnist(image) - np.clip(theirs, 0, 255)
    assert np.abs(difference).max() <= 0.5 + 1e-9


def test_one_dot_becomes_a_blob_in_the_middle():
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[0, 27] = 255
    assert centre(as_mnist(image)) == pytest.approx([14, 14], abs=0.6)
