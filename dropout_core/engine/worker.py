"""The code of the worker processes, which load the data, train runs and report points. Only workers import torch."""

from collections.abc import Callable
from dataclasses import astuple
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any

from dropout_core.common import provenance
from dropout_core.common.errors import UserError
from dropout_core.common.process import lower_priority
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import Digits, load, locate
from dropout_core.engine import net_cache
from dropout_core.engine.net_cache import NetKey
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Result

if TYPE_CHECKING:
    import dropout_core.training.trainer

# The results of runs trained side by side, their provenance, and the addresses of workers that keep trained nets.
RunResults = tuple[list[Result], dict[str, str], dict[NetKey, str]]
Report = Callable[[tuple], None]
Task = Callable[[Any, Report], object]  # a short task: it gets an item, and a function to report values with

_MESSAGE_SECONDS = 0.5  # minimum interval between a run's messages, since each message delays the pages
_GPU_FULL = "the GPU has too little free memory: choose fewer seeds or narrower layers, or set DROPOUT_DEVICE=cpu"
TOPIC = "dropout"  # of the messages that workers and servers exchange through Dask's scheduler


class TrainingError(UserError):
    """A run failed: the loss diverged, or the GPU has too little memory."""


class GpuFull(TrainingError):
    """The GPU has too little memory."""


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


def train_runs(recipe: Recipe, runs: list[Run], external_cluster: bool, cached_megabytes: int | None) -> RunResults:
    """Train these runs side by side, and send each point to all servers.

    external_cluster  whether this worker belongs to an external cluster; if not, it yields CPU time to the server
    cached_megabytes  limit on the trained nets that stay on the device; see net_cache.byte_limit

    Ends before the next training step once no server wants the results. Raises DataError and TrainingError.
    """
    import torch
    from distributed import Reschedule, get_worker

    from dropout_core.training import trainer
    from dropout_core.training.models import pick_device, prepare, release
    from dropout_core.training.stack_pool import SHARED

    worker, device = get_worker(), pick_device(Settings.from_env().device)
    if not external_cluster:
        lower_priority()
    prepare(device)
    SHARED.most_bytes = most_bytes = net_cache.byte_limit(device, cached_megabytes)
    points = PointBuffer(lambda points: worker.log_event(TOPIC, {"job": recipe.key, "points": points}))
    failure: TrainingError | None = None
    try:
        tensors, checksum = _tensors(recipe.data, recipe.pool, device)
        results = trainer.train(
            recipe, runs, tensors, device, lambda point: points.add(astuple(point)), _is_unwanted(), SHARED
        )
    except trainer.Cancelled:
        raise Reschedule from None  # if a server wants the results again by now, Dask repeats the task
    except torch.OutOfMemoryError:
        failure = GpuFull(_GPU_FULL)
    except FloatingPointError as error:
        failure = TrainingError(str(error))
    finally:
        release(device)
    if failure:  # raised here because the original error keeps all allocated memory alive
        raise failure
    hardware = {"device": device, "hardware": _hardware(device), "data_checksum": checksum}
    kept = net_cache.keep(recipe, results, device, most_bytes)
    return results, hardware | provenance.software(), dict.fromkeys(kept, worker.address)


def run_task(task: Task, item: Any, job: str, external_cluster: bool) -> list[tuple]:
    """Call task(item, report), and send the servers what it reports. Returns everything that it reported.

    job               the name of the messages
    external_cluster  as in train_runs

    Once no server wants the result, the next call of report ends the task.
    """
    from distributed import Reschedule, get_worker

    from dropout_core.training.models import prepare

    worker, is_unwanted, reported = get_worker(), _is_unwanted(), []
    if not external_cluster:
        lower_priority()
    prepare("cpu")
    buffer = PointBuffer(lambda points: worker.log_event(TOPIC, {"job": job, "points": points}))

    def report(values: tuple) -> None:
        if is_unwanted():
            raise Reschedule
        reported.append(values)
        buffer.add(values)

    task(item, report)
    return reported


def _is_unwanted() -> Callable[[], bool]:
    """Return a function that returns whether all servers have released the task that runs in this thread.

    Dask marks such a task, but does not interrupt it.
    """
    from distributed import get_worker

    worker = get_worker()
    tasks, key = worker.state.tasks, worker.get_current_task()

    def is_unwanted() -> bool:
        return (task := tasks.get(key)) is None or task.state in ("cancelled", "resumed")

    return is_unwanted


class PointBuffer:
    """Buffers points, and sends at most two messages a second. Points never sent are still part of the results."""

    def __init__(self, send: Callable[[list[tuple]], None]) -> None:
        self._send, self._sent = send, 0.0
        self._points: list[tuple] = []

    def add(self, values: tuple) -> None:
        """Add a point's values to the buffer, and send it unless a message was sent in the last half second."""
        self._points.append(values)
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
