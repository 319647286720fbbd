"""Test that linear regression with dropout equals ridge regression for any data and keep probability."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.topics.papers import linear_regression as ld

KEEPS = st.floats(0.05, 1)


def numbers(seed: int, n: int = 20, inputs: int = 4):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, inputs)), rng.normal(size=n), rng.normal(size=inputs)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), KEEPS)
def test_the_losses_are_equal_at_any_weights(seed, keep):
    x, y, w = numbers(seed)
    expected = ld.ridge_loss(x, y, w, keep)
    assert ld.dropout_loss(ld.squared_errors(x, y, w), keep) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), KEEPS)
def test_the_weights_are_equal_and_the_loss_is_least_there(seed, keep):
    x, y, other = numbers(seed)
    w = ld.dropout_weights(x, y, keep)
    np.testing.assert_allclose(w, ld.ridge_weights(x, y, keep), rtol=1e-8, atol=1e-10)
    assert ld.ridge_loss(x, y, w, keep) <= ld.ridge_loss(x, y, w + 0.01 * other, keep)


def test_keeping_all_is_plain_least_squares():
    x, y, _ = numbers(0)
    np.testing.assert_allclose(ld.dropout_weights(x, y, 1.0), np.linalg.lstsq(x, y)[0])


def test_one_input_by_hand():
    x, y, w = np.array([[2.0]]), np.array([3.0]), np.array([0.5])
    assert ld.squared_errors(x, y, w).tolist() == [9.0, 4.0]  # input dropped, input kept
    assert ld.dropout_loss(ld.squared_errors(x, y, w), 0.25) == 0.75 * 9 + 0.25 * 4
    assert ld.ridge_weights(x, y, 0.25) == pytest.approx(
        1.5
    )  # minimises (3 − 2w)², since w has no effect when the input is dropped


def test_on_images_both_agree_to_rounding_and_shrink_with_what_is_kept():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 28, 28), np.uint8), rng.integers(0, 10, 60).astype(np.uint8)
    result = ld.equality(images, labels)
    assert result.weights_apart < 1e-12
    assert result.losses_apart < 1e-12
    assert result.dropout.shape == result.ridge.shape == (len(ld.KEEPS), ld.PIXELS)
    sizes = np.linalg.norm(result.ridge, axis=1)
    assert sizes[0] < sizes[-1]
