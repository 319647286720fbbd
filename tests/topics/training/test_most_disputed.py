"""Tests of the choice of the images on which two trained nets disagree."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from dropout_core.topics.training.validation_set import most_disputed


@st.composite
def pairs(draw):
    """Generate random outputs of two nets for the same images."""
    n = draw(st.integers(0, 12))
    return [draw(npst.arrays(np.float32, (n, 10), elements=st.floats(0, 1, width=32))) for _ in range(2)]


@given(pairs(), st.integers(0, 15))
def test_the_most_disputed_images_are_classified_differently_most_confident_first(pair, count):
    none, dropout = pair
    found = most_disputed(none, dropout, count).tolist()
    differ = [i for i in range(len(none)) if none[i].argmax() != dropout[i].argmax()]
    sureness = {i: min(none[i].max(), dropout[i].max()) for i in differ}
    assert found == sorted(differ, key=lambda i: -sureness[i])[:count]


def test_an_image_on_which_one_net_wavers_is_less_disputed():
    sure, other, wavering = (
        np.eye(10, dtype=np.float32)[k] * s + (1 - s) / 10 for k, s in ((3, 0.9), (5, 0.8), (5, 0.1))
    )
    assert most_disputed(np.stack([sure, sure, sure]), np.stack([wavering, other, sure]), 5).tolist() == [1, 0]
