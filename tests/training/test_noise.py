"""Check that noise depends neither on the number of steps drawn together nor on the other runs in the stack."""

from dataclasses import replace

import pytest
import torch

from dropout_core.experiments.recipe import Recipe
from dropout_core.training.mlp_workspace import MLPWorkspace
from dropout_core.training.noise import LocalNoise, Noise
from dropout_core.training.stacked_mlp import StackedMLP

# The sizes are odd, so that a step's masks end in the middle of a raw draw.
RECIPE = Recipe(data="mnist-5k", images=95, epochs=2, hidden=(7, 6), batch=15, input_rate=0.2, seeds=(0, 1))
KINDS = {
    "masks": {},
    "noise": {"noise": "gaussian"},
    "hidden units alone": {"input_rate": 0.0},
    "pixels alone": {"rate": 0.0},
    "in the first epoch alone": {"schedule": "early"},
    "nothing": {"rate": 0.0, "input_rate": 0.0},
}


def factors(recipe, runs, ahead=1):
    """Return the noise factors of the hidden units and of the pixels, for every step of every epoch."""
    stack = StackedMLP(recipe, runs, "cpu")
    noise, drawn = Noise(recipe, runs, "cpu", hidden=True, ahead=ahead), []
    for epoch in range(recipe.epochs):
        noise.start(epoch)
        for step in range(recipe.steps_per_epoch):
            space = stack.space(min(recipe.batch, recipe.images - step * recipe.batch))
            space.images.fill_(1)
            noise.fill(step, space)
            drawn += [(space.all_masks.clone(), space.images.clone())]
    return drawn


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("ahead", [2, 6, 32, None])
def test_steps_drawn_at_once_are_those_drawn_one_by_one(kind, ahead):
    recipe = replace(RECIPE, **kind)
    for mine, expected in zip(factors(recipe, recipe.runs(), ahead), factors(recipe, recipe.runs()), strict=True):
        assert all(map(torch.equal, mine, expected))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_runs_noise_does_not_depend_on_its_company(kind):
    recipe = replace(RECIPE, **kind)
    together = factors(recipe, recipe.runs(), 4)
    for k, run in enumerate(recipe.runs()):
        for (masks, pixels), (own_masks, own_pixels) in zip(together, factors(recipe, [run]), strict=True):
            assert torch.equal(masks[k], own_masks[0])
            assert torch.equal(pixels[k], own_pixels[0])


def test_a_run_without_dropout_keeps_all_and_one_with_it_scales_what_it_keeps():
    for masks, pixels in factors(RECIPE, RECIPE.runs()):
        assert masks[0].unique().tolist() == pixels[0].unique().tolist() == [1.0]
        assert masks[1].unique().tolist() == [0.0, 2.0]
        assert pixels[1].unique().tolist() == [0.0, 1.25]


def test_a_schedule_that_ends_keeps_all_from_then_on():
    whole = factors(replace(RECIPE, schedule="early"), RECIPE.runs(), 3)
    first, second = whole[: len(whole) // 2], whole[len(whole) // 2 :]
    assert all((masks[1] == 0).any() and (pixels[1] == 0).any() for masks, pixels in first)
    assert all((masks == 1).all() and (pixels == 1).all() for masks, pixels in second)


@pytest.mark.parametrize(
    ("hidden", "batch", "on_gpu", "on_cpu"),
    [((256, 128), 64, 32, 10), ((4096,) * 4, 64, 1, 1), ((1024,), 64, 25, 4), ((8,), 16, 32, 32)],
)
def test_many_steps_are_drawn_at_once_unless_they_are_large(hidden, batch, on_gpu, on_cpu):
    recipe = replace(RECIPE, hidden=hidden, batch=batch, input_rate=0.0, seeds=tuple(range(10)))
    assert Noise(recipe, recipe.runs(), "cuda", hidden=True).ahead == on_gpu
    assert Noise(recipe, recipe.runs()[-1:], "cpu", hidden=True).ahead == on_cpu


def local(recipe, epoch=0, steps=4):
    """Return the factors of the hidden units and of white pixels that LocalNoise draws on the CPU."""
    noise = LocalNoise(recipe, recipe.runs(), "cpu", hidden=True)
    space = MLPWorkspace(recipe, recipe.runs(), recipe.batch, "cpu")
    noise.start(epoch)
    drawn = []
    for step in range(steps):
        space.images.fill_(1)
        noise.fill(step, space)
        drawn.append((space.all_masks.clone(), space.images.clone()))
    return [torch.stack(each) for each in zip(*drawn, strict=True)]


def test_noise_drawn_on_the_device_has_the_right_rates_and_depends_on_seed_and_epoch_alone():
    recipe = Recipe(images=400, batch=100, hidden=(64, 32), rate=0.5, input_rate=0.2, seeds=(0, 1))
    masks, pixels = local(recipe)
    for k, run in enumerate(recipe.runs()):
        assert (masks[:, k] == 0).float().mean() == pytest.approx(run.rate, abs=0.01)
        assert (pixels[:, k] == 0).float().mean() == pytest.approx(run.input_rate, abs=0.005)
        assert set(masks[:, k].unique().tolist()) == ({0.0, 2.0} if run.rate else {1.0})
    assert not torch.equal(masks[:, 1], masks[:, 3]), "another seed"
    assert not torch.equal(masks[0], masks[1]), "another step"
    again, alone = local(recipe), local(replace(recipe, seeds=(1,)))
    assert torch.equal(masks, again[0])
    assert torch.equal(masks[:, 2:], alone[0]), "whatever the company"
    assert not torch.equal(masks, local(recipe, epoch=1)[0])


def test_gaussian_noise_drawn_on_the_device_has_the_variance_of_masks():
    recipe = Recipe(images=400, batch=100, hidden=(64, 32), rate=0.5, noise="gaussian", arms=("dropout",))
    masks, _ = local(recipe)
    assert masks.mean() == pytest.approx(1, abs=0.02)
    assert masks.var() == pytest.approx(1, abs=0.03)
