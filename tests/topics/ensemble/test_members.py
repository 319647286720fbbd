"""Compare sampled subnetworks with the plain forward pass, and measures of members with brute-force results."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dropout_core.numerics.inference import activations, random_masks
from dropout_core.numerics.network import random_network, softmax
from dropout_core.topics.ensemble.members import (
    averaged,
    disagreement,
    error_correlation,
    loss,
    over_images,
    subnetwork_outputs,
    wrong,
)

ANSWERS = arrays(np.int64, (5, 7), elements=st.integers(0, 3))


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.8])
def test_outputs_are_those_of_the_forward_pass_under_the_same_masks(rate):
    net, x = random_network((6, 5, 4, 3), 1), np.random.default_rng(1).normal(size=(8, 6))
    masks = random_masks(net, rate, 10, 2)
    outputs = subnetwork_outputs(net, x, masks, rate)
    assert outputs.shape == (10, 8, 3)
    for member in range(10):
        expected = activations(net, x, tuple(m[member] for m in masks), rate)[-1]
        np.testing.assert_allclose(outputs[member], softmax(expected), rtol=1e-6)


def test_averages_are_of_the_first_k():
    outputs = np.random.default_rng(0).dirichlet(np.ones(3), (6, 4))
    found = averaged(outputs, np.array([1, 3, 6]))
    np.testing.assert_allclose(found[0], outputs[0])
    np.testing.assert_allclose(found[1], (outputs[0] + outputs[1] + outputs[2]) / 3)
    np.testing.assert_allclose(found[2].sum(axis=1), 1)


@pytest.mark.parametrize("k", [0, 7])
def test_more_members_than_there_are_cannot_be_averaged(k):
    with pytest.raises(ValueError, match="1 to 6"):
        averaged(np.ones((6, 4, 3)), np.array([k]))


def test_wrong_and_loss_of_known_outputs():
    outputs, labels = np.array([[[0.7, 0.3], [0.4, 0.6]]]), np.array([0, 0])
    assert wrong(outputs, labels).tolist() == [[False, True]]
    np.testing.assert_allclose(loss(outputs, labels), [[-np.log(0.7), -np.log(0.4)]])


@settings(max_examples=50, deadline=None)
@given(ANSWERS)
def test_disagreement_is_that_of_all_pairs(answers):
    pairs = [(a != b).mean() for a, b in itertools.combinations(answers, 2)]
    assert disagreement(answers) == pytest.approx(np.mean(pairs))


@settings(max_examples=50, deadline=None)
@given(arrays(np.bool_, (4, 9)))
def test_correlation_is_that_of_all_pairs_that_have_one(errors):
    varied = errors[errors.std(axis=1) > 0].astype(float)
    if len(varied) < 2:
        return
    pairs = [np.corrcoef(a, b)[0, 1] for a, b in itertools.combinations(varied, 2)]
    assert error_correlation(errors) == pytest.approx(np.mean(pairs))


def test_like_members_never_disagree_and_err_together():
    one = np.array([True, False, False, True])
    assert disagreement(np.tile([1, 2, 3, 1], (3, 1))) == 0
    assert error_correlation(np.tile(one, (3, 1))) == pytest.approx(1)


def test_independent_members_errors_do_not_correlate():
    errors = np.random.default_rng(0).random((40, 2000)) < 0.3
    correlation, low, high = over_images(error_correlation, errors)
    assert abs(correlation) < 0.01
    assert low <= correlation <= high


def test_the_interval_over_images_is_the_same_every_time():
    errors = np.random.default_rng(0).random((5, 100)) < 0.3
    assert over_images(error_correlation, errors) == over_images(error_correlation, errors)
