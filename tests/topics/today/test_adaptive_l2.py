"""Test dropout's penalty by a loop over all masks, its approximation by limits, and the verdict with SciPy."""

import json
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import approx_fprime

from dropout_core.numerics.verdicts import Verdict
from dropout_core.topics.today import adaptive_l2, adaptive_l2_record
from dropout_core.topics.today.adaptive_l2 import exact, features, log_partition, quadratic, sigmoid, weights
from dropout_core.topics.today.adaptive_l2_study import fit, measure

RNG = np.random.default_rng(0)
X, BETA, BIAS = RNG.uniform(0, 1, (7, 5)), RNG.normal(0, 2, 5), 0.3
Y = RNG.integers(0, 2, 7).astype(float)


def test_images_become_means_of_blocks_without_corners():
    image = np.zeros((1, 28, 28))
    image[0, :7, 7:14] = 0.5
    image[0, 21:, 14:21] = np.arange(49).reshape(7, 7)
    image[0, :7, :7] = 9  # a corner
    assert features(image).tolist() == [[0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24.0]]


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_penalty_is_a_mean_over_all_masks(rate):
    total = 0.0
    for mask in product((0, 1), repeat=5):
        p = np.prod([1 - rate if kept else rate for kept in mask])
        total += p * np.log1p(np.exp(X * mask / (1 - rate) @ BETA + BIAS)).mean()
    expected = total - np.log1p(np.exp(X @ BETA + BIAS)).mean()
    assert exact(X, BETA, BIAS, rate)[0] == pytest.approx(expected)


@pytest.mark.parametrize("penalty", [exact, quadratic])
def test_the_gradients_are_those_of_finite_differences(penalty):
    at = np.append(BETA, BIAS)
    numeric = approx_fprime(at, lambda t: penalty(X, t[:-1], t[-1], 0.4)[0], 1e-7)
    _, slope, bias_slope = penalty(X, BETA, BIAS, 0.4)
    assert np.append(slope, bias_slope) == pytest.approx(numeric, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("rate", [0.001, 0.5])
def test_the_quadratic_penalty_is_exact_for_small_weights_but_not_for_low_rates(rate):
    """At a low rate few inputs are dropped, but each of them entirely."""
    assert quadratic(X, 1e-3 * BETA, BIAS, rate)[0] / exact(X, 1e-3 * BETA, BIAS, rate)[0] == pytest.approx(1, abs=2e-3)
    assert quadratic(X, BETA, BIAS, rate)[0] != pytest.approx(exact(X, BETA, BIAS, rate)[0], rel=0.1)


def test_the_quadratic_penalty_weighs_the_squares():
    expected = 0.5 * 0.4 / 0.6 * (weights(X, BETA, BIAS) * BETA**2).sum()
    assert quadratic(X, BETA, BIAS, 0.4)[0] == pytest.approx(expected)


def test_large_scores_do_not_overflow():
    assert log_partition(np.array([-1e4, 1e4])).tolist() == [0, 1e4]
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("penalty", [exact, quadratic])
def test_a_fit_is_a_minimum(penalty):
    def objective(t: np.ndarray) -> float:
        z = X @ t[:-1] + t[-1]
        return float((np.log1p(np.exp(z)) - Y * z).mean()) + penalty(X, t[:-1], t[-1], 0.5)[0]

    found = fit(X, Y, penalty, 0.5, np.zeros(6))
    assert approx_fprime(found, objective, 1e-6) == pytest.approx(np.zeros(6), abs=1e-3)
    assert objective(found) < objective(np.zeros(6))


def test_a_measurement_compares_both_penalties_at_the_exact_fit():
    row = measure(X, Y, (X, Y), 0.5)
    start = fit(X, Y, quadratic, 0.5, np.zeros(6))
    at = fit(X, Y, exact, 0.5, start)
    assert row["exact"] == pytest.approx(exact(X, at[:-1], at[-1], 0.5)[0], abs=1e-6)
    assert row["quadratic"] == pytest.approx(quadratic(X, at[:-1], at[-1], 0.5)[0], abs=1e-6)
    assert row["accuracy_exact"] == pytest.approx(100 * np.mean((X @ at[:-1] + at[-1] > 0) == Y), abs=1e-5)


# --- the record ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not adaptive_l2_record.FILE.exists(), reason="reference adaptive-l2 has not been run")
def test_the_verdict_by_two_one_sided_tests():
    rows = json.loads(adaptive_l2_record.FILE.read_text("utf-8"))["rows"]
    found, margin = adaptive_l2_record.approximates(), np.log(1.1)
    good, bad = [], []
    for each, rate in zip(found.evidence, adaptive_l2_record.RATES, strict=True):
        d = np.array([np.log(row["quadratic"] / row["exact"]) for row in rows if row["rate"] == rate])
        assert len(d) == adaptive_l2_record.SETS
        low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        assert (each.paired.mean, each.paired.low, each.paired.high) == tuple(map(pytest.approx, (d.mean(), low, high)))
        below, above = (stats.ttest_1samp(d + s * margin, 0).statistic for s in (1, -1))
        limit = stats.t(len(d) - 1).ppf(0.975)
        if below > limit and above < -limit:
            good.append(rate)
        elif above > limit or below < -limit:
            bad.append(rate)
    assert (found.verdict is Verdict.EQUIVALENT) == (len(good) == len(adaptive_l2_record.RATES))
    assert all((f"{rate:g}" in found.condition) == (rate in good) for rate in adaptive_l2_record.RATES if bad)
    assert all(f"{rate:g}" in found.exception for rate in bad if good)
    unclear = [f"{rate:g}" for rate in adaptive_l2_record.RATES if rate not in good + bad]
    assert ("crosses an end of the margin" in found.sentence) == bool(unclear)
    assert all(rate in found.sentence.split("; at p = ")[1] for rate in unclear)
    assert ("undecided at p = " in found.text) == bool(unclear and good)
    assert all(rate in found.text.split("undecided at p = ")[1] for rate in unclear if good)


def test_what_the_file_stores_can_be_repeated():
    """The corners of MNIST are blank, so nothing is lost without them."""
    assert adaptive_l2.CORNERS == (0, 3, 12, 15)
