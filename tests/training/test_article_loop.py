"""Check the article's loop against explicitly computed steps, since the loop is the reference for other tests."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import Recipe
from dropout_core.training.article_loop import _accuracy, _Images, article_loop, train_on
from dropout_core.training.models import flat, new_mlp, normalise

RECIPE = Recipe(data="mnist-5k", images=300, epochs=4, hidden=(64, 32), batch=16, learning_rate=3e-3)


@pytest.fixture(scope="module")
def digits():
    whole = mnist.load("mnist-5k", Settings.from_env({}))
    return replace(
        whole, validation_images=whole.validation_images[:200], validation_labels=whole.validation_labels[:200]
    )


@pytest.fixture(scope="module")
def batch(digits):
    return normalise(flat(digits.train_images[:8])), torch.from_numpy(digits.train_labels[:8]).long()


def by_hand(model, images, labels, masks, rate):
    """Compute the loss and the gradients of weights and biases explicitly, for two hidden layers in float64."""
    w1, b1, w2, b2, w3, b3 = (p.detach().double().numpy() for p in model.parameters())
    x, (m1, m2) = images.double().numpy(), (m.double().numpy() / (1 - rate) for m in masks)
    a1 = np.maximum((x @ w1.T + b1) * m1, 0)
    a2 = np.maximum((a1 @ w2.T + b2) * m2, 0)
    logits = a2 @ w3.T + b3
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    n, rows = len(x), np.arange(len(x))
    d3 = (p - np.eye(10)[labels]) / n
    d2 = d3 @ w3 * (a2 > 0) * m2
    d1 = d2 @ w2 * (a1 > 0) * m1
    gradients = [part for d, a in ((d1, x), (d2, a1), (d3, a2)) for part in (d.T @ a, d.sum(0))]
    return -np.log(p[rows, labels]).mean(), gradients


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.8])
def test_a_step_is_the_step_done_by_hand(rate, batch):
    images, labels = batch
    model = new_mlp(0, (32, 16), rate)
    draw = torch.Generator().manual_seed(1)
    masks = [torch.rand(8, width, generator=draw) >= rate for width in (32, 16)]
    loss, gradients = by_hand(model, images, labels, masks, rate)
    expected = [p.detach().double().numpy() - 0.1 * g for p, g in zip(model.parameters(), gradients, strict=True)]
    result = train_on(model, [(images, labels, masks)], torch.optim.SGD(model.parameters(), 0.1))
    assert result == [pytest.approx(loss, abs=1e-6)]
    for p, e in zip(model.parameters(), expected, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), e, atol=1e-6)


def test_gradients_do_not_carry_over_from_step_to_step(batch):
    images, labels = batch
    model, alone = new_mlp(0, (32, 16)), new_mlp(0, (32, 16))
    train_on(model, [(images, labels, None)] * 2, torch.optim.SGD(model.parameters(), 0.1))
    for _ in range(2):
        train_on(alone, [(images, labels, None)], torch.optim.SGD(alone.parameters(), 0.1))
    for a, b in zip(model.parameters(), alone.parameters(), strict=True):
        assert torch.equal(a, b)


def test_training_is_in_training_mode_and_testing_is_not(batch):
    images, labels = batch
    model = new_mlp(0, (32, 16), 0.5).eval()
    losses = train_on(model, [(images, labels, None)] * 2, torch.optim.SGD(model.parameters(), 0.0))
    assert losses[0] != losses[1]
    assert model.training
    modes = []
    model.register_forward_pre_hook(lambda model, _: modes.append(model.training))
    _accuracy(model, DataLoader(TensorDataset(images, labels)))
    assert set(modes) == {False}


def test_accuracy_counts_images_not_batches(batch):
    images, labels = batch
    model = new_mlp(0, (32, 16))
    labels = torch.where(torch.arange(8) < 7, model.eval()(images).argmax(1), -1)  # only the last prediction is wrong
    right = [True] * 7 + [False]
    assert _accuracy(model, DataLoader(TensorDataset(images, labels), 7)) == pytest.approx(100 * sum(right) / 8)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_the_loop_learns(rate, digits):
    result = article_loop(RECIPE, digits, rate, 0)
    assert len(result["losses"]) == len(result["accuracies"]) == RECIPE.epochs
    assert result["losses"][0] < 2.5
    assert result["losses"] == sorted(result["losses"], reverse=True)
    assert result["accuracies"][-1] > 30, "chance is 10, and its standard error 2"
    assert result["seconds"] > 0


def test_the_loop_is_the_same_for_the_same_seed_and_another_for_another(digits):
    short = replace(RECIPE, epochs=1)
    first, again, other = (article_loop(short, digits, 0.5, seed)["losses"] for seed in (0, 0, 1))
    assert first == again != other


def test_the_loop_trains_on_the_first_images_only_and_each_once_an_epoch(digits, monkeypatch):
    seen = []
    monkeypatch.setattr(_Images, "__getitem__", spying(_Images.__getitem__, seen))
    article_loop(replace(RECIPE, images=40, epochs=2), digits, 0.5, 0)
    train = [i for n, i in seen if n == 40]
    assert sorted(train[:40]) == sorted(train[40:]) == list(range(40))
    assert train[:40] != train[40:], "another order in the second epoch"


def spying(method, seen):
    def get(self, i):
        seen.append((len(self), i))
        return method(self, i)

    return get
