"""Check that training is reproducible, independent of the other runs in the stack, and correctly reported."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.experiments.recipe import AFTER_RELU, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.inference import activations, from_arrays
from dropout_core.training import sparse_pixels, trainer
from dropout_core.training.evaluation import Evaluator
from dropout_core.training.models import flat, normalise

SMALL = Recipe(data="mnist-5k", images=300, epochs=2, hidden=(32, 16), batch=32)


@pytest.fixture(params=[False, True], ids=["all pixels", "sparse pixels"])
def recipe(request, monkeypatch):
    """Return a small recipe. Each test runs with dense and with sparse images, regardless of which are faster."""
    monkeypatch.setattr(sparse_pixels, "is_faster", lambda *_: request.param)
    return SMALL


@pytest.fixture(scope="session")
def digits():
    return mnist.load("mnist-5k", Settings.from_env({}))


@pytest.fixture(scope="session")
def tensors(digits):
    return trainer.to_tensors(digits, 4000, "cpu")


def cut(tensors, n):
    return replace(tensors, images=tensors.images[:n], targets=tensors.targets[:n])


def train(recipe, runs, tensors, **more):
    return trainer.train(recipe, runs, cut(tensors, recipe.images), **more)


def numbers(result):
    return [replace(point, seconds=0.0) for point in result.points]


def validation_logits(result, tensors):
    """Compute the validation logits from a run's final weights with the code that the pages use."""
    shown = normalise(sparse_pixels.to_dense(tensors.validation_images, slice(None))).numpy()
    return torch.from_numpy(activations(from_arrays(result.weights), shown)[-1])


def test_the_same_recipe_gives_the_same_history_bit_for_bit(recipe, tensors):
    first, again = (train(recipe, recipe.runs(), tensors) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert numbers(a) == numbers(b)
        assert all(np.array_equal(a.weights[name], b.weights[name]) for name in a.weights)


def test_a_run_does_not_depend_on_its_company(recipe, tensors):
    recipe = replace(recipe, seeds=(0, 1, 2))
    together = train(recipe, recipe.runs(), tensors)
    for result in together:
        (alone,) = train(recipe, [result.run], tensors)
        for a, b in zip(result.points, alone.points, strict=True):
            assert a.train_loss == pytest.approx(b.train_loss, abs=1e-4)
            assert a.eval_loss == pytest.approx(b.eval_loss, abs=1e-4)


def test_thread_counts_change_nothing_beyond_rounding(recipe, tensors):
    before = torch.get_num_threads()
    try:
        found = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(train(recipe, recipe.runs(), tensors)[1].points[-1])
    finally:
        torch.set_num_threads(before)
    assert found[0].eval_loss == pytest.approx(found[1].eval_loss, abs=1e-4)
    assert found[0].train_loss == pytest.approx(found[1].train_loss, abs=1e-4)


def test_a_rate_of_zero_is_no_dropout(recipe, tensors):
    recipe = replace(recipe, rate=0.0)
    none, dropout = train(recipe, recipe.runs(), tensors)
    for a, b in zip(none.points, dropout.points, strict=True):  # rounding may differ between the nets
        assert a.val_loss == pytest.approx(b.val_loss, abs=1e-5)
    none, dropout = (train(recipe, [run], tensors)[0] for run in recipe.runs())  # one run per call, as in CPU workers
    assert [p.val_loss for p in none.points] == [p.val_loss for p in dropout.points]


def test_points_come_several_times_an_epoch_and_those_of_the_first_and_of_ends_are_of_all_images(recipe, tensors):
    seen = []
    (result,) = train(recipe, recipe.runs()[1:], tensors, report=seen.append)
    assert seen == result.points
    of_all_images = [p.epoch for p in seen if p.full_val_accuracy is not None]
    assert of_all_images == [p.epoch for p in seen if p.epoch <= 1 or p.epoch == 2]
    assert sum(p.epoch <= 1 for p in seen) == trainer.POINTS_PER_EPOCH
    logits = validation_logits(result, tensors)
    loss = torch.nn.functional.cross_entropy(logits, tensors.validation_labels)
    right = (logits.argmax(1) == tensors.validation_labels).float().mean() * 100
    assert seen[-1].full_val_loss == pytest.approx(float(loss), abs=1e-5)
    assert seen[-1].full_val_accuracy == pytest.approx(float(right), abs=1e-3)


@pytest.mark.parametrize("kind", [{}, {"noise": "dropconnect"}], ids=["stacked", "modules"])
def test_nets_trained_on_pixels_from_0_to_1_are_stored_for_the_pages_pixels(kind, tensors):
    """The pages' code knows only pixels from −1 to 1."""
    positive = replace(SMALL, positive_pixels=True, input_rate=0.2, learning_rate=0.01, **kind)
    for result in train(positive, positive.runs(), tensors):
        loss = torch.nn.functional.cross_entropy(validation_logits(result, tensors), tensors.validation_labels)
        assert result.points[-1].full_val_loss == pytest.approx(float(loss), abs=1e-5)
        assert result.points[-1].eval_loss < result.points[0].eval_loss


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
@pytest.mark.parametrize("kind", [{}, {"noise": "dropconnect"}], ids=["stacked", "modules"])
def test_annealing_trains_each_epoch_at_its_own_rate(optimiser, kind, tensors):
    """The first epoch is that of a constant rate; in the second one, the rate is half as high."""
    base = replace(SMALL, optimiser=optimiser, learning_rate=0.01, arms=(NO_DROPOUT,), **kind)
    annealed, constant = (train(replace(base, annealing=on), base.runs(), tensors)[0] for on in (True, False))
    first, second = ([p for p in run.points if p.epoch <= 1] for run in (annealed, constant))
    assert [p.eval_loss for p in first] == [p.eval_loss for p in second]
    assert annealed.points[-1].eval_loss != constant.points[-1].eval_loss


def test_epoch_loss_is_the_mean_over_batches(recipe, tensors):
    (result,) = train(recipe, recipe.runs()[:1], tensors)
    steps = recipe.steps_per_epoch
    first = [p for p in result.points if p.epoch <= 1]
    ends = [0, *(p.step for p in first)]
    mean = sum(p.train_loss * (b - a) for p, a, b in zip(first, ends[:-1], ends[1:], strict=True)) / steps
    assert first[-1].epoch_loss == pytest.approx(mean, rel=1e-5)


@pytest.mark.parametrize("noise", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("batch_norm", ["none", "before dropout"])
def test_masks_before_and_after_the_relu_train_the_same_net_and_gaussian_noise_does_not(noise, batch_norm, tensors):
    before = replace(SMALL, images=100, epochs=1, noise=noise, batch_norm=batch_norm)
    after = replace(before, noise_at=AFTER_RELU)
    (first,), (second,) = (train(recipe, recipe.runs()[1:], tensors) for recipe in (before, after))
    assert (numbers(first) == numbers(second)) == (noise == "bernoulli")


def test_cancelling_stops_before_the_next_step(tensors):
    calls = iter([False] * 3 + [True] * 100)
    with pytest.raises(trainer.Cancelled):
        train(SMALL, SMALL.runs(), tensors, stopping=lambda: next(calls))


def test_a_loss_that_is_no_number_is_an_error_that_says_what_to_do(tensors):
    recipe = replace(SMALL, optimiser="sgd", learning_rate=10.0, momentum=0.99, epochs=20, weight_decay=1.0)
    with pytest.raises(FloatingPointError, match="learning rate"):
        train(recipe, recipe.runs(), tensors)


def test_a_loss_after_the_last_step_that_is_no_number_is_one_too(tensors, monkeypatch):
    """The training loss of a step is measured before its update, so it cannot show that this update was too large."""
    measure = Evaluator.__call__
    monkeypatch.setattr(Evaluator, "__call__", lambda self, full: measure(self, full) | {"val_loss": [math.nan]})
    with pytest.raises(FloatingPointError, match=r"became nan \(dropout, seed 0\)"):
        train(SMALL, SMALL.runs()[1:], tensors)


def test_early_stopping_keeps_the_weights_of_the_lowest_validation_loss(tensors):
    recipe = replace(SMALL, patience=2, epochs=60, learning_rate=0.01)
    for result in train(recipe, recipe.runs(), tensors):
        losses = [p.full_val_loss for p in result.points if p.epoch_loss is not None]
        assert result.stopped_early
        assert len(losses) < 60
        assert min(losses) == losses[-3]
        loss = torch.nn.functional.cross_entropy(validation_logits(result, tensors), tensors.validation_labels)
        assert float(loss) == pytest.approx(min(losses), abs=1e-5)


def test_own_masks_agree_with_torchs_dropout_within_noise(tensors, digits):
    """Over five seeds, the fast trainer and the article's loop with nn.functional.dropout have the same mean loss."""
    from dropout_core.training.article_loop import article_loop

    recipe = replace(SMALL, images=1000, epochs=2, seeds=tuple(range(5)), rate=0.5, hidden=(64, 32))
    runs = [run for run in recipe.runs() if run.arm == DROPOUT]
    fast = [r.points[-1].epoch_loss for r in train(recipe, runs, tensors)]
    slow = [article_loop(recipe, digits, recipe.rate, seed)["losses"][-1] for seed in recipe.seeds]
    spread = np.sqrt((np.var(fast, ddof=1) + np.var(slow, ddof=1)) / 5)
    assert abs(np.mean(fast) - np.mean(slow)) < 5 * spread


def test_the_comparison_learns(tensors):
    recipe = Recipe(data="mnist-5k", images=4000, epochs=2)
    none, dropout = train(recipe, recipe.runs(), tensors)
    assert (none.run.arm, dropout.run.arm) == (NO_DROPOUT, DROPOUT)
    assert none.points[-1].full_val_accuracy > 80
    assert dropout.points[-1].full_val_accuracy > 80
    assert none.points[-1].train_loss < dropout.points[-1].train_loss


def test_images_are_normalised_as_the_article_does(digits):
    from PIL import Image
    from torchvision import transforms

    pipeline = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    expected = torch.stack([pipeline(Image.fromarray(image)).flatten() for image in digits.train_images[:20]])
    assert torch.equal(normalise(flat(digits.train_images[:20])), expected)


@pytest.mark.parametrize("schedule", ["early", "late"])
def test_a_late_schedule_begins_as_no_dropout_does(schedule, tensors):
    recipe = replace(SMALL, schedule=schedule)
    none, dropout = train(recipe, recipe.runs(), tensors)
    alike = [a.train_loss == b.train_loss for a, b in zip(none.points, dropout.points, strict=True)]
    first = alike[: trainer.POINTS_PER_EPOCH]
    assert all(first) if schedule == "late" else not any(first)
    assert not any(alike[trainer.POINTS_PER_EPOCH :])


def test_a_net_with_gaussian_noise_learns(tensors):
    recipe = replace(SMALL, noise="gaussian")
    gaussian = train(recipe, recipe.runs(), tensors)[1]
    assert gaussian.points[-1].eval_loss < gaussian.points[0].eval_loss


def test_images_drawn_for_each_seed_are_shared_by_its_arms_alone(tensors):
    of_seed = {seed: trainer.drawn(tensors, 100, seed) for seed in (0, 1)}
    again = trainer.drawn(tensors, 100, 0)
    assert (of_seed[0].images != again.images).nnz == 0
    assert (of_seed[0].images != of_seed[1].images).nnz > 0
    assert len(of_seed[0].targets) == 100
    shown = {image.tobytes() for image in tensors.images.toarray()}
    assert all(image.tobytes() in shown for image in of_seed[1].images.toarray())


def test_a_run_on_drawn_images_is_a_run_on_those_images(tensors):
    recipe = replace(SMALL, images=100, subset="drawn", epochs=1, seeds=(0, 1))
    results = trainer.train(recipe, recipe.runs(), tensors)
    assert [result.run for result in results] == recipe.runs()
    for seed in recipe.seeds:
        first = replace(recipe, subset="first", seeds=(seed,))
        expected = trainer.train(first, first.runs(), trainer.drawn(tensors, 100, seed))
        same = [result for result in results if result.run.seed == seed]
        assert [numbers(a) for a in same] == [numbers(b) for b in expected]
