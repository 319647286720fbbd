"""Tests of hidden neurons' features and activity, using known values and the numbers stored in the package."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_core.experiments.recipe import ARMS
from dropout_core.topics.neurons import features as neurons
from dropout_core.topics.neurons.features import BIN, LAST, activity, features, numbers, pixels_drawn_on, sheet, shrink


def test_activity_of_known_activations():
    h = np.array([[0.0, 0.0, 0.25], [0.0, 0.75, LAST + 3]])
    result = activity(h)
    assert result.mean == pytest.approx((LAST + 4) / 6)
    assert result.zeros == 0.5
    assert result.silent == 1
    assert len(result.histogram) == LAST / BIN + 1
    assert [result.histogram[i] for i in (0, 1, -1)] == pytest.approx([1 / 6] * 3)


@given(st.integers(1, 60), st.integers(0, 1000))
def test_zeros_and_histogram_are_all_there_is(images, seed):
    h = np.maximum(np.random.default_rng(seed).normal(0, 5, (images, 4)), 0)
    result = activity(h)
    assert result.zeros + sum(result.histogram) == pytest.approx(1)


@given(st.integers(1, 50), st.floats(0.01, 100))
def test_a_neuron_draws_on_as_many_pixels_as_it_weighs_alike(pixels, scale):
    weights = np.zeros((50, 1))
    weights[:pixels] = scale
    assert pixels_drawn_on(weights, np.full(50, 0.3))[0] == pytest.approx(pixels)


def test_a_pixel_that_never_changes_does_not_count():
    weights, spread = np.ones((5, 2)), np.array([1.0, 1.0, 0, 0, 0])
    weights[:2, 1] = 0
    np.testing.assert_allclose(pixels_drawn_on(weights, spread), [2, 0])


def test_unequal_weights_count_as_less():
    result = pixels_drawn_on(np.array([[1.0], [2.0]]), np.ones(2))[0]
    assert result == pytest.approx(25 / 17)


def test_shrunken_weights_keep_their_proportions():
    weights = np.array([[0.5, 0.0], [-0.25, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(shrink(weights), [[127, -64, 0], [0, 0, 0]])


def test_a_sheet_puts_features_row_by_row():
    cells = np.stack([np.full(784, value, np.int8) for value in (127, -127, 0)])
    image = sheet(cells, columns=2, gap=2)
    assert image.shape == (58, 58)
    assert (image[:28, :28] == 255).all()
    assert (image[:28, 30:] == 1).all()
    assert (image[28:] == 128).all()


def test_the_stored_features_are_one_seeds_with_their_origin():
    for arm in ARMS:
        stored = features(arm)
        assert stored.shape == (numbers()["recipe"]["hidden"], 784)
        assert (np.abs(stored.astype(int)).max(axis=1) == 127).all()
    assert neurons.FEATURES_FILE.stat().st_size + neurons.NUMBERS_FILE.stat().st_size < 500_000


def test_the_stored_numbers_are_complete():
    stored = json.loads(neurons.NUMBERS_FILE.read_text())
    assert {"torch", "commit", "hardware", "ended", "data_checksum", "images"} <= set(stored["provenance"])
    assert {(run["arm"], run["seed"]) for run in stored["runs"]} == {
        (arm, seed) for arm in ARMS for seed in stored["recipe"]["seeds"]
    }
    for run in stored["runs"]:
        assert run["zeros"] + sum(run["histogram"]) == pytest.approx(1, abs=1e-6)
        assert run["pixels_low"] <= run["pixels"] <= run["pixels_high"]


def test_numbers_are_listed_by_arm_seed_by_seed():
    result = neurons.by_seed("mean")
    assert [len(result[arm]) for arm in ARMS] == [len(numbers()["recipe"]["seeds"])] * 2
    assert result[ARMS[1]][0] == next(r["mean"] for r in numbers()["runs"] if r["arm"] == ARMS[1] and r["seed"] == 0)
