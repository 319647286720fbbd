"""Tests of the summaries of two nets' answers on all validation images."""

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import ARMS, DROPOUT
from dropout_core.numerics.inference import passes, pixels
from dropout_core.reference.nets import load
from dropout_core.topics.training.validation_set import summaries

DIGITS = mnist.load_validation("mnist-5k", Settings.from_env({}))
IMAGES, LABELS = DIGITS.images[:200], DIGITS.labels[:200]
NETS = {arm: load(arm).net for arm in ARMS}


def test_the_mean_is_that_of_a_hundred_passes():
    found, entropies = summaries(NETS, 0.5, IMAGES, LABELS, seconds=60)
    mean = passes(NETS[DROPOUT], pixels(IMAGES), 0.5).mean(0)
    assert found[-1].name == "dropout, mean of 100 passes"
    assert found[-1].accuracy == 100 * (mean.argmax(1) == LABELS).mean()
    assert entropies == pytest.approx(-(mean * np.log2(mean)).sum(1), abs=1e-4)
    assert [each.name for each in found[:2]] == ["no dropout", "dropout, masks off"]


def test_the_passes_end_when_their_time_is_over():
    found, _ = summaries(NETS, 0.5, IMAGES, LABELS, seconds=0)
    assert found[-1].name == "dropout, mean of 1 pass"
