"""Runs the programs of live_training.py with PyTorch, on a worker."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from dropout_core.common.settings import Settings
from dropout_core.data import mnist
from dropout_core.topics.pitfalls.snippets import execute
from dropout_core.training.models import flat, normalise


def run(program: str, report: Callable[[float, float], None], training_images: int) -> None:
    """Run a program of live_training.program on this many images, without changing the global random state."""
    with torch.random.fork_rng(devices=[]):
        execute(program, {"report": report, **images(training_images)})


@cache
def images(training_images: int) -> dict[str, Tensor]:
    """Load images that every host has, so that all hosts train the same nets."""
    digits = mnist.load("mnist-5k", Settings.from_env())
    return {
        "x_train": normalise(flat(digits.train_images[:training_images])),
        "y_train": torch.from_numpy(digits.train_labels[:training_images]).long(),
        "x_val": normalise(flat(digits.validation_images)),
        "y_val": torch.from_numpy(digits.validation_labels).long(),
    }
