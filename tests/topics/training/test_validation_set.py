"""Tests of the summaries of two nets' predictions for all validation images."""

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.answers import Sampling, answer
from dropout_core.numerics.inference import passes, pixels
from dropout_core.reference.nets import load
from dropout_core.topics.training.validation_set import summaries

DIGITS = mnist.load_validation("mnist-5k", Settings.from_env({}))
IMAGES, LABELS = DIGITS.images[:200], DIGITS.labels[:200]
NETS = {arm: load(arm).net for arm in ARMS}
RATES = {NO_DROPOUT: 0.0, DROPOUT: 0.5}


def asked(seconds=60.0, rates=RATES):
    return {arm: answer(NETS[arm], IMAGES, Sampling(rates[arm], averaged=True, seconds=seconds)) for arm in ARMS}


def test_the_mean_is_that_of_a_hundred_passes():
    found, entropies = summaries(asked(), LABELS)
    mean = passes(NETS[DROPOUT], pixels(IMAGES), 0.5).mean(0)
    assert found[-1].name == "dropout, mean of 100 passes"
    assert found[-1].accuracy == 100 * (mean.argmax(1) == LABELS).mean()
    assert entropies == pytest.approx(-(mean * np.log2(mean)).sum(1), abs=1e-4)
    assert [each.name for each in found[:2]] == ["no dropout", "dropout, masks off"]


def test_one_pass_is_named_as_such():
    found, _ = summaries(asked(seconds=0), LABELS)
    assert found[-1].name == "dropout, mean of 1 pass"


def test_without_masks_there_is_no_mean():
    found, entropies = summaries(asked(rates={NO_DROPOUT: 0.0, DROPOUT: 0.0}), LABELS)
    assert [each.name for each in found] == ["no dropout", "dropout, masks off"]
    assert entropies.mean() == pytest.approx(found[-1].entropy)
