"""The results of a training run: the points of its curves, its weights and its time."""

from dataclasses import dataclass, fields

import numpy as np

from dropout_core.experiments.recipe import Run


@dataclass(frozen=True)
class Point:
    """The measurements of one run after some step. Losses are mean cross-entropies in nats, accuracies in %.

    train_loss  as the optimiser saw it since the previous point: masks on, weights changing
    eval_loss   evaluation mode, on a fixed sample of the training images
    val_loss, val_accuracy            evaluation mode, on a fixed sample of the validation images
    full_val_loss, full_val_accuracy  the same on all validation images; only at the ends of (some) epochs
    epoch_loss  mean of the epoch's batch losses, as the article prints it; only at the ends of epochs
    """

    arm: str
    seed: int
    step: int
    epoch: float
    train_loss: float
    eval_loss: float
    val_loss: float
    val_accuracy: float
    full_val_loss: float | None
    full_val_accuracy: float | None
    epoch_loss: float | None
    seconds: float


@dataclass(frozen=True)
class Result:
    """A finished run: its points, trained weights (by PyTorch's names), seconds, and whether patience ended it."""

    run: Run
    points: list[Point]
    weights: dict[str, np.ndarray]
    seconds: float
    stopped_early: bool = False


POINTS_PER_EPOCH = 4
COLUMNS = [field.name for field in fields(Point)]
