"""Compare the tiny network's gradients with numerical gradients, and check that training learns the digits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load
from dropout_core.numerics.network import random_network
from dropout_core.topics.ensemble.averages import scaled_pass
from dropout_core.topics.ensemble.tiny_net import CLASSES, COARSE, SHAPES, gradients, shrink, small_digits, train


@pytest.fixture(scope="module")
def digits():
    return small_digits(load("mnist-5k", Settings.from_env({})))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(SHAPES)), st.sampled_from([0.0, 0.3, 0.7]), st.integers(0, 999))
def test_gradients_are_the_numerical_ones(depth, rate, seed):
    rng, hidden = np.random.default_rng(seed), SHAPES[depth]
    net = random_network((5, *hidden, len(CLASSES)), seed)
    x, labels = rng.normal(size=(4, 5)), rng.integers(0, len(CLASSES), 4)
    masks = tuple(rng.random((4, units)) >= rate for units in hidden)
    slopes = gradients(net, x, labels, masks, rate)[1]
    for values, slope in zip((*net.weights, *net.biases), (*slopes.weights, *slopes.biases), strict=True):
        assert values.shape == slope.shape
        place = tuple(rng.integers(0, n) for n in values.shape)
        kept, step, losses = values[place], 1e-6, []
        for moved in (kept - step, kept + step):
            values[place] = moved
            losses.append(gradients(net, x, labels, masks, rate)[0])
        values[place] = kept
        assert slope[place] == pytest.approx((losses[1] - losses[0]) / (2 * step), abs=1e-6)


def test_the_loss_of_equal_outputs_is_log_of_the_classes():
    net = random_network((5, 4, len(CLASSES)), 0)
    net.weights[-1][:], net.biases[-1][:] = 0, 0
    loss, _ = gradients(net, np.ones((2, 5)), np.array([0, 1]), (np.ones((2, 4), bool),), 0.0)
    assert loss == pytest.approx(np.log(len(CLASSES)))


def test_shrinking_takes_means_of_two_by_two():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:8, 8:9] = 255
    small = shrink(image).reshape(14, 14)
    assert small[2:4, 4] == pytest.approx([0.5, 0.5])
    assert small.sum() == pytest.approx(1)
    assert shrink(image, COARSE).sum() == pytest.approx(0.25)


def test_only_the_three_classes_and_all_of_their_images(digits):
    assert digits.train_images.shape == (1200, 196)
    assert digits.images.shape == (300, 196)
    assert np.bincount(digits.labels).tolist() == [100, 100, 100]
    assert digits.images.min() >= 0
    assert digits.images.max() <= 1


@pytest.mark.parametrize(("depth", "least"), [(1, 0.8), (2, 0.7)])
def test_it_learns_and_the_same_seed_gives_the_same_net(depth, least, digits):
    one, same = (train(digits.train_images, digits.train_labels, SHAPES[depth], 0.3, 1) for _ in range(2))
    assert (scaled_pass(one, digits.images).argmax(1) == digits.labels).mean() > least
    assert all((a == b).all() for a, b in zip(one.weights, same.weights, strict=True))
    other = train(digits.train_images, digits.train_labels, SHAPES[depth], 0.3, 2)
    assert not np.array_equal(one.weights[0], other.weights[0])


def test_a_rate_outside_its_range_is_an_error(digits):
    with pytest.raises(ValueError, match="rate"):
        train(digits.train_images, digits.train_labels, (4,), 1.0, 0)
