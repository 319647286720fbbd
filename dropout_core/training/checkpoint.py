"""Checkpoints, from which an interrupted training run continues with the numbers that it would have had anyway.

A checkpoint is one safetensors file, replaced after each epoch. Between epochs, the weights, the optimiser's state and
the points so far determine everything that follows, because all random numbers are seeded by (seed, epoch).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from dropout_core.common.whole_files import write_whole
from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.experiments.results import Point
from dropout_core.training.stacked_mlp import StackedMLP


@dataclass(frozen=True)
class Progress:
    """How far the runs of a stack have been trained, with each run's points so far and the seconds that it took."""

    epochs: int
    points: list[list[Point]]
    seconds: list[float]


class Checkpoint:
    """The file with the state of one stack.

    path   the file, whose folder must exist
    about  whatever else the numbers depend on, such as the device; a file with another text is ignored
    """

    def __init__(self, path: Path, about: str = "") -> None:
        self.path, self.about = path, about

    def save(self, stack: StackedMLP, progress: Progress) -> None:
        """Replace the file atomically. Raises OSError."""
        told = {"trains": self._trains(stack.recipe, stack.runs), "progress": json.dumps(asdict(progress))}
        tensors = {name: tensor.cpu().contiguous() for name, tensor in stack.optimiser.state().items()}
        write_whole(self.path, save(tensors, told))

    def load(self, stack: StackedMLP) -> Progress | None:
        """Restore the stack, and return its progress. Returns None if there is no usable file for these runs."""
        try:
            content = self.path.read_bytes()
            told, tensors = _metadata(content), load(content)
            if told["trains"] != self._trains(stack.recipe, stack.runs):
                return None
            progress = json.loads(told["progress"])
            points = [[Point(**point) for point in run] for run in progress["points"]]
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            return None
        state = stack.optimiser.state()
        if {name: t.shape for name, t in tensors.items()} != {name: t.shape for name, t in state.items()}:
            return None
        for name, tensor in state.items():
            tensor.copy_(tensors[name])
        return Progress(progress["epochs"], points, progress["seconds"])

    def remove(self) -> None:
        """Remove the file if it exists."""
        self.path.unlink(missing_ok=True)

    def _trains(self, recipe: Recipe, runs: list[Run]) -> str:
        return json.dumps([recipe.to_json(), [asdict(run) for run in runs], self.about, torch.get_num_threads()])


def _metadata(content: bytes) -> dict[str, str]:
    """Read the metadata in the header, which safetensors' load() leaves out."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length])["__metadata__"]
