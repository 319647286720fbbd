"""Tests of the text about a recipe: the code on the page runs and builds the same net and optimiser as the trainer."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from dropout_core.experiments.recipe import NOISE_PLACES, Recipe
from dropout_core.topics.training.recipe_text import code, described, named
from dropout_core.training.models import new_mlp

RECIPES = (
    Recipe(),
    Recipe(hidden=(16,), rate=0.25, input_rate=0.1),
    Recipe(hidden=(64, 32, 16, 8), optimiser="sgd", momentum=0.9, weight_decay=1e-4, learning_rate=0.1),
    Recipe(optimiser="sgd", weight_decay=0.01, decoupled=True, max_norm=2),
    Recipe(weight_decay=0.01, decoupled=True),
    Recipe(noise_at="after ReLU"),
)


def executed(recipe: Recipe) -> dict:
    names = {"torch": torch, "nn": nn}
    torch.manual_seed(3)
    exec(code(recipe), names)
    return names


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_code_makes_the_recipe_s_net(recipe):
    net = executed(replace(recipe, max_norm=0, decoupled=False))["net"]
    ours = new_mlp(3, recipe.hidden, recipe.rate, recipe.input_rate)
    assert [p.shape for p in net.parameters()] == [p.shape for p in ours.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), ours.parameters(), strict=True))
    images = torch.rand(5, 1, 28, 28)
    drawn = []
    for model in (net, ours):
        torch.manual_seed(0)
        drawn.append((model.train()(images), model.eval()(images)))
    assert all(torch.equal(a, b) for a, b in zip(*drawn, strict=True))


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_code_has_the_recipe_s_optimiser(recipe):
    optimiser = executed(recipe)["optimiser"]
    by_hand = recipe.optimiser == "sgd" and recipe.decoupled
    group = optimiser.param_groups[0]
    assert group["lr"] == recipe.learning_rate
    assert group["weight_decay"] == (0 if by_hand else recipe.weight_decay)
    assert group.get("momentum", 0) == recipe.momentum
    kinds = {"sgd": "SGD", "adam": "AdamW" if recipe.decoupled else "Adam"}
    assert type(optimiser).__name__ == kinds[recipe.optimiser]


def test_what_the_optimiser_cannot_do_is_done_by_hand():
    net = executed(RECIPES[3])["net"]
    assert max(w.norm(dim=1).max() for w in net.parameters() if w.ndim == 2) <= 2 + 1e-5
    assert "w.mul_(1 - 0.001 * 0.01)" in code(RECIPES[3])
    assert "w.mul_" not in code(Recipe())


def test_words_follow_the_recipe():
    text = described(Recipe(epochs=1, patience=1, hidden=(2048, 1024), input_rate=0.2, weight_decay=0.1, max_norm=3))
    for part in (
        "784 → 2,048 → 1,024 → 10",
        "1 epoch at most (early stopping after 1 epoch without",
        "pixels at rate 0.2",
        "max-norm 3",
    ):
        assert part in text
    assert "weight decay 0.1 (in the loss)" in text
    plain = described(Recipe(optimiser="sgd", momentum=0.5))
    assert "SGD (learning rate 0.001) with momentum 0.5, cross-entropy" in plain
    assert not any(word in plain for word in ("decay", "max-norm", "pixels at", "at most"))


def test_words_and_code_say_where_noise_acts():
    before, after = (Recipe(noise="gaussian", noise_at=place) for place in NOISE_PLACES)
    assert "*before* the ReLU" in described(before)
    assert "*after* the ReLU" in described(after)
    assert "Gaussian noise" in described(after)
    assert "torch.relu(self.dropout(self.layer1(h)))" in code(before)
    assert "self.dropout(torch.relu(self.layer1(h)))" in code(after)


def test_the_code_s_gaussian_noise_has_mean_one_and_the_variance_of_the_rate():
    noise = executed(Recipe(noise="gaussian", rate=0.2))["net"].dropout
    drawn = noise.train()(torch.ones(100_000))
    assert (drawn.mean().item(), drawn.var().item()) == (pytest.approx(1, abs=0.01), pytest.approx(0.25, rel=0.03))
    assert torch.equal(noise.eval()(drawn), drawn)


def test_a_name_tells_comparisons_apart():
    assert named(Recipe(epochs=1, hidden=(16, 8))) == "rate 0.5, 1 epoch, 60,000 images, 1 seed, hidden layers 16-8"
