"""Test the averages over all subnetworks against brute force, Monte Carlo, and cases with known exact results."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.enumeration import (
    STAGES,
    all_masks,
    compare,
    gaps_by_rate,
    mask_probabilities,
    scaled_network,
    stages,
)
from dropout_core.numerics.masks import RATES, SCHEMES, keep_mask, uniforms
from dropout_core.numerics.network import random_network

X = np.array([1.0, -0.5, 2.0, 0.25])
NET = random_network((4, 5, 5, 3), 2)
FAIR = ("standard", "inverted")


def test_every_mask_is_there_once():
    first, second = all_masks((2, 3))
    rows = {tuple(row) for row in np.concatenate([first, second], axis=1)}
    assert rows == set(itertools.product((False, True), repeat=5))


@pytest.mark.parametrize("sizes", [(), (7, 6)])
def test_too_many_or_no_units_are_refused(sizes):
    with pytest.raises(ValueError, match="1 to 12 units"):
        all_masks(sizes)


@given(rate=st.floats(0, 0.99), sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_probabilities_add_up_and_keep_each_unit_at_1_minus_rate(rate, sizes):
    masks = all_masks(sizes)
    weights = mask_probabilities(masks, rate)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    for mask in masks:
        np.testing.assert_allclose(weights @ mask, 1 - rate, atol=1e-12)


def test_at_rate_0_only_the_full_network_counts():
    for scheme in SCHEMES:
        for stage in compare(NET, X, 0.0, scheme).values():
            np.testing.assert_allclose(stage.average, stage.scaled, atol=1e-12)
            np.testing.assert_allclose(stage.spread, 0, atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_averages_are_those_of_a_plain_loop(scheme, activation):
    rate, net = 0.3, random_network((4, 2, 3, 2), 5)
    total = dict.fromkeys(STAGES, 0.0)
    for bits in itertools.product((False, True), repeat=5):
        mask = np.array(bits)
        weight = rate ** (~mask).sum() * (1 - rate) ** mask.sum()
        alone = stages(net, X, (mask[None, :2], mask[None, 2:]), rate, activation, scheme)
        for stage in STAGES:
            total[stage] = total[stage] + weight * alone[stage][0]
    for stage, exact in compare(net, X, rate, scheme, activation).items():
        np.testing.assert_allclose(exact.average, total[stage], atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_averages_are_within_the_error_of_monte_carlo(scheme):
    rate, n = 0.4, 20_000
    masks = tuple(keep_mask(uniforms((n, 5), seed), rate) for seed in (0, 1))
    sampled = stages(NET, X, masks, rate, "relu", scheme)
    for stage, exact in compare(NET, X, rate, scheme).items():
        off = np.abs(sampled[stage].mean(axis=0) - exact.average)
        assert (off <= 5 * exact.spread / np.sqrt(n) + 1e-12).all()
        np.testing.assert_allclose(sampled[stage].std(axis=0), exact.spread, rtol=0.06, atol=1e-12)


@settings(deadline=None)
@given(seed=st.integers(0, 9999), rate=st.floats(0, 0.9), scheme=st.sampled_from(FAIR))
def test_in_a_linear_network_the_scaled_pass_is_the_average(seed, rate, scheme):
    exact = compare(random_network((4, 4, 4, 3), seed), X, rate, scheme, "linear")
    for stage in ("sum", "hidden", "logits"):
        scale = max(1.0, np.abs(exact[stage].scaled).max())
        np.testing.assert_allclose(exact[stage].scaled, exact[stage].average, atol=1e-12 * scale)


@settings(deadline=None)
@given(seed=st.integers(0, 9999), rate=st.floats(0, 0.9), scheme=st.sampled_from(FAIR))
def test_the_sum_after_one_relu_layer_is_exact_and_the_next_relu_only_adds(seed, rate, scheme):
    exact = compare(random_network((4, 4, 4, 3), seed), X, rate, scheme)
    scale = max(1.0, np.abs(exact["sum"].scaled).max())
    np.testing.assert_allclose(exact["sum"].scaled, exact["sum"].average, atol=1e-12 * scale)
    assert (exact["hidden"].average >= exact["hidden"].scaled - 1e-12 * scale).all()  # Jensen's inequality


def test_after_relu_and_softmax_the_gap_is_real():
    exact = compare(NET, X, 0.5)
    assert exact["sum"].gap < 1e-12
    assert min(exact[stage].gap for stage in ("hidden", "logits", "softmax")) > 1e-3


def test_without_scaling_sums_are_off():
    assert compare(NET, X, 0.5, "no scaling")["sum"].gap > 0.1


def test_softmax_averages_are_probabilities():
    exact = compare(NET, X, 0.5)["softmax"]
    assert exact.average.sum() == pytest.approx(1)
    assert exact.scaled.sum() == pytest.approx(1)


def test_only_weights_after_dropout_are_scaled_and_only_under_standard():
    scaled = scaled_network(NET, 0.25, "standard")
    np.testing.assert_array_equal(scaled.weights[0], NET.weights[0])
    for ours, theirs in zip(scaled.weights[1:], NET.weights[1:], strict=True):
        np.testing.assert_array_equal(ours, 0.75 * theirs)
    for scheme in ("inverted", "no scaling"):
        np.testing.assert_array_equal(scaled_network(NET, 0.25, scheme).weights[2], NET.weights[2])


def test_stages_need_two_hidden_layers():
    with pytest.raises(ValueError, match="two hidden layers"):
        stages(random_network((4, 5, 3), 0), X)


def test_gaps_by_rate_are_those_of_compare():
    rows = gaps_by_rate(NET, X, RATES, "standard")
    assert all(len(row) == len(RATES) for row in rows.values())
    assert max(rows["linear net · logits"]) < 1e-12
    assert rows["ReLU net · softmax"][10] == compare(NET, X, RATES[10], "standard")["softmax"].gap
