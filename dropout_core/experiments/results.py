"""The results of a training run: the points of its curves, its weights and its run time."""

from dataclasses import dataclass, fields

import numpy as np

from dropout_core.experiments.recipe import Run


@dataclass(frozen=True)
class Point:
    """The measurements of one run after a given step. Losses are mean cross-entropies in nats; accuracies are in %.

    train_loss  mean batch loss since the previous point, with masks on and changing weights
    eval_loss   loss in evaluation mode on a fixed sample of the training images
    val_loss, val_accuracy            measured in evaluation mode on a fixed sample of the validation images
    full_val_loss, full_val_accuracy  measured on all validation images: at every point of the first
                                      epoch (fully connected nets), then at the ends of some epochs
    epoch_loss  mean of the epoch's batch losses, as printed by the article; only at the end of an epoch
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
    """The result of a finished run. The weights are keyed by PyTorch's parameter names; `seconds` is the run time."""

    run: Run
    points: list[Point]
    weights: dict[str, np.ndarray]
    seconds: float
    stopped_early: bool = False


POINTS_PER_EPOCH = 4
COLUMNS = [field.name for field in fields(Point)]
