"""Tests of calibration: bins of known answers, the stored study, its sentences and its reliability diagram."""

from dataclasses import replace

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load_validation
from dropout_core.numerics.calibration import expected_calibration_error
from dropout_core.reference import nets
from dropout_core.topics.uncertainty import calibration_study
from dropout_core.topics.uncertainty.calibration import AVERAGE, BINS, PLAIN, SCALED, headline, load, tendency
from dropout_core.topics.uncertainty.charts_calibration import reliability


def test_bins_of_known_answers():
    p = np.full((4, 10), 0.01)
    p[:, 0] = [0.91, 0.95, 0.95, 0.45]
    found = calibration_study.calibration(p, np.array([0, 0, 3, 0], np.uint8))
    assert [(b.right, b.images) for b in found.bins] == [(1, 1), (2, 3)]
    assert [b.confidence for b in found.bins] == pytest.approx([0.45, (0.91 + 2 * 0.95) / 3])
    assert found.error == pytest.approx(0.25 * 0.55 + 0.75 * (2.81 / 3 - 2 / 3))
    assert found.loss == pytest.approx(-np.log([0.91, 0.95, 0.01, 0.45]).mean())
    assert found.gap == pytest.approx(p[:, 0].mean() - 0.75)


def test_the_stored_study_is_what_the_packaged_nets_give():
    ways, made = load()
    digits = load_validation(nets.RECIPE.data, Settings.from_env())
    assert made["validation_images"] == len(digits.labels)
    for name, p in calibration_study.answers(digits.images).items():
        again = calibration_study.calibration(p, digits.labels)
        assert again.error == pytest.approx(ways[name].error, abs=2e-3)
        assert again.error == pytest.approx(expected_calibration_error(p, digits.labels, BINS))
        assert again.loss == pytest.approx(ways[name].loss, abs=2e-3)
        assert sum(b.images for b in ways[name].bins) == len(digits.labels)


def test_the_sentences_name_the_smallest_error_and_the_sign():
    ways, _ = load()
    best = min(ways, key=lambda name: ways[name].error)
    assert headline(ways).startswith(f"Best calibrated: {best}")
    better = ways | {AVERAGE: replace(ways[AVERAGE], error=0.0)}
    assert headline(better).startswith(f"Best calibrated: {AVERAGE} (0.000)")
    assert "better calibrated: 0.000" in headline(better)
    assert tendency(replace(ways[PLAIN], accuracy=0.9, confidence=0.95)) == "overconfident by 5.0 points on average"
    assert tendency(replace(ways[PLAIN], accuracy=0.9, confidence=0.88)) == "underconfident by 2.0 points on average"


def test_the_diagram_has_every_bin_inside_its_interval():
    ways, _ = load()
    lines = [layer for layer in reliability(ways)["layer"][0]["layer"] if "point" in layer["mark"]]
    assert len(lines) == len((PLAIN, SCALED, AVERAGE))
    for layer, way in zip(lines, ways.values(), strict=True):
        rows = layer["data"]["values"]
        assert len(rows) == len(way.bins)
        assert all(row["low"] <= row["v"] + 1e-4 and row["v"] <= row["high"] + 1e-4 for row in rows)
