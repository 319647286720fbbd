"""The code of the worker processes, which load the data, train runs and report points. Only workers import torch."""

from collections.abc import Callable
from dataclasses import astuple
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING

from dropout_core.common import provenance
from dropout_core.common.errors import UserError
from dropout_core.common.process import lower_priority
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import Digits, load, locate
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Point, Result

if TYPE_CHECKING:
    import dropout_core.training.trainer

_MESSAGE_SECONDS = 0.5  # minimum interval between a run's messages, since each message delays the pages
_GPU_FULL = "the GPU has too little free memory: choose fewer seeds or narrower layers, or set DROPOUT_DEVICE=cpu"
_cancelled: set[str] = set()


class TrainingError(UserError):
    """A run failed: the loss diverged, or the GPU has too little memory."""


def cancel(job: str) -> None:
    """Stop the job's runs in this process before their next training step."""
    _cancelled.add(job)


def cancelled_jobs() -> frozenset[str]:
    """Return the ids of the jobs cancelled in this process."""
    return frozenset(_cancelled)


def describe() -> dict[str, str]:
    """Return this worker's device, hardware and data. The call also warms up the worker by importing torch."""
    from dropout_core.training.models import pick_device

    settings = Settings.from_env()
    device = pick_device(settings.device)
    return {"device": device, "hardware": _hardware(device), "data": locate(settings).described}


def warm() -> None:
    """Load the GPU libraries if there is a GPU, so that the first comparison does not wait for them."""
    from dropout_core.training.models import pick_device

    device = pick_device(Settings.from_env().device)
    if device != "cpu":
        train_blank(device)


def train_blank(device: str) -> None:
    """Train a tiny comparison on blank images."""
    import numpy as np

    from dropout_core.training import trainer
    from dropout_core.training.models import release

    images, labels = np.zeros((100, 28, 28), np.uint8), np.zeros(100, np.uint8)
    recipe = Recipe(data="mnist-5k", images=100, epochs=1, batch=20)
    data = trainer.to_tensors(Digits(images, labels, images, labels, ""), recipe.images, device)
    trainer.train(recipe, recipe.runs(), data, device)
    release(device)


def train_runs(
    recipe: Recipe, runs: list[Run], job: str, topic: str, external_cluster: bool
) -> tuple[list[Result], dict[str, str]]:
    """Train these runs side by side, and log each point under `topic`. Returns the results and their provenance.

    external_cluster  whether this worker belongs to an external cluster; if not, it yields CPU time to the server

    Returns ([], {}) if cancel(job) was called. Raises DataError and TrainingError.
    """
    import torch
    from distributed import get_worker

    from dropout_core.training import trainer
    from dropout_core.training.models import pick_device, prepare, release

    worker, device = get_worker(), pick_device(Settings.from_env().device)
    if not external_cluster:
        lower_priority()
    prepare(device)
    points = PointBuffer(lambda points: worker.log_event(topic, {"job": job, "points": points}))
    failure: TrainingError | None = None
    try:
        tensors, checksum = _tensors(recipe.data, recipe.pool, device)
        results = trainer.train(recipe, runs, tensors, device, points.add, lambda: job in _cancelled)
    except trainer.Cancelled:
        return [], {}
    except torch.OutOfMemoryError:
        failure = TrainingError(_GPU_FULL)
    except FloatingPointError as error:
        failure = TrainingError(str(error))
    finally:
        release(device)
    if failure:  # raised here because the original error keeps all allocated memory alive
        raise failure
    hardware = {"device": device, "hardware": _hardware(device), "data_checksum": checksum}
    return results, hardware | provenance.software()


class PointBuffer:
    """Buffers points, and sends at most two messages a second. Points never sent are still part of the results."""

    def __init__(self, send: Callable[[list[tuple]], None]) -> None:
        self._send, self._sent = send, 0.0
        self._points: list[tuple] = []

    def add(self, point: Point) -> None:
        """Add the point to the buffer, and send the buffer unless a message was sent in the last half second."""
        self._points.append(astuple(point))
        if monotonic() - self._sent >= _MESSAGE_SECONDS:
            self._send(self._points)
            self._points, self._sent = [], monotonic()


@lru_cache(maxsize=1)
def _tensors(data: str, images: int, device: str) -> "tuple[dropout_core.training.trainer.Tensors, str]":
    from dropout_core.training import trainer

    digits = load(data, Settings.from_env())
    return trainer.to_tensors(digits, images, device), digits.checksum


def _hardware(device: str) -> str:
    if device != "cuda":
        return provenance.processor()
    import torch

    return torch.cuda.get_device_name()
