"""Tests of the nets that choose C10's strength of L2: their seeds, their images, and the stored results."""

import json

import numpy as np
import pytest

from dropout_core.data.mnist import Digits
from dropout_core.experiments.catalogue import EXPERIMENTS
from dropout_core.experiments.recipe import DATA
from dropout_core.numerics.inference import activations, pixels
from dropout_core.numerics.network import random_network
from dropout_core.reference import records
from dropout_core.topics.regularisers import stopping_study
from dropout_core.topics.regularisers.decay_study import choosing
from dropout_core.topics.regularisers.findings import CHOICE, strengths

DECAY = EXPERIMENTS["decay"]


def test_the_first_22_seeds_choose_among_all_strengths_and_kinds():
    trials = dict(choosing())
    assert list(trials) == [label for label, _ in DECAY.trials if label != "no decay"]
    assert {recipe.seeds for recipe in trials.values()} == {tuple(range(100, 122))}
    for label, recipe in DECAY.trials[1:]:
        assert trials[label].without_seeds() == recipe.without_seeds()


def test_the_images_that_choose_train_no_net():
    assert all(recipe.images + stopping_study.JUDGED_ON <= DATA["mnist"] for _, recipe in choosing())


def test_a_net_is_evaluated_on_the_last_training_images(monkeypatch):
    monkeypatch.setattr(stopping_study, "JUDGED_ON", 40)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (60, 28, 28)).astype(np.uint8), rng.integers(0, 10, 60).astype(np.uint8)
    net = random_network((784, 12, 8, 10), 0)
    arrays = {f"layers.{i}.weight": w.T for i, w in enumerate(net.weights)}
    arrays |= {f"layers.{i}.bias": b for i, b in enumerate(net.biases)}
    found = stopping_study.scores(arrays, Digits(images, labels, images[:5], labels[:5], ""))
    z = activations(net, pixels(images[20:]))[-1]
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    assert found["loss"] == pytest.approx(-log_p[np.arange(40), labels[20:]].mean(), rel=1e-4)
    assert found["accuracy"] == pytest.approx(100 * (z.argmax(1) == labels[20:]).mean())


def test_the_file_holds_every_net_and_where_it_was_made():
    about, table = json.loads(CHOICE.read_text("utf-8")), strengths()
    expected = {(label, run.arm, run.seed) for label, recipe in choosing() for run in recipe.runs()}
    assert {*zip(table["trial"], table["arm"], table["seed"], strict=True)} == expected
    assert len(table) == len(expected)
    assert about["chosen_on"] == stopping_study.JUDGED_ON
    assert {"torch", "commit", "hardware", "data_checksum"} <= set(about["provenance"])


def test_the_nets_are_those_of_the_record_on_other_images():
    """On other images, the nets of the record have nearly the same mean accuracy."""
    theirs, ours = records.load("decay").trials, strengths().groupby(["trial", "arm"])["accuracy"].mean()
    for label, recipe in choosing():
        points = theirs[label].points
        last = points[(points["epoch"].round() == recipe.epochs) & points["seed"].isin(recipe.seeds)]
        means = last.groupby("arm")["full_val_accuracy"].mean()
        assert (ours[label] - means).abs().max() < 1.5
