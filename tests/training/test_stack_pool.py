"""Test that a comparison trained in a reused stack has the same numbers as in a new stack."""

from dataclasses import replace

import numpy as np
import pytest

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import Recipe
from dropout_core.training import trainer
from dropout_core.training.stack_pool import StackPool

RECIPE = Recipe(data="mnist-5k", images=300, epochs=2, hidden=(32, 16), batch=64, seeds=(0, 1))
SAME_SHAPE = {
    "seeds": {"seeds": (5, 6)},
    "images, so that the last batch differs": {"images": 250, "epochs": 1},
    "rate": {"rate": 0.3},
    "masks on pixels": {"input_rate": 0.2},
    "schedule": {"schedule": "late"},
    "augmentation": {"augment": True},
    "early stopping": {"patience": 1, "epochs": 3},
}
OTHER_SHAPE = {
    "layers": {"hidden": (32,)},
    "batch": {"batch": 32},
    "learning rate": {"learning_rate": 0.01},
    "optimiser": {"optimiser": "sgd"},
    "annealing": {"annealing": True},
    "decay": {"weight_decay": 0.1},
    "max-norm": {"max_norm": 1.0},
    "noise": {"noise": "gaussian"},
    "runs": {"seeds": (0,)},
    "no dropout": {"rate": 0.0},
}


@pytest.fixture(scope="module")
def digits():
    return mnist.load("mnist-5k", Settings.from_env({}))


def train(recipe, digits, pool, device="cpu"):
    data = trainer.to_tensors(digits, recipe.images, device)
    return trainer.train(recipe, recipe.runs(), data, device, stacks=pool)


def assert_same_numbers(recipe, digits, device="cpu"):
    """Train in a stack reused from another comparison, and in a new one."""
    pool = StackPool(10**8)
    train(replace(RECIPE, seeds=(8, 9)), digits, pool, device)
    left = pool._kept
    again, fresh = (train(recipe, digits, each, device) for each in (pool, StackPool()))
    for a, b in zip(again, fresh, strict=True):
        assert [replace(p, seconds=0.0) for p in a.points] == [replace(p, seconds=0.0) for p in b.points]
        assert all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)
    return pool._kept is left


@pytest.mark.parametrize("change", SAME_SHAPE.values(), ids=SAME_SHAPE)
def test_a_stack_of_the_same_shape_is_used_again_and_gives_the_same_numbers(change, digits):
    assert assert_same_numbers(replace(RECIPE, **change), digits)


@pytest.mark.parametrize("change", OTHER_SHAPE.values(), ids=OTHER_SHAPE)
def test_a_stack_of_another_shape_is_not(change, digits):
    assert not assert_same_numbers(replace(RECIPE, **change), digits)


def test_a_stack_above_the_limit_is_not_kept(digits):
    pool = StackPool(10**8)
    train(RECIPE, digits, pool)
    size = pool.clear()
    assert size > 4 * 4 * 4 * (784 * 32)  # four nets × (parameters, gradients, two moments) × four bytes
    assert pool.clear() == 0
    pool.most_bytes = size - 1
    train(RECIPE, digits, pool)
    assert pool.clear() == 0


def test_only_the_workspaces_of_full_batches_are_kept(digits):
    pool = StackPool(10**8)
    train(RECIPE, digits, pool)
    assert list(pool._kept._spaces) == [64]
    assert not pool._kept.space(64).sparse


def test_nets_with_modules_leave_nothing(digits):
    pool = StackPool(10**8)
    train(replace(RECIPE, batch_norm="before dropout", epochs=1), digits, pool)
    assert pool._kept is None
