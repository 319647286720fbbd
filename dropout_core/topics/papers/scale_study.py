"""Train the paper's nets at their own scale, run by run, and write the file of each run that ends.

`python -m dropout_core reference paper-scale` starts or resumes the runs. On a CPU, it trains one run at a time on one
thread; several of these commands share the runs among them. On a GPU, it trains all seeds of a net side by side.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from dropout_core.common import process, provenance
from dropout_core.common.settings import Settings
from dropout_core.common.text import counted
from dropout_core.data.mnist import Digits, load
from dropout_core.engine.job import EngineError
from dropout_core.experiments.paper_scale import NAME, Piece, all_runs
from dropout_core.experiments.recipe import Recipe
from dropout_core.experiments.results import Point
from dropout_core.reference import paper_scale
from dropout_core.training import sparse_pixels, trainer
from dropout_core.training.batches import Batches
from dropout_core.training.checkpoint import Checkpoint
from dropout_core.training.models import pick_device, prepare
from dropout_core.training.stacked_mlp import StackedMLP
from dropout_core.training.trainer import Tensors

try:
    import fcntl
except ImportError:  # Windows, where only one of these commands may run at a time
    fcntl = None  # type: ignore[assignment]

now = time.monotonic
_WARM_UP, _TIMED = 3, 12  # steps of the estimate


def main(device: str = "cpu", minutes: float | None = None) -> int:
    """Train the runs that are missing, for this many minutes at most. Returns the exit status."""
    settings = Settings.from_env()
    try:
        device = pick_device(device)
    except ValueError as error:
        raise EngineError(str(error)) from None
    process.lower_priority()
    prepare(device)
    digits = load("mnist", settings)
    data = trainer.to_tensors(digits, len(digits.train_images), device)
    folder = settings.cache_dir / NAME
    folder.mkdir(parents=True, exist_ok=True)
    end = None if minutes is None else now() + 60 * minutes
    _say(_cost(missing(), data, device))
    try:
        for piece, seeds in waiting(device):
            with claimed(folder / f"{piece.file(seeds[0])}.lock") as free:
                if free and (left := unfinished(piece, seeds)):
                    train_runs(piece, left, data, digits, device, folder, end)
    except trainer.Cancelled:
        _say(f"the {minutes:g} minutes are over; run the same command again to continue")
    _say(f"{counted(len(missing()), 'run')} of {len(all_runs())} missing")
    return 0


def missing() -> list[tuple[Piece, int]]:
    """List the runs without a file, in the order in which they are trained."""
    done = paper_scale.all_finished()
    return [(piece, seed) for piece, seed in all_runs() if piece.file(seed) not in done]


def unfinished(piece: Piece, seeds: tuple[int, ...]) -> tuple[int, ...]:
    """Return those of the seeds whose run of this net has no file."""
    left = [seed for own, seed in missing() if own == piece]
    return tuple(seed for seed in seeds if seed in left)


def waiting(device: str) -> list[tuple[Piece, tuple[int, ...]]]:
    """List the nets and seeds to train together: one run at a time on a CPU, and all seeds of a net on a GPU."""
    left = missing()
    if device != "cuda":
        return [(piece, (seed,)) for piece, seed in left]
    return [(piece, tuple(seed for own, seed in left if own == piece)) for piece in dict.fromkeys(p for p, _ in left)]


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Hold the lock of this path, so that no other process trains the same runs. Yields False if another holds it."""
    with path.open("w") as file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def train_runs(
    piece: Piece, seeds: tuple[int, ...], data: Tensors, digits: Digits, device: str, folder: Path, end: float | None
) -> None:
    """Train the runs of one net side by side, and write their files. Raises Cancelled when the time is over."""
    recipe, started = piece.recipe(seeds), provenance.now()
    checkpoint = Checkpoint(folder / f"{piece.file(seeds[0])}.safetensors", device)
    results = trainer.train(
        recipe, recipe.runs(), data, device, _teller(piece, recipe), lambda: end is not None and now() > end,
        checkpoint=checkpoint, local_noise=device == "cuda",
    )  # fmt: skip
    for result in results:
        path = paper_scale.write(piece, result, started, provenance.now(), about(digits, device, len(seeds)))
        _say(f"written: {path.name}")
    checkpoint.remove()


def about(digits: Digits, device: str, together: int) -> dict[str, str]:
    """Return the provenance of runs of which this many were trained side by side."""
    cuda = device == "cuda"
    hardware = torch.cuda.get_device_name() if cuda else provenance.processor()
    noise = "drawn on the device" if cuda else "drawn on the CPU"
    return provenance.software() | {
        "hardware": hardware, "device": device, "threads": str(torch.get_num_threads()), "noise": noise,
        "trained_together": str(together), "data": "mnist", "data_checksum": digits.checksum,
    }  # fmt: skip


def _teller(piece: Piece, recipe: Recipe) -> Callable[[Point], None]:
    """Return a function that prints the points at which all test images are evaluated."""

    def tell(point: Point) -> None:
        if point.full_val_accuracy is not None:
            error, at = 100 - point.full_val_accuracy, f"epoch {point.epoch:g} of {recipe.epochs}"
            minutes = f"{point.seconds / 60:.1f} min"
            _say(f"{piece.name}, {piece.label}, seed {point.seed}: {at}, {error:.2f} % error, {minutes}")

    return tell


def _cost(left: list[tuple[Piece, int]], data: Tensors, device: str) -> str:
    """State how long the missing runs of each experiment would take, from the time of a few steps of each net."""
    if not left:
        return "all runs are recorded"
    hours: dict[str, float] = {}
    for piece in dict.fromkeys(piece for piece, _ in left):
        recipe = piece.recipe((0,))
        runs = sum(own == piece for own, _ in left)
        updates = runs * recipe.epochs * recipe.steps_per_epoch
        hours[piece.name] = hours.get(piece.name, 0) + updates * seconds_per_update(recipe, data, device) / 3600
    each = ", ".join(f"{name} {h:.1f}" for name, h in hours.items())
    total = f"about {sum(hours.values()):.1f} hours at the present speed of this device"
    return f"{counted(len(left), 'run')} of {len(all_runs())} are missing: {total} ({each})"


def seconds_per_update(recipe: Recipe, data: Tensors, device: str) -> float:
    """Time a few steps of one run."""
    run, sparse = recipe.runs()[:1], sparse_pixels.is_faster(recipe, device)
    with torch.inference_mode():
        stack = StackedMLP(recipe, run, device)
        batches = Batches(recipe, run, data.images, data.targets, stack, sparse, device == "cuda")
        batches.start(0)
        for step in range(_WARM_UP + _TIMED):
            if step == _WARM_UP:
                _wait(device)
                start = time.perf_counter()
            stack.step(batches.fill(step))
        _wait(device)
    return (time.perf_counter() - start) / _TIMED


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def _say(text: str) -> None:
    print(f"{NAME}: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(os.environ.get("DROPOUT_DEVICE", "cpu")))
