"""The article's pair of nets in JAX, compiled and evaluated as often as the page's, to compare speeds with.

JAX and Optax are not among the project's dependencies: `pip install optax`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from statistics import median
from typing import Any

import numpy as np

from dropout_core.benchmarks.training_speed import article_recipe, engine_of_the_app, evaluations, stopwatch
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import Digits, load
from dropout_core.experiments.layers import layer_shapes
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import POINTS_PER_EPOCH

try:
    import jax
    import optax
    from jax import numpy as jnp
except ImportError:
    jax = None

Array = Any  # a jax.Array
Weights = list[tuple[Array, Array]]


def compare(images: int, epochs: int, repeats: int = 5) -> dict[str, float]:
    """Time the pair of nets as the page trains them and in JAX, in turn. JAX's compilation is not counted."""
    if jax is None:
        raise ModuleNotFoundError(name="optax")  # which installs JAX, too
    recipe = article_recipe(images, epochs)
    in_jax = _in_jax(recipe, load(recipe.data, Settings.from_env()))
    in_jax(0)  # compiles
    with engine_of_the_app() as engine:
        train = stopwatch(engine, recipe)
        turns = [(train(replace(recipe, seeds=(seed,))), in_jax(seed)) for seed in range(repeats)]
    pair, jax_pair = (median(each) for each in zip(*turns, strict=True))
    return {"jax_s": round(jax_pair, 3), "pair_s": round(pair, 3), "ratio": round(jax_pair / pair, 2)}


def _in_jax(recipe: Recipe, digits: Digits) -> Callable[[int], float]:
    """Return a function that trains and evaluates the pair with this seed, and returns the seconds taken."""
    train = _arrays(digits.train_images[: recipe.images], digits.train_labels[: recipe.images])
    parts = train, _arrays(digits.validation_images, digits.validation_labels)
    optimiser = optax.adam(recipe.learning_rate)
    quarters = {run.rate: jax.jit(partial(_steps, optimiser, run.rate, *train)) for run in recipe.runs()}
    evaluate = jax.jit(_evaluate)

    @cache
    def first(part: int, images: int) -> tuple[Array, ...]:
        return tuple(array[:images] for array in parts[part])

    def time_pair(seed: int) -> float:
        start = time.perf_counter()
        for steps in quarters.values():
            key = jax.random.key(seed)
            weights = _initial(key, recipe.hidden)
            state = optimiser.init(weights)
            for rows, counts in zip(_rows(recipe, seed), evaluations(recipe), strict=True):
                key, own = jax.random.split(key)
                weights, state, loss = steps(weights, state, own, rows)
                measured = [evaluate(weights, *first(part, n)) for part, n in enumerate(counts)]
                jax.block_until_ready((loss, measured))
        return time.perf_counter() - start

    return time_pair


def _rows(recipe: Recipe, seed: int) -> Iterator[Array]:
    """Yield the rows of the images between two points, [steps, batch]. The last, smaller batch is left out."""
    for epoch in range(recipe.epochs):
        order = np.random.default_rng((seed, epoch)).permutation(recipe.images)
        batches = order[: len(order) // recipe.batch * recipe.batch].reshape(-1, recipe.batch)
        yield from map(jnp.asarray, np.array_split(batches, POINTS_PER_EPOCH))


def _arrays(images: np.ndarray, labels: np.ndarray) -> tuple[Array, Array]:
    return jnp.asarray(images.reshape(len(images), -1) / np.float32(127.5) - 1), jnp.asarray(labels.astype(np.int32))


def _initial(key: Array, hidden: tuple[int, ...]) -> Weights:
    """Draw the weights uniformly from ±1/√inputs, as PyTorch does, with biases of 0."""
    shapes = layer_shapes(hidden)
    keys = jax.random.split(key, len(shapes))
    bounds = [n**-0.5 for n, _ in shapes]
    return [
        (jax.random.uniform(k, shape, minval=-bound, maxval=bound), jnp.zeros(shape[1]))
        for k, shape, bound in zip(keys, shapes, bounds, strict=True)
    ]


def _logits(weights: Weights, images: Array, rate: float = 0.0, key: Array | None = None) -> Array:
    """Compute logits, with dropout before each ReLU if there is a key."""
    h = images
    for layer, (w, b) in enumerate(weights[:-1]):
        z = h @ w + b
        if rate and key is not None:
            kept = jax.random.bernoulli(jax.random.fold_in(key, layer), 1 - rate, z.shape)
            z = jnp.where(kept, z / (1 - rate), 0)
        h = jax.nn.relu(z)
    w, b = weights[-1]
    return h @ w + b


def _losses(logits: Array, labels: Array) -> Array:
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels)


def _steps(
    optimiser: Any, rate: float, images: Array, labels: Array, weights: Weights, state: Any, key: Array, rows: Array
) -> tuple[Weights, Any, Array]:
    """Take a step on each batch, whose images are given by row, [steps, batch]. Also returns the mean loss."""

    def loss(w: Weights, own: Array, batch: Array) -> Array:
        return _losses(_logits(w, images[batch], rate, own), labels[batch]).mean()

    def step(carried: tuple, batch: Array) -> tuple[tuple, Array]:
        w, s, k = carried
        k, own = jax.random.split(k)
        value, gradient = jax.value_and_grad(loss)(w, own, batch)
        change, s = optimiser.update(gradient, s, w)
        return (optax.apply_updates(w, change), s, k), value

    (weights, state, _), losses = jax.lax.scan(step, (weights, state, key), rows)
    return weights, state, losses.mean()


def _evaluate(weights: Weights, images: Array, labels: Array) -> tuple[Array, Array]:
    """Return the mean loss and the accuracy in evaluation mode."""
    logits = _logits(weights, images)
    return _losses(logits, labels).mean(), (logits.argmax(1) == labels).mean()
