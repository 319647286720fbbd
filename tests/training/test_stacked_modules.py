"""Check that StackedModules agrees with StackedMLP on shared recipes and implements each variant correctly."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.training import trainer
from dropout_core.training.models import new_mlp, normalise
from dropout_core.training.sparse_pixels import to_dense
from dropout_core.training.stacked_mlp import StackedMLP
from dropout_core.training.stacked_modules import StackedModules
from dropout_core.training.variant_nets import VariantNet

SMALL = Recipe(data="mnist-5k", images=300, epochs=2, hidden=(32, 16), batch=16, learning_rate=5e-3)
CONV = replace(SMALL, net="conv", conv_rate=0.25, hidden=(32,))
VARIANTS = {
    "dropconnect": replace(SMALL, noise="dropconnect"),
    "batch norm before": replace(SMALL, batch_norm="before dropout"),
    "batch norm after": replace(SMALL, batch_norm="after dropout"),
    "conv": CONV,
    "spatial": replace(CONV, spatial=True),
    "gaussian conv": replace(CONV, noise="gaussian"),
}


@pytest.fixture(scope="module")
def tensors():
    converted = trainer.to_tensors(mnist.load("mnist-5k", Settings.from_env({})), 4000, "cpu")
    return replace(converted, images=converted.images[:300], targets=converted.targets[:300])


def batch(stack, images, targets, n=32):
    space = stack.space(n)
    for k in range(len(stack.runs)):
        normalise(to_dense(images, slice(n)), out=space.images[k])
        space.targets[k].copy_(targets[:n])


OPTIONS = [
    {},
    {"weight_decay": 0.01},
    {"weight_decay": 0.01, "decoupled": True},
    {"optimiser": "sgd", "momentum": 0.9, "learning_rate": 0.1},
    {"optimiser": "sgd", "learning_rate": 0.1, "weight_decay": 0.01, "decoupled": True},
    {"max_norm": 0.5},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_without_masks_it_makes_the_steps_of_the_written_out_stack(options, tensors):
    recipe = replace(SMALL, **options)
    run = recipe.runs()[0]
    with torch.inference_mode():
        slow, fast = StackedModules(recipe, [run], "cpu"), StackedMLP(recipe, [run], "cpu")
        for stack in (slow, fast):
            stack.start(0)
            for _ in range(20):
                batch(stack, tensors.images, tensors.targets)
                stack.step(32)
        assert slow.take_losses().item() == pytest.approx(fast.take_losses().item(), abs=1e-4)
    for name, expected in fast.arrays(0).items():
        np.testing.assert_allclose(slow.arrays(0)[name], expected, atol=2e-5)


def test_a_pair_has_the_articles_initial_weights():
    stack = StackedModules(SMALL, SMALL.runs(), "cpu")
    expected = new_mlp(0, SMALL.hidden).state_dict()
    for k in range(2):
        assert all(np.array_equal(stack.arrays(k)[name], t.numpy()) for name, t in expected.items())


@pytest.mark.parametrize("name", VARIANTS)
def test_each_variant_learns_the_same_way_twice_and_apart_from_no_dropout(name, tensors):
    recipe = VARIANTS[name]
    first, again = (trainer.train(recipe, recipe.runs(), tensors) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert [p.train_loss for p in a.points] == [p.train_loss for p in b.points]
        assert a.points[-1].eval_loss < a.points[0].eval_loss
    assert first[0].points[0].train_loss != first[1].points[0].train_loss


@pytest.mark.parametrize("name", VARIANTS)
def test_a_run_does_not_depend_on_its_company(name, tensors):
    recipe = VARIANTS[name]
    together = trainer.train(recipe, recipe.runs(), tensors)
    (alone,) = trainer.train(recipe, recipe.runs()[1:], tensors)
    assert [p.train_loss for p in together[1].points] == [p.train_loss for p in alone.points]


def net(recipe, arm=DROPOUT):
    run = next(run for run in recipe.runs() if run.arm == arm)
    made = VariantNet(recipe, run)
    made.start(torch.Generator().manual_seed(0), True)
    return made


def noise(recipe, shape=(4000, 20), rate=0.5):
    return net(recipe).noisy(torch.ones(shape), rate, shape)


@pytest.mark.parametrize("kind", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_noise_has_mean_one_and_the_variance_of_the_rate(kind, rate):
    result = noise(replace(CONV, noise=kind), rate=rate)
    assert result.mean().item() == pytest.approx(1, abs=5 * (rate / (1 - rate) / result.numel()) ** 0.5)
    assert result.var().item() == pytest.approx(rate / (1 - rate), rel=0.05)
    assert (kind == "bernoulli") == (len(result.unique()) == 2)


def test_spatial_dropout_drops_whole_maps():
    made = net(replace(CONV, spatial=True, conv_rate=0.5))
    maps = made.noisy(torch.ones(64, 8, 14, 14), 0.5, (64, 8, 1, 1))
    assert set(maps.flatten(2).std(2).flatten().tolist()) == {0.0}
    assert set(maps[:, :, 0, 0].flatten().tolist()) == {0.0, 2.0}


def test_the_net_without_dropout_and_evaluation_mode_are_free_of_chance():
    images = torch.randn(5, 784)
    for made in (net(CONV, NO_DROPOUT).train(), net(CONV).eval(), net(VARIANTS["dropconnect"]).eval()):
        assert torch.equal(made(images), made(images))
    dropping = net(CONV).train()
    assert not torch.equal(dropping(images), dropping(images))


ORDERS = {
    ("none", "before ReLU"): "noise relu",
    ("none", "after ReLU"): "relu noise",
    ("before dropout", "before ReLU"): "norm noise relu",
    ("before dropout", "after ReLU"): "norm relu noise",
    ("after dropout", "before ReLU"): "noise norm relu",
    ("after dropout", "after ReLU"): "relu noise norm",
}


@pytest.mark.parametrize(("batch_norm", "place"), ORDERS, ids=str)
def test_batch_norm_noise_and_relu_act_in_their_order(batch_norm, place, monkeypatch):
    recipe = replace(SMALL, hidden=(32,), noise="gaussian", batch_norm=batch_norm, noise_at=place)
    factors = torch.randn(20, 32)
    monkeypatch.setattr(VariantNet, "noisy", lambda self, a, rate, shape: a * factors)
    made, images = net(recipe).train(), torch.randn(20, 784)
    steps = {"norm": lambda z: made.norms[0](z), "noise": lambda z: z * factors, "relu": torch.relu}
    expected = made.layers[0](images)
    for step in ORDERS[batch_norm, place].split():
        expected = steps[step](expected)
    torch.testing.assert_close(made(images), made.layers[1](expected))


@pytest.mark.parametrize("name", ["dropconnect", "conv"])
def test_a_schedule_begins_with_or_without_dropout(name, tensors):
    early, late = (replace(VARIANTS[name], schedule=schedule) for schedule in ("early", "late"))
    alike = {}
    for recipe in (early, late):
        none, dropout = trainer.train(recipe, recipe.runs(), tensors)
        alike[recipe.schedule] = [
            a.train_loss == pytest.approx(b.train_loss, abs=1e-6)
            for a, b in zip(none.points, dropout.points, strict=True)
        ]
    assert alike["late"][: trainer.POINTS_PER_EPOCH] == [True] * trainer.POINTS_PER_EPOCH
    assert not any(alike["late"][trainer.POINTS_PER_EPOCH :])
    assert not any(alike["early"])
