"""Tests of the masks page's net: downsampled images, combined weights, and the contents of its file."""

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load as load_digits
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import random_network, softmax
from dropout_core.topics.masks import digit_net
from dropout_core.topics.masks.study import outputs

HIDDEN = sum(digit_net.load().net.sizes[1:-1])


def test_a_pixel_is_the_mean_of_its_block():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 2:4, 4:6] = [[0, 255], [255, 255]]
    small = digit_net.shrink(image)
    assert small[0, 1, 2] == small.sum() == round(0.75 * digit_net.LEVELS)


def test_folding_keeps_the_function():
    images = np.random.default_rng(0).integers(0, digit_net.LEVELS + 1, (20, 14, 14), np.uint8)
    net = random_network((784, 12, 10, 10), 0)
    full = activations(net, pixels(digit_net.enlarge(images)))
    folded = activations(digit_net.fold(net), digit_net.inputs(images))
    for a, b in zip(full, folded, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_the_stored_net_reads_digits_it_has_never_seen():
    digits = load_digits("mnist-5k", Settings.from_env({}))
    images, labels = digit_net.shrink(digits.validation_images), digits.validation_labels
    stored = digit_net.load()
    right = 100 * (outputs(stored.net, images).argmax(axis=1) == labels).mean()
    assert right == pytest.approx(stored.accuracy, abs=4)
    masked = 100 * (outputs(stored.net, images, digit_net.MASKED).argmax(axis=1) == labels).mean()
    assert masked == pytest.approx(stored.masked_accuracy, abs=4)


def test_no_neuron_of_the_stored_net_is_dead_for_all_samples():
    stored = digit_net.load()
    hidden = activations(stored.net, stored.samples / digit_net.LEVELS)[:-1]
    assert all((layer.max(axis=0) > 0).mean() > 0.9 for layer in hidden)


def test_the_net_reads_its_samples_right():
    stored = digit_net.load()
    found = activations(stored.net, stored.samples / digit_net.LEVELS)[-1].argmax(axis=1)
    assert found.tolist() == list(range(10))


@pytest.mark.parametrize("text", ["", "0" * 196, "0123456789abcdef" * 12 + "0000"])
def test_a_drawing_passes(text):
    assert digit_net.check_drawing(text) == text


@pytest.mark.parametrize("text", ["0" * 195, "0" * 197, "g" * 196, "<b>"])
def test_other_drawings_are_refused(text):
    with pytest.raises(ValueError, match="196"):
        digit_net.check_drawing(text)


@pytest.mark.parametrize("text", ["", "3d", f"0k.14d.{HIDDEN - 1}k"])
def test_overrides_pass(text):
    assert digit_net.check_overrides(text) == text


@pytest.mark.parametrize("text", ["3", "3x", "3d.", f"{HIDDEN}d", "3d,4d"])
def test_other_overrides_are_refused(text):
    with pytest.raises(ValueError, match="neurons"):
        digit_net.check_overrides(text)


def test_single_drops_remove_one_neuron_at_a_time():
    changed, falls = digit_net.single_drops()
    stored = digit_net.load()
    x = stored.samples / digit_net.LEVELS
    first, second = stored.net.sizes[1:-1]
    whole, found = softmax(activations(stored.net, x)[-1]), 0
    for i in range(first):
        kept = np.arange(first) != i
        out = softmax(activations(stored.net, x, (kept, np.ones(second, bool)))[-1])
        found += int((out.argmax(axis=1) != whole.argmax(axis=1)).sum())
        assert falls[10 * i] == pytest.approx(100 * (whole.max(axis=1) - out[range(10), whole.argmax(axis=1)])[0])
    assert len(falls) == 10 * (first + second)
    assert found <= changed < len(falls)
