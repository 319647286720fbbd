"""Test entropies and their decomposition against known values, and batched passes against single passes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dropout_core.numerics.inference import PASSES, activations, passes, pixels, probabilities, random_masks
from dropout_core.numerics.network import entropy, random_network, softmax
from dropout_core.topics.uncertainty.entropy import decompose, mc_dropout

NET = random_network((784, 12, 8, 10), 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
outputs = arrays(float, (7, 4, 5), elements=st.floats(-30, 30)).map(softmax)


def test_entropy_of_known_distributions():
    known = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [0.5, 0.25, 0.125, 0.125]])
    np.testing.assert_allclose(entropy(known), [0, 1, 2, 1.75], atol=1e-15)


@given(outputs)
def test_the_two_parts_add_up_and_none_is_negative(p):
    found = decompose(p)
    np.testing.assert_array_equal(found.total, entropy(p.mean(0)))
    np.testing.assert_allclose(found.within, np.mean([entropy(one) for one in p], axis=0), atol=1e-12)
    np.testing.assert_allclose(found.total, found.within + found.between, atol=1e-12)
    assert found.between.min() > -1e-12
    assert found.total.max() <= np.log2(5) + 1e-12


@given(outputs)
def test_mutual_information_is_the_mean_divergence_from_the_mean(p):
    mean = p.mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log2(p / mean), 0)
    np.testing.assert_allclose(decompose(p).between, terms.sum(-1).mean(0), atol=1e-9)


def test_passes_that_agree_have_no_mutual_information_and_certain_ones_that_differ_have_nothing_else():
    alike = np.tile([0.7, 0.3], (9, 1, 1))
    assert decompose(alike).between == pytest.approx([0], abs=1e-12)
    opposed = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    found = decompose(opposed)
    assert (found.total, found.within, found.between) == ([1], [0], [1])


def test_many_passes_are_those_of_the_whole_net_image_by_image():
    x, masks = pixels(IMAGES), random_masks(NET, 0.4, 6, 11)
    found = passes(NET, x, 0.4, 6, 11)
    for i in range(len(x)):
        alone = softmax(activations(NET, np.broadcast_to(x[i], (6, 784)), masks, 0.4)[-1])
        np.testing.assert_allclose(found[:, i], alone, atol=1e-6)


def test_at_rate_0_every_pass_is_the_deterministic_one():
    seen = mc_dropout(NET, IMAGES, 0.0)
    assert seen.on.shape == (PASSES, 3, 10)
    np.testing.assert_allclose(seen.on, np.broadcast_to(seen.off, seen.on.shape), atol=1e-6)
    np.testing.assert_allclose(seen.off, probabilities(NET, IMAGES), atol=1e-12)


def test_the_seed_decides_the_masks():
    assert np.array_equal(mc_dropout(NET, IMAGES, 0.5, 1).on, mc_dropout(NET, IMAGES, 0.5, 1).on)
    assert not np.array_equal(mc_dropout(NET, IMAGES, 0.5, 1).on, mc_dropout(NET, IMAGES, 0.5, 2).on)


@pytest.mark.parametrize("rate", [1.0, -0.1, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        passes(NET, pixels(IMAGES), rate)
