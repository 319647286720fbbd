"""Keeps the last stack of nets for the next comparison of the same shape, with its workspaces and CUDA graphs."""

from collections.abc import Hashable
from dataclasses import replace

from dropout_core.experiments.recipe import Recipe, Run
from dropout_core.training.stacked_mlp import StackedMLP


class StackPool:
    """Holds at most one stack, and none that takes more than most_bytes."""

    def __init__(self, most_bytes: int = 0) -> None:
        self.most_bytes = most_bytes
        self._kept: StackedMLP | None = None

    def take(self, recipe: Recipe, runs: list[Run], device: str) -> StackedMLP:
        """Return a stack with the runs' initial weights. Reuses the kept stack if it has the same shape.

        The pool is then empty, so a kept stack of another shape gives its memory back.
        """
        kept, self._kept = self._kept, None
        if kept is None or _shape(kept.recipe, kept.runs, kept.device) != _shape(recipe, runs, device):
            return StackedMLP(recipe, runs, device)
        kept.restart(recipe, runs)
        return kept

    def give_back(self, stack: StackedMLP) -> None:
        """Keep this stack for the next comparison unless it is too large."""
        stack.keep_full_batches()
        self._kept = stack if stack.bytes <= self.most_bytes else None

    def clear(self) -> int:
        """Release the stack and return the number of bytes freed."""
        kept, self._kept = self._kept, None
        return 0 if kept is None else kept.bytes


SHARED = StackPool()  # this process's pool; it keeps nothing until its limit is set


def _shape(recipe: Recipe, runs: list[Run], device: str) -> Hashable:
    """Return everything on which workspaces and graphs depend, except data, noise and weights, which are replaced."""
    neutral = replace(
        recipe, data="mnist", images=60_000, epochs=1, seeds=(0,), arms=("dropout",), subset="first", augment=False,
        rate=0.5, input_rate=0.0, schedule="constant", patience=0,
    )  # fmt: skip
    return neutral, len(runs), any(run.rate for run in runs), device
