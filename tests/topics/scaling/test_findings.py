"""Test the page's findings and the verdicts on the claims about scaling. C1 must fail if the scaling is wrong."""

import re
from math import erfc, sqrt

import numpy as np
import pytest

from dropout_core.numerics.enumeration import gaps_by_rate
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.network import random_network
from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.scaling import findings


def test_exact_claims_fail_where_the_scaling_is_wrong(monkeypatch):
    assert findings.mean_kept().verdict is Verdict.HOLDS
    assert findings.scaling_matches().verdict is Verdict.HOLDS_WHEN
    monkeypatch.setattr(findings, "keep_mask", lambda u, rate: u >= rate + 0.05)
    assert findings.mean_kept().verdict is Verdict.DOES_NOT_HOLD


def test_the_chance_of_the_largest_deviation_can_be_recomputed_from_the_sentence():
    shown = re.search(
        r"largest of the (\d+) deviations is ([\d.]+) standard errors.* up to (\d+) %", findings.mean_kept().sentence
    )
    means, z, chance = map(float, shown.groups())
    assert 100 * (1 - (1 - erfc(z / sqrt(2))) ** means) == pytest.approx(chance, abs=1)


def test_the_sums_found_are_the_exact_means():
    a = np.array([3.0, -1.0])
    assert findings.sums_found(a, 0.25) == (
        "At p = 0.25, unscaled sums average 1.50 over all masks instead of 2.00; scaled sums average 2.00"
    )
    said = findings.sums_found(-a, 0.5)
    assert said.startswith("At p = 0.50, unscaled sums average −1.00 over all masks instead of −2.00")
    for same in (findings.sums_found(a, 0.0), findings.sums_found(np.array([1.0, -1.0]), 0.5)):
        assert "both average" in same


def test_the_spread_found_is_that_of_the_sums():
    a, rate = np.array([3.0, -1.0]), 0.2
    kept = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    weights = np.array([0.04, 0.16, 0.16, 0.64])
    deviation = np.sqrt(weights @ (kept @ a) ** 2 - (weights @ kept @ a) ** 2)
    said = findings.spread_found(a, rate)
    assert f"deviation of {deviation / 0.8:.2f} (unscaled sums: {deviation:.2f})" in said


def test_the_schemes_found_are_those_that_agree():
    assert findings.schemes_found(0.0).startswith("Nothing is dropped")
    assert findings.schemes_found(0.3).startswith("With standard and inverted dropout, training and inference agree")


def test_the_gaps_found_follow_the_rate_and_the_scheme():
    net, x = random_network((2, 5, 5, 3), 2), np.array([1.0, 2.0])
    inverted, unscaled = (gaps_by_rate(net, x, RATES, scheme) for scheme in ("inverted", "no scaling"))
    soft = 100 * inverted["ReLU net · softmax"][RATES.index(0.5)]
    assert findings.gaps_found(inverted, 0.5) == (
        f"One scaled pass is exact in a linear net; in a ReLU net, it is off by up to {soft:.2g} points of probability"
    )
    assert "linear net; in a ReLU net, it is exact too" in findings.gaps_found(inverted, 0.0)
    without = findings.gaps_found(unscaled, 0.5, "no scaling")
    assert "exact in a linear net" not in without
    assert without.startswith("One pass without scaling is off by")


def test_small_sums_are_not_written_as_zero():
    small = np.array([0.001])
    assert "average 0.00005 over all masks instead of 0.00100; scaled sums average 0.00100" in findings.sums_found(
        small, 0.95
    )
    assert "0.00" not in re.findall(r"0\.\d+\b", findings.spread_found(small, 0.95))
