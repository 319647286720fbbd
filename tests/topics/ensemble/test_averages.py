"""Compare all subnetworks' outputs with the plain forward pass, and their averages with theory."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.masks import keep_mask, uniforms
from dropout_core.numerics.network import forward, random_network, softmax
from dropout_core.topics.ensemble.averages import (
    averages,
    enumerate_subnetworks,
    gap,
    log_outputs,
    scaled_pass,
    weights,
)

SHAPES = st.sampled_from([(3,), (2, 3), (3, 2, 2)])
RATES = st.floats(0.0, 0.9)
SEEDS = st.integers(0, 9999)


def net_and_images(hidden, seed, images=3):
    net = random_network((4, *hidden, 3), seed)
    return net, np.random.default_rng(seed).normal(size=(images, 4))


@settings(max_examples=15, deadline=None)
@given(SHAPES, st.floats(0.0, 0.6), SEEDS)  # at higher rates, an output of the plain pass may round to 0
def test_outputs_and_weights_are_those_of_brute_force(hidden, rate, seed):
    net, x = net_and_images(hidden, seed)
    n = sum(hidden)
    found = {}
    for bits in itertools.product((False, True), repeat=n):
        masks = tuple(np.split(np.array(bits), np.cumsum(hidden)[:-1]))
        chance = (1 - rate) ** sum(bits) * rate ** (n - sum(bits))
        found[bits] = chance, [softmax(forward(net, image, masks, rate)) for image in x]
    log_p, weight = log_outputs(net, x, rate), weights(hidden, rate)
    assert log_p.shape == (3, 2**n, 3)
    expected = sum(chance * np.array(p) for chance, p in found.values())
    np.testing.assert_allclose(weight @ np.exp(log_p), expected, atol=1e-12)
    logs = sum(chance * np.log(p) for chance, p in found.values())
    np.testing.assert_allclose(averages(log_p, weight, expected).geometric, softmax(logs), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(SHAPES, RATES, SEEDS)
def test_weights_sum_to_one_and_so_does_every_answer(hidden, rate, seed):
    net, x = net_and_images(hidden, seed)
    found = enumerate_subnetworks(net, x, np.array([0, 1, 2]), rate)
    assert weights(hidden, rate).sum() == pytest.approx(1)
    for p in vars(found.averages).values():
        np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(found.histogram.sum(axis=1), 1)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10), st.floats(0.0, 0.8), SEEDS)
def test_for_one_softmax_layer_the_scaled_pass_is_the_geometric_mean(units, rate, seed):
    """See Baldi & Sadowski 2013. Dropout before a ReLU is equivalent to dropout on the next layer's inputs."""
    net, x = net_and_images((units,), seed)
    found = averages(log_outputs(net, x, rate), weights((units,), rate), scaled_pass(net, x))
    assert gap(found.geometric, found.scaled)[1] < 1e-13


def test_for_a_deeper_net_it_is_not_and_the_arithmetic_mean_never_is():
    net, x = net_and_images((3, 3), 1)
    found = averages(log_outputs(net, x, 0.5), weights((3, 3), 0.5), scaled_pass(net, x))
    assert gap(found.geometric, found.scaled)[1] > 1e-3
    assert gap(found.arithmetic, found.scaled)[1] > 1e-3


@settings(max_examples=20, deadline=None)
@given(SHAPES, SEEDS)
def test_at_rate_0_all_answers_are_one(hidden, seed):
    net, x = net_and_images(hidden, seed)
    found = enumerate_subnetworks(net, x, np.array([0, 1, 2]), 0.0).averages
    assert gap(found.arithmetic, found.scaled)[1] < 1e-13
    assert gap(found.geometric, found.scaled)[1] < 1e-13


def test_the_exact_averages_are_what_sampling_tends_to():
    net, x = net_and_images((3, 3), 2, images=1)
    masks = tuple(keep_mask(uniforms((40_000, 3), seed), 0.4) for seed in (1, 2))
    p = softmax(forward(net, x[0], masks, 0.4))
    found = enumerate_subnetworks(net, x, np.array([1]), 0.4)
    error = p.std(axis=0) / np.sqrt(len(p))
    assert (np.abs(p.mean(axis=0) - found.averages.arithmetic[0]) < 5 * error).all()
    assert found.alone[0] == pytest.approx((p.argmax(axis=1) == 1).mean(), abs=0.02)
    in_bins = np.histogram(p[:, 1], 40, (0, 1))[0] / len(p)
    np.testing.assert_allclose(found.histogram[0], in_bins, atol=0.02)


def test_images_are_worked_through_in_parts_and_kept_in_order():
    net, x = net_and_images((2, 2), 3, images=120)
    labels = np.arange(120) % 3
    whole, one = enumerate_subnetworks(net, x, labels, 0.3), enumerate_subnetworks(net, x[77:78], labels[77:78], 0.3)
    np.testing.assert_allclose(whole.averages.geometric[77], one.averages.geometric[0])
    np.testing.assert_allclose(whole.histogram[77], one.histogram[0])
    assert whole.alone[77] == pytest.approx(one.alone[0])


def test_too_many_units_are_refused():
    net, x = net_and_images((13,), 0)
    with pytest.raises(ValueError, match="12"):
        log_outputs(net, x, 0.5)
