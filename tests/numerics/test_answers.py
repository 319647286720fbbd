"""Tests of a net's predictions: passes with masks on are collected, averaged, and ended by the time limit."""

import numpy as np
import pytest

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.answers import Sampling, answer, collect
from dropout_core.numerics.inference import passes, pixels, probabilities
from dropout_core.reference.nets import load

NET = load(DROPOUT).net
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
OFF = np.zeros((3, 10), np.float32)


def parts(sizes):
    rng = np.random.default_rng(1)
    return [rng.random((size, 3, 10), np.float32) for size in sizes]


def test_an_answer_has_the_outputs_with_masks_off_and_of_each_pass():
    found = answer(NET, IMAGES, Sampling(0.5))
    assert (found.off == probabilities(NET, IMAGES)).all()
    assert (found.on == passes(NET, pixels(IMAGES), 0.5)).all()
    assert found.passes == len(found.on) == 100


def test_without_a_rate_there_are_no_passes():
    for averaged in (False, True):
        found = answer(NET, IMAGES, Sampling(0.0, averaged))
        assert (found.on.shape, found.passes) == ((0, 3, 10), 0)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (3, 1), (4,)])
def test_the_mean_is_the_same_in_whatever_parts_the_passes_come(sizes):
    drawn = parts(sizes)
    found = collect(OFF, (part.copy() for part in drawn), Sampling(0.5, averaged=True, seconds=60))
    assert found.on == pytest.approx(np.concatenate(drawn).mean(0, keepdims=True), abs=1e-6)
    assert found.passes == 4


def test_no_part_begins_after_the_time():
    found = collect(OFF, parts((2, 2, 2)), Sampling(0.5, seconds=0))
    assert (found.passes, len(found.on)) == (2, 2)
