"""Tests of the expected calibration error."""

import numpy as np
import pytest

from dropout_core.numerics.calibration import expected_calibration_error


def two_classes(confidence):
    return np.stack([confidence, 1 - confidence], axis=1)


def test_one_bin_s_error_is_the_distance_of_confidence_and_accuracy():
    p = two_classes(np.full(10, 0.8))
    labels = np.array([0] * 6 + [1] * 4)
    assert expected_calibration_error(p, labels) == pytest.approx(0.2)


def test_errors_of_bins_do_not_cancel():
    p = two_classes(np.array([0.9] * 10 + [0.6] * 10))
    labels = np.array([0] * 8 + [1] * 2 + [0] * 7 + [1] * 3)  # accuracies 0.8 and 0.7
    assert expected_calibration_error(p, labels) == pytest.approx(0.1)


def test_a_calibrated_classifier_has_none_but_chance():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 100_000)
    labels = (rng.random(100_000) > confidence).astype(int)
    assert expected_calibration_error(two_classes(confidence), labels) < 0.01


def test_full_confidence_is_counted():
    assert expected_calibration_error(two_classes(np.ones(4)), np.ones(4, int)) == 1.0
