"""Tests of an epoch's batches: noise at the recipe's rates, redrawn at every step, and the same images for all runs."""

from dataclasses import replace

import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import Recipe
from dropout_core.training import sparse_pixels, trainer
from dropout_core.training.batches import Batches
from dropout_core.training.models import normalise
from dropout_core.training.stacked_mlp import StackedMLP

SMALL = Recipe(data="mnist-5k", images=300, epochs=2, hidden=(32, 16), batch=32)


@pytest.fixture(scope="module")
def tensors():
    return trainer.to_tensors(mnist.load("mnist-5k", Settings.from_env({})), 4000, "cpu")


def batches_of(recipe, tensors, runs=None):
    """Return the recipe's batches at the start of the first epoch, and the stack whose workspace they fill."""
    runs = runs or recipe.runs()
    stack = StackedMLP(recipe, runs, "cpu")
    sparse = sparse_pixels.is_faster(recipe, "cpu")
    batches = Batches(recipe, runs, tensors.images[: recipe.images], tensors.targets[: recipe.images], stack, sparse)
    batches.start(0)
    return batches, stack


def first_batch(recipe, tensors):
    batches, stack = batches_of(recipe, tensors)
    batches.fill(0)
    return batches, stack.space(recipe.batch)


def test_masks_drop_at_the_rate_and_scale_by_one_over_keep(tensors):
    recipe = replace(SMALL, rate=0.3, input_rate=0.2, images=4000, batch=512, hidden=(256, 128))
    _, space = first_batch(recipe, tensors)
    values = space.all_masks[1]
    assert values.unique().tolist() == [0.0, pytest.approx(1 / 0.7)]
    n = values.numel()
    assert float((values == 0).float().mean()) == pytest.approx(0.3, abs=5 * (0.21 / n) ** 0.5)
    assert torch.all(space.all_masks[0] == 1)
    assert float((space.images[1] == 0).float().mean()) == pytest.approx(0.2, abs=0.01)
    rows = values.ne(0)
    assert not torch.equal(rows[0], rows[1]), "every example has a mask of its own"


def test_masks_differ_from_step_to_step_and_epoch_to_epoch(tensors):
    batches, stack = batches_of(SMALL, tensors, SMALL.runs()[1:])
    masks = []
    for epoch in range(2):
        batches.start(epoch)
        for step in range(3):
            batches.fill(step)
            masks.append(stack.space(32).all_masks.clone())
    assert all(not torch.equal(a, b) for i, a in enumerate(masks) for b in masks[:i])


def test_gaussian_noise_is_continuous_with_mean_one_and_the_variance_of_the_rate(tensors):
    _, space = first_batch(replace(SMALL, noise="gaussian"), tensors)
    none, drawn = space.all_masks
    assert set(none.flatten().tolist()) == {1.0}
    assert len(drawn.unique()) > 1000
    assert drawn.mean().item() == pytest.approx(1, abs=0.1)
    assert drawn.var().item() == pytest.approx(1, abs=0.15)


def test_augmentation_moves_every_image_and_both_nets_see_the_same(tensors):
    batches, space = first_batch(replace(SMALL, augment=True), tensors)
    none, dropout = space.images
    plain = normalise(sparse_pixels.to_dense(tensors.images, batches.rows[: SMALL.batch]))
    assert torch.equal(none, dropout)
    assert ((none - plain).abs().amax(1) > 0.01).all()
