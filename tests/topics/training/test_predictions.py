"""Tests of the predictions of two trained nets, and of the images on which they disagree."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dropout_core.topics.training.predictions import Disagreement, disagreement, most_disputed


@st.composite
def pairs(draw):
    """Generate random outputs of two nets for the same images, and the images' labels."""
    n = draw(st.integers(0, 12))
    outputs = [draw(npst.arrays(np.float32, (n, 10), elements=st.floats(0, 1, width=32))) for _ in range(2)]
    return *outputs, draw(npst.arrays(np.uint8, n, elements=st.integers(0, 9)))


@given(pairs())
def test_disagreement_counts_the_images_that_only_one_gets_right(pair):
    none, dropout, labels = pair
    found = disagreement(none, dropout, labels)
    right = [(int(a.argmax()) == y, int(b.argmax()) == y) for a, b, y in zip(none, dropout, labels, strict=True)]
    assert found.only_no_dropout == right.count((True, False))
    assert found.only_dropout == right.count((False, True))
    assert found.images == len(labels)


@given(pairs(), st.integers(0, 15))
def test_the_most_disputed_images_are_classified_differently_most_confident_first(pair, count):
    none, dropout, _ = pair
    found = most_disputed(none, dropout, count).tolist()
    differ = [i for i in range(len(none)) if none[i].argmax() != dropout[i].argmax()]
    sureness = {i: min(none[i].max(), dropout[i].max()) for i in differ}
    assert found == sorted(differ, key=lambda i: -sureness[i])[:count]


def test_an_image_on_which_one_net_wavers_is_less_disputed():
    sure, other, wavering = (
        np.eye(10, dtype=np.float32)[k] * s + (1 - s) / 10 for k, s in ((3, 0.9), (5, 0.8), (5, 0.1))
    )
    assert most_disputed(np.stack([sure, sure, sure]), np.stack([wavering, other, sure]), 5).tolist() == [1, 0]


def p_by_hand(b: int, c: int) -> float:
    """Compute the exact two-sided McNemar p-value: twice the smaller tail of Binomial(b + c, 1/2), at most 1."""
    n = b + c
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(b, c) + 1)) / 2**n)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_the_p_value_is_the_exact_mcnemar_test_and_names_no_side(b, c):
    assert Disagreement(b, c, 10_000).p_value == pytest.approx(p_by_hand(b, c), rel=1e-9)
    assert Disagreement(b, c, 10_000).p_value == pytest.approx(Disagreement(c, b, 10_000).p_value)
