"""What a worker process does: it holds the data, trains runs, and tells of its progress. Torch lives only here."""

from collections.abc import Callable
from dataclasses import astuple
from functools import lru_cache
from time import monotonic

from distributed import get_worker

from dropout_core.common import provenance
from dropout_core.common.errors import UserError
from dropout_core.common.process import lower_priority
from dropout_core.common.settings import Settings
from dropout_core.data.mnist import Digits, load, locate
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Point, Result

_SECONDS_APART = 0.5  # between two messages of a run: they take the server from its readers, and no page looks sooner
_FULL = "the GPU has no memory left for this: choose fewer seeds or narrower layers, or set DROPOUT_DEVICE=cpu"
_cancelled: set[str] = set()


class TrainingError(UserError):
    """A run failed: the loss diverged, or the GPU has too little memory."""


def cancel(job: str) -> None:
    """Have this process stop its runs of the job before their next step."""
    _cancelled.add(job)


def describe() -> dict[str, str]:
    """The device this worker trains on, its processor and its data; importing torch here also warms the worker."""
    from dropout_core.training.models import pick_device

    settings = Settings.from_env()
    device = pick_device(settings.device)
    return {"device": device, "hardware": _hardware(device), "data": locate(settings).described}


def warm() -> None:
    """Have a GPU load what a comparison needs of its libraries, or the first reader would wait for it."""
    from dropout_core.training.models import pick_device

    device = pick_device(Settings.from_env().device)
    if device != "cpu":
        train_blank(device)


def train_blank(device: str) -> None:
    """A comparison in small, on blank images."""
    import numpy as np

    from dropout_core.training import trainer
    from dropout_core.training.models import release

    images, labels = np.zeros((100, 28, 28), np.uint8), np.zeros(100, np.uint8)
    recipe = Recipe(data="mnist-5k", images=100, epochs=1, batch=20)
    data = trainer.to_tensors(Digits(images, labels, images, labels, ""), recipe.images, device)
    trainer.train(recipe, recipe.runs(), data, device)
    release(device)


def train_runs(
    recipe: Recipe, runs: list[Run], job: str, topic: str, given: bool
) -> tuple[list[Result], dict[str, str]]:
    """Train these runs side by side; points are sent to the topic as they are known. Returns results, provenance.

    given  whether this is a worker of a given cluster, and not one that the server has started for itself
    Nothing at all comes back after cancel(job). Raises DataError where the recipe's data are not at hand, MemoryError
    where a GPU has too little left.
    """
    import torch

    from dropout_core.training import trainer
    from dropout_core.training.models import pick_device, prepare, release

    worker, settings = get_worker(), Settings.from_env()
    if not given:
        lower_priority()  # the server's pages go first
    device = pick_device(settings.device)
    failure: TrainingError | None = None
    prepare(device)
    teller = _Teller(lambda points: worker.log_event(topic, {"job": job, "points": points}))
    try:
        tensors, checksum = _tensors(recipe.data, recipe.images, device)
        results = trainer.train(recipe, runs, tensors, device, teller.tell, lambda: job in _cancelled)
    except trainer.Cancelled:
        return [], {}
    except torch.OutOfMemoryError:
        failure = TrainingError(_FULL)
    except FloatingPointError as error:
        failure = TrainingError(str(error))
    finally:
        release(device)
    if failure:  # raised here, since the original error holds a reference to all that was allocated
        raise failure
    return results, {
        "device": device,
        "hardware": _hardware(device),
        "data_checksum": checksum,
        **provenance.software(),
    }


class _Teller:
    """Passes points on, several in one message where they come fast; the last ones return with the results anyway."""

    def __init__(self, send: Callable[[list[tuple]], None]) -> None:
        self._send, self._held, self._sent = send, [], 0.0

    def tell(self, point: Point) -> None:
        self._held.append(astuple(point))
        if monotonic() - self._sent >= _SECONDS_APART:
            self._send(self._held)
            self._held, self._sent = [], monotonic()


@lru_cache(maxsize=1)
def _tensors(data: str, images: int, device: str):
    from dropout_core.training import trainer

    digits = load(data, Settings.from_env())
    return trainer.to_tensors(digits, images, device), digits.checksum


def _hardware(device: str) -> str:
    if device != "cuda":
        return provenance.processor()
    import torch

    return torch.cuda.get_device_name()
