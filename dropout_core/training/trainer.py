"""Train a stack of runs on tensors held in memory, and report the points of their curves.

A run's history depends only on its recipe, arm and seed (see batches.py).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
import torch
from jaxtyping import Float, UInt8
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn import functional as F

from dropout_core.data.mnist import Digits
from dropout_core.experiments.recipe import DRAWN, Recipe, Run
from dropout_core.experiments.results import POINTS_PER_EPOCH, Point, Result
from dropout_core.training import sparse_pixels
from dropout_core.training.batches import Batches
from dropout_core.training.checkpoint import Checkpoint, Progress
from dropout_core.training.evaluation import Evaluator, uses_all_images
from dropout_core.training.models import CLASSES, flat
from dropout_core.training.stack import Stack
from dropout_core.training.stack_pool import StackPool
from dropout_core.training.stacked_mlp import StackedMLP
from dropout_core.training.stacked_modules import StackedModules

_SUBSET = 3  # the random stream within (seed, 0); batches.py and noise.py use the others


class Cancelled(Exception):
    """Training was cancelled before it finished."""


@dataclass(frozen=True)
class Tensors:
    """Images, [n, 784] in 0..255, and labels, all on the training device. On a CPU, the images are sparse matrices.

    Images stay bytes until their batch is used. As floats, MNIST would take 190 MB more in every worker.
    """

    images: UInt8[Tensor, "n 784"] | csr_array
    targets: Float[Tensor, "n 10"]
    validation_images: UInt8[Tensor, "m 784"] | csr_array
    validation_labels: Tensor


def to_tensors(digits: Digits, images: int, device: str) -> Tensors:
    """Convert the first `images` training images and all validation images to tensors on the device."""
    labels = torch.from_numpy(digits.train_labels[:images].astype(np.int64))
    convert = sparse_pixels.to_csr if device == "cpu" else partial(flat, device=device)
    return Tensors(
        convert(digits.train_images[:images]),
        F.one_hot(labels, CLASSES).float().to(device),
        convert(digits.validation_images),
        torch.from_numpy(digits.validation_labels.astype(np.int64)).to(device),
    )


def train(
    recipe: Recipe,
    runs: list[Run],
    data: Tensors,
    device: str = "cpu",
    report: Callable[[Point], None] = lambda point: None,
    stopping: Callable[[], bool] = lambda: False,
    stacks: StackPool | None = None,
    checkpoint: Checkpoint | None = None,
    local_noise: bool = False,
) -> list[Result]:
    """Train these runs of the recipe side by side, or seed by seed if each seed has its own training images.

    data         the first recipe.pool training images, and the validation images
    stacks       may have a stack of the same shape to reuse, and gets this one
    checkpoint   saves the state after each epoch and restores it; only for plain recipes whose seeds share their images
    local_noise  whether to draw noise on the device itself, which wide nets on a GPU need; see noise.LocalNoise
    report is called with each new point, and stopping before every step. Raises Cancelled if stopping returns True,
    and FloatingPointError if a loss is not finite.
    """
    if recipe.subset == DRAWN:
        seeds = dict.fromkeys(run.seed for run in runs)
        parts = [([run for run in runs if run.seed == seed], drawn(data, recipe.images, seed)) for seed in seeds]
        trained = [_train(recipe, *part, device, report, stopping, stacks, None, local_noise) for part in parts]
        return sorted(chain.from_iterable(trained), key=lambda result: runs.index(result.run))
    return _train(recipe, runs, data, device, report, stopping, stacks, checkpoint, local_noise)


def drawn(data: Tensors, images: int, seed: int) -> Tensors:
    """Draw this many of the training images without replacement, the same for both arms of a seed."""
    rows = np.random.default_rng((seed, 0, _SUBSET)).permutation(len(data.targets))[:images]
    picked = torch.from_numpy(rows).to(data.targets.device)
    chosen = data.images[rows] if isinstance(data.images, csr_array) else data.images[picked]
    return replace(data, images=chosen, targets=data.targets[picked])


def _train(
    recipe: Recipe,
    runs: list[Run],
    data: Tensors,
    device: str,
    report: Callable[[Point], None],
    stopping: Callable[[], bool],
    stacks: StackPool | None,
    checkpoint: Checkpoint | None,
    local_noise: bool,
) -> list[Result]:
    stacks = stacks or StackPool()
    with torch.inference_mode():
        stack = stacks.take(recipe, runs, device) if recipe.plain else StackedModules(recipe, runs, device)
    session = _Session(recipe, runs, data, stack, report, local_noise)
    saved = checkpoint if isinstance(stack, StackedMLP) else None
    with torch.inference_mode():
        for epoch in range(session.resume(saved), recipe.epochs):
            session.epoch(epoch, stopping)
            session.save(saved, epoch + 1)
            if all(session.stopped):
                break
    results = session.results()
    if isinstance(stack, StackedMLP):
        stacks.give_back(stack)
    return results


class _Session:
    """The state of one call of train(): the stack, the reported points, and which runs have stopped."""

    def __init__(
        self,
        recipe: Recipe,
        runs: list[Run],
        data: Tensors,
        stack: Stack,
        report: Callable[[Point], None],
        local_noise: bool,
    ) -> None:
        self.recipe, self.runs, self.data, self.stack, self.report = recipe, runs, data, stack, report
        sparse = sparse_pixels.is_faster(recipe, stack.device)
        self.batches = Batches(recipe, runs, data.images, data.targets, self.stack, sparse, local_noise)
        self.points: list[list[Point]] = [[] for _ in runs]
        self.stopped = [False] * len(runs)
        self.best: list[tuple[float, dict[str, np.ndarray]]] = [(float("inf"), {})] * len(runs)
        self.waited = [0] * len(runs)
        self.start = time.perf_counter()
        self.seconds = [0.0] * len(runs)
        shown = data.images, data.targets[: recipe.sample].argmax(1)
        validation = data.validation_images, data.validation_labels
        self.evaluate = Evaluator(self.stack, shown, validation, recipe.sample, sparse)

    def resume(self, saved: Checkpoint | None) -> int:
        """Continue from the checkpoint, if there is one, and return the number of epochs that it covers."""
        progress = saved.load(self.stack) if saved and isinstance(self.stack, StackedMLP) else None
        if progress is None:
            return 0
        self.points, self.seconds = progress.points, progress.seconds
        self.start -= max(self.seconds)
        return progress.epochs

    def save(self, saved: Checkpoint | None, epochs: int) -> None:
        """Save the state after this number of epochs, if there is a checkpoint to save it to."""
        if saved and isinstance(self.stack, StackedMLP):
            saved.save(self.stack, Progress(epochs, self.points, self.seconds))

    def epoch(self, epoch: int, stopping: Callable[[], bool]) -> None:
        steps = self.recipe.steps_per_epoch
        ends = {round(steps * (i + 1) / POINTS_PER_EPOCH) for i in range(POINTS_PER_EPOCH)} - {0}
        self.batches.start(epoch)
        epoch_loss, last = torch.zeros(len(self.runs), device=self.stack.device), 0
        for step in range(steps):
            if stopping():
                raise Cancelled
            self.stack.step(self.batches.fill(step))
            if step + 1 in ends:
                losses = self.stack.take_losses()
                epoch_loss += losses
                self._point(epoch, step + 1, losses / (step + 1 - last), epoch_loss / steps)
                last = step + 1

    def _point(self, epoch: int, step: int, train_loss: Tensor, epoch_loss: Tensor) -> None:
        """Evaluate the nets and report a point for every run that has not stopped."""
        steps = self.recipe.steps_per_epoch
        ends_epoch = step == steps
        full = uses_all_images(self.recipe, epoch, ends_epoch)
        measured = self.evaluate(full)
        for k, run in enumerate(self.runs):
            if self.stopped[k]:
                continue
            self.seconds[k] = time.perf_counter() - self.start
            point = Point(
                arm=run.arm,
                seed=run.seed,
                step=epoch * steps + step,
                epoch=epoch + step / steps,
                train_loss=float(train_loss[k]),
                epoch_loss=float(epoch_loss[k]) if ends_epoch else None,
                seconds=self.seconds[k],
                eval_loss=measured["eval_loss"][k],
                val_loss=measured["val_loss"][k],
                val_accuracy=measured["val_accuracy"][k],
                full_val_loss=measured["full_val_loss"][k] if full else None,
                full_val_accuracy=measured["full_val_accuracy"][k] if full else None,
            )
            self._check(point)
            self.points[k].append(point)
            self.report(point)
            if ends_epoch and point.full_val_loss is not None and self.recipe.patience:
                self._consider_stopping(k, point.full_val_loss)

    def _check(self, point: Point) -> None:
        losses = (point.train_loss, point.eval_loss, point.val_loss)  # train_loss was measured before the last update
        if not np.isfinite(losses).all():
            what = f"the loss became {losses[np.argmin(np.isfinite(losses))]} ({point.arm}, seed {point.seed})"
            raise FloatingPointError(f"{what}: try a lower learning rate")

    def _consider_stopping(self, k: int, loss: float) -> None:
        if loss < self.best[k][0]:
            self.best[k], self.waited[k] = (loss, self.stack.arrays(k)), 0
            return
        self.waited[k] += 1
        self.stopped[k] = self.waited[k] >= self.recipe.patience

    def results(self) -> list[Result]:
        return [self._result(k, run) for k, run in enumerate(self.runs)]

    def _result(self, k: int, run: Run) -> Result:
        weights = self.best[k][1] or self.stack.arrays(k)
        return Result(run, self.points[k], weights, self.seconds[k], self.stopped[k])
