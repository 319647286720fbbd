"""Measures the time of an update of the paper's nets, relative to PyTorch and to the matrix products alone.

All four ways are timed in turn on one thread, in the same process and on the same images, so a change in the machine's
speed affects all of them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from dropout_core.benchmarks.training_speed import products_of_one_step
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import load, locate
from dropout_core.experiments.paper_scale import NETS, net
from dropout_core.experiments.recipe import DATA, Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from dropout_core.training.trainer import Tensors

_WARM_UP = 5
Step = Callable[[int], object]  # takes the update with this number


@dataclass(frozen=True)
class Way:
    """A way to take updates. `step` is None if it cannot be built here, for example without a C++ compiler."""

    name: str
    step: Step | None


def wide(updates: int = 60, rounds: int = 7, nets: tuple[str, ...] = tuple(NETS)) -> Iterator[dict[str, object]]:
    """Time updates of the paper's nets: our trainer, PyTorch, compiled PyTorch, and the matrix products alone."""
    import torch

    from dropout_core.training import trainer
    from dropout_core.training.models import prepare

    prepare("cpu")
    data = locate(Settings.from_env()).data
    images = DATA[data]
    tensors = trainer.to_tensors(load(data, Settings.from_env()), images, "cpu")
    for label in nets:
        recipe = replace(net(label), data=data, images=images)
        with torch.inference_mode(False):
            yield {"net": label} | _measured(_ways(recipe, tensors), updates, rounds)


def _measured(ways: list[Way], updates: int, rounds: int) -> dict[str, object]:
    """Time each way in turn, and return the medians in milliseconds and the ratios to our trainer's."""
    seconds: dict[str, list[float]] = {way.name: [] for way in ways if way.step}
    for turn in range(rounds):
        for way in ways:
            if way.step:
                seconds[way.name].append(_timed(way.step, turn * updates, updates))
    typical = {name: 1000 * median(each) / updates for name, each in seconds.items()}
    told: dict[str, object] = {f"{way.name}_ms": round(typical[way.name], 2) if way.step else None for way in ways}
    ours = typical["ours"]
    told["times_products"] = round(ours / typical["products"], 2)
    return told | {f"{name}_ratio": round(typical[name] / ours, 2) for name in ("torch", "compiled") if name in typical}


def _timed(step: Step, first: int, count: int) -> float:
    start = time.perf_counter()
    for i in range(first, first + count):
        step(i)
    return time.perf_counter() - start


def _ways(recipe: Recipe, data: "Tensors") -> list[Way]:
    """Build the four ways, and take a few updates in each one, which also compiles the compiled one."""
    ways = [("ours", _ours), ("torch", _torch), ("compiled", _compiled), ("products", _products)]
    return [Way(name, _warm(build(recipe, data))) for name, build in ways]


def _warm(step: Step) -> Step | None:
    from torch._dynamo.exc import TorchDynamoException

    try:
        for i in range(_WARM_UP):
            step(i)
    except TorchDynamoException:
        return None
    return step


def _ours(recipe: Recipe, data: "Tensors") -> Step:
    import torch

    from dropout_core.training import sparse_pixels
    from dropout_core.training.batches import Batches
    from dropout_core.training.stacked_mlp import StackedMLP

    runs = recipe.runs()[:1]
    with torch.inference_mode():
        stack = StackedMLP(recipe, runs, "cpu")
        sparse = sparse_pixels.is_faster(recipe, "cpu")
        batches = Batches(recipe, runs, data.images, data.targets, stack, sparse)

    @torch.inference_mode()
    def step(i: int) -> None:
        at = i % (recipe.images // recipe.batch)
        if at == 0:
            batches.start(0)
        stack.step(batches.fill(at))

    return step


def _torch(recipe: Recipe, data: "Tensors", compiled: bool = False) -> Step:
    """Build a loop in plain PyTorch, with the images as floats in memory and the batches in order."""
    import torch
    from torch.nn import functional as F

    from dropout_core.training import sparse_pixels, weight_rules
    from dropout_core.training.models import new_mlp, normalise

    model = new_mlp(0, recipe.hidden, *_rates(recipe))
    optimiser = torch.optim.SGD(model.parameters(), recipe.learning_rate, momentum=recipe.momentum)
    images = normalise(sparse_pixels.to_dense(data.images, slice(None)), positive=True)
    batches, labels = images.split(recipe.batch), data.targets.argmax(1).split(recipe.batch)
    forward = torch.compile(model) if compiled else model

    def step(i: int) -> None:
        at = i % (recipe.images // recipe.batch)
        optimiser.zero_grad()
        F.cross_entropy(forward(batches[at]), labels[at]).backward()
        optimiser.step()
        with torch.no_grad():
            weight_rules.after_step(recipe, [_weight(layer) for layer in model.layers])

    return step


def _compiled(recipe: Recipe, data: "Tensors") -> Step:
    return _torch(recipe, data, compiled=True)


def _products(recipe: Recipe, _: "Tensors") -> Step:
    return products_of_one_step(recipe)


def _rates(recipe: Recipe) -> tuple[float, float]:
    run = recipe.runs()[0]
    return run.rate, run.input_rate


def _weight(layer: object) -> "Tensor":
    from torch import nn

    assert isinstance(layer, nn.Linear)
    return layer.weight
