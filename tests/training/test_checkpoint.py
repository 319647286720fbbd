"""Test that a run continued from a checkpoint has the numbers of a run that was never interrupted."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import DROPOUT, Recipe
from dropout_core.training import trainer
from dropout_core.training.checkpoint import Checkpoint
from dropout_core.training.stacked_mlp import StackedMLP

RECIPE = Recipe(
    data="mnist-5k", images=200, epochs=4, hidden=(16, 8), batch=32, optimiser="sgd", learning_rate=0.05, momentum=0.9,
    input_rate=0.2, max_norm=1.0, annealing=True, positive_pixels=True,
)  # fmt: skip
KINDS = {"SGD": RECIPE, "Adam": replace(RECIPE, optimiser="adam", learning_rate=0.001)}


@pytest.fixture(scope="module")
def data():
    return trainer.to_tensors(mnist.load("mnist-5k", Settings.from_env({})), 200, "cpu")


def train(recipe, data, path, stopping=lambda: False, about=""):
    return trainer.train(recipe, recipe.runs(), data, stopping=stopping, checkpoint=Checkpoint(path, about))


def interrupted(recipe, data, path, steps):
    """Train this many steps, and fail as if cancelled."""
    left = iter(range(steps))
    with pytest.raises(trainer.Cancelled):
        train(recipe, data, path, lambda: next(left, None) is None)


def numbers(result):
    return [replace(point, seconds=0.0) for point in result.points]


@pytest.mark.parametrize("recipe", KINDS.values(), ids=KINDS)
def test_a_run_continues_as_if_it_had_never_stopped(recipe, data, tmp_path):
    path = tmp_path / "run.safetensors"
    whole = trainer.train(recipe, recipe.runs(), data)
    interrupted(recipe, data, path, 3)
    assert not path.exists(), "the first epoch has seven steps"
    interrupted(recipe, data, path, 17)
    steps = iter(range(100))
    again = train(recipe, data, path, lambda: next(steps) is None)
    assert next(steps) == 14, "two of four epochs were left"
    for a, b in zip(again, whole, strict=True):
        assert numbers(a) == numbers(b)
        assert a.points[-1].seconds > a.points[8].seconds > 0
        assert all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)


def test_the_seconds_of_all_parts_are_counted(data, tmp_path):
    path = tmp_path / "run.safetensors"
    interrupted(RECIPE, data, path, 8)
    stack = StackedMLP(RECIPE, RECIPE.runs(), "cpu")
    with torch.inference_mode():
        saved = Checkpoint(path).load(stack)
        Checkpoint(path).save(stack, replace(saved, seconds=[1000.0, 1000.0]))
    assert saved.epochs == 1
    assert all(result.seconds > 1000 for result in train(RECIPE, data, path))


def damaged(path):
    path.write_bytes(path.read_bytes()[:-100])


UNUSABLE = {
    "cut": lambda path: damaged(path),
    "empty": lambda path: path.write_bytes(b""),
    "no header": lambda path: path.write_bytes(b"\0" * 100),
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("spoil", UNUSABLE.values(), ids=UNUSABLE)
def test_without_a_usable_file_a_run_starts_over(spoil, data, tmp_path):
    path = tmp_path / "run.safetensors"
    interrupted(RECIPE, data, path, 8)
    spoil(path)
    stack = StackedMLP(RECIPE, RECIPE.runs(), "cpu")
    before = stack.parameters.clone()
    assert Checkpoint(path).load(stack) is None
    assert torch.equal(stack.parameters, before)


def test_a_checkpoint_of_other_runs_or_of_another_device_is_ignored(data, tmp_path):
    path = tmp_path / "run.safetensors"
    interrupted(RECIPE, data, path, 8)
    with torch.inference_mode():
        others = (replace(RECIPE, learning_rate=0.01), replace(RECIPE, seeds=(7,)), replace(RECIPE, arms=(DROPOUT,)))
        for recipe in others:
            assert Checkpoint(path).load(StackedMLP(recipe, recipe.runs(), "cpu")) is None
        stack = StackedMLP(RECIPE, RECIPE.runs(), "cpu")
        assert Checkpoint(path, "cuda").load(stack) is None
        assert Checkpoint(path).load(stack) is not None
    Checkpoint(path).remove()
    assert not path.exists()
