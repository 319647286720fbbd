"""Check that sparse products equal dense products up to rounding, and are used whenever they are faster."""

from dataclasses import replace
from unittest.mock import create_autospec

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load
from dropout_core.experiments.recipe import Recipe
from dropout_core.training import sparse_pixels, trainer
from dropout_core.training.models import normalise

BYTES = st.one_of(st.just(0), st.integers(0, 255))
IMAGES = st.integers(1, 9).flatmap(lambda n: arrays(np.uint8, (n, 784), elements=BYTES, fill=st.just(0)))


@pytest.fixture(scope="module")
def digits():
    return load("mnist-5k", Settings.from_env({}))


@pytest.fixture(scope="module")
def pictures(digits):
    return digits.train_images[:300].reshape(300, 784)


def kept(images):
    return sparse_pixels.to_csr(images.reshape(-1, 28, 28))


def exact(images):
    """Normalise bytes like ToTensor() and Normalize((0.5,), (0.5,)), but in double precision."""
    return images / 127.5 - 1


@settings(deadline=None)
@given(IMAGES)
def test_all_bytes_but_the_zeros_are_kept_where_they_were(images):
    result = kept(images)
    assert np.array_equal(result.toarray(), images)
    assert np.count_nonzero(result.data) == result.nnz == np.count_nonzero(images)


def test_images_are_searched_in_parts_of_which_the_last_may_be_smaller(pictures, monkeypatch):
    monkeypatch.setattr(sparse_pixels, "_AT_ONCE", 70)
    assert np.array_equal(kept(pictures).toarray(), pictures)


@settings(deadline=None)
@given(IMAGES, st.integers(0, 2**32 - 1))
def test_products_are_those_with_every_pixel(images, seed):
    g = torch.Generator().manual_seed(seed)
    w, b = torch.randn(784, 12, generator=g), torch.randn(1, 12, generator=g)
    expected = b.double().numpy() + exact(images) @ w.double().numpy()
    result = sparse_pixels.part(kept(images), 0, len(images)).product(w, b)
    np.testing.assert_allclose(result.numpy(), expected, rtol=0, atol=1e-3)


def test_products_and_gradients_of_batches_are_those_with_every_pixel(pictures):
    rng = np.random.default_rng(0)
    rows = np.split(rng.permutation(300)[:181], [64, 128, 180])  # the last batch has only one image
    batches = sparse_pixels.batches(kept(pictures), rows)
    assert len(batches) == 4
    w, b = rng.standard_normal((784, 64), np.float32), rng.standard_normal((1, 64), np.float32)
    for batch, own in zip(batches, rows, strict=True):
        d = rng.standard_normal((len(own), 64), np.float32)
        out, gradient = torch.empty(len(own), 64), torch.empty(784, 64)
        batch.product(torch.from_numpy(w), torch.from_numpy(b), out=out)
        batch.gradient(torch.from_numpy(d), torch.from_numpy(d.sum(0, keepdims=True)), out=gradient)
        np.testing.assert_allclose(out, b + exact(pictures[own]) @ w.astype(float), rtol=0, atol=1e-4)
        np.testing.assert_allclose(gradient, exact(pictures[own]).T @ d.astype(float), rtol=0, atol=1e-4)


def test_a_part_is_these_images_alone(pictures):
    w, b = torch.randn(784, 5), torch.zeros(1, 5)
    result = sparse_pixels.part(kept(pictures), 100, 130).product(w, b)
    assert torch.allclose(result, normalise(torch.from_numpy(pictures[100:130])) @ w, atol=1e-3)


@pytest.mark.parametrize("positive", [False, True])
def test_the_background_is_what_normalise_makes_of_it(positive):
    shades = torch.arange(784, dtype=torch.uint8)[None]
    background, steps = sparse_pixels._SCALES[positive]
    np.testing.assert_allclose(
        normalise(shades, positive=positive), background + shades.numpy() / steps, rtol=0, atol=1e-7
    )


OPTIONS = {
    "the article's": {},
    "one layer": {"hidden": (64,)},
    "a pair and another seed": {"seeds": (0, 1)},
    "L2 and momentum": {"optimiser": "sgd", "learning_rate": 0.02, "momentum": 0.9, "weight_decay": 0.01},
    "max-norm": {"max_norm": 0.5},
    "pixels from 0 to 1": {"positive_pixels": True},
    "pixels from 0 to 1, momentum": {
        "positive_pixels": True,
        "optimiser": "sgd",
        "learning_rate": 0.02,
        "momentum": 0.9,
        "annealing": True,
    },
    "a smaller last batch": {"images": 250},
    "in the second epoch alone": {"schedule": "late"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_training_on_sparse_pixels_is_training_on_all_pixels(digits, options, monkeypatch):
    """After fifty steps, weights agree to within 1e-5 and all reported values to within 1e-4."""
    recipe = replace(
        Recipe(data="mnist-5k", images=1600, epochs=2, hidden=(64, 32), batch=64, learning_rate=3e-4), **options
    )
    tensors = trainer.to_tensors(digits, recipe.images, "cpu")
    result, places = (
        [],
        ((sparse_pixels.SparseImages, "product"), (sparse_pixels.SparseBatch, "gradient"), (sparse_pixels, "part")),
    )
    spies = [create_autospec(getattr(*place), side_effect=getattr(*place)) for place in places]
    for place, spy in zip(places, spies, strict=True):
        monkeypatch.setattr(*place, spy)
    for used in (True, False):
        for spy in spies:
            spy.reset_mock()
        monkeypatch.setattr(sparse_pixels, "is_faster", lambda *_, used=used: used)
        result.append(trainer.train(recipe, recipe.runs(), tensors))
        assert [spy.called for spy in spies] == [used] * 3
    for mine, theirs in zip(*result, strict=True):
        for name, weights in mine.weights.items():
            np.testing.assert_allclose(weights, theirs.weights[name], rtol=0, atol=1e-5)
        for a, b in zip(mine.points, theirs.points, strict=True):
            assert (a.train_loss, a.val_loss) == pytest.approx((b.train_loss, b.val_loss), abs=1e-4)
            assert a.full_val_loss == (None if b.full_val_loss is None else pytest.approx(b.full_val_loss, abs=1e-4))


ARTICLE = Recipe()
NOT_HELPED = {
    "augmented": replace(ARTICLE, augment=True),
    "dropped pixels": replace(ARTICLE, input_rate=0.2),
    "batch norm": replace(ARTICLE, batch_norm="before dropout"),
    "convolutions": replace(ARTICLE, net="conv"),
    "too few at once": replace(ARTICLE, batch=4, hidden=(4096,)),
    "too narrow": replace(ARTICLE, hidden=(16,)),
    "too large for the cache": replace(ARTICLE, batch=4096, hidden=(2048,)),
}


def test_sparse_pixels_are_faster_on_a_cpu_that_has_the_kernels(monkeypatch):
    for capability, expected in {"AVX512": True, "AVX2": True, "DEFAULT": False, "SVE256": False}.items():
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda capability=capability: capability)
        assert sparse_pixels.is_faster(ARTICLE, "cpu") is expected
        assert not sparse_pixels.is_faster(ARTICLE, "cuda")


@pytest.mark.parametrize("recipe", NOT_HELPED.values(), ids=NOT_HELPED)
def test_where_pixels_change_or_lists_are_slower_all_pixels_are_used(recipe, monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    assert not sparse_pixels.is_faster(recipe, "cpu")
