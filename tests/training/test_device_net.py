"""Tests of nets kept on a device: their predictions equal NumPy's, since both draw the same masks."""

import numpy as np
import pytest

from dropout_core.numerics.answers import Sampling, answer
from dropout_core.numerics.inference import from_arrays
from dropout_core.training import device_net
from dropout_core.training.device_net import DeviceNet
from dropout_core.training.models import new_mlp, parameter_count
from tests.weights import to_arrays

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8)
SHAPES = [(32,), (64, 32), (48, 24, 12), (16, 16, 16, 16)]


def made(hidden):
    return from_arrays(to_arrays(new_mlp(3, hidden)))


def assert_equal_answers(hidden, sampling, device="cpu", images=IMAGES):
    net = made(hidden)
    ours, expected = DeviceNet(net, device).answer(images, sampling), answer(net, images, sampling)
    assert ours.off == pytest.approx(expected.off, abs=1e-5)
    assert ours.on == pytest.approx(expected.on, abs=1e-5)
    assert ours.passes == expected.passes
    assert ours.on.shape == expected.on.shape


@pytest.mark.parametrize("hidden", SHAPES, ids=str)
@pytest.mark.parametrize("averaged", [False, True])
def test_the_answers_are_numpy_s(hidden, averaged):
    assert_equal_answers(hidden, Sampling(0.5, averaged, seconds=600))


def test_so_are_those_without_masks_and_about_one_image():
    assert_equal_answers((64, 32), Sampling(0.0))
    assert_equal_answers((64, 32), Sampling(0.8, seconds=600), images=IMAGES[:1])


def test_the_answers_do_not_depend_on_how_many_passes_are_computed_together(monkeypatch):
    monkeypatch.setattr(device_net, "_VALUES", 40 * 64 * 7)
    assert_equal_answers((64, 32), Sampling(0.5, seconds=600))


def test_passes_end_when_their_time_is_over(monkeypatch):
    monkeypatch.setattr(device_net, "_VALUES", 1)
    assert DeviceNet(made((64, 32)), "cpu").answer(IMAGES, Sampling(0.5, seconds=0)).passes == 1


def test_its_size_is_that_of_its_parameters():
    assert DeviceNet(made((64, 32)), "cpu").bytes == 4 * parameter_count((64, 32))
