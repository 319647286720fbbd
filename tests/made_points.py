"""Synthetic learning curves for tests."""

from dataclasses import replace

from dropout_core.experiments.recipe import ARMS
from dropout_core.experiments.result_tables import frame
from dropout_core.experiments.results import Point


def point(arm, step, epoch, ended, **values):
    usual = {"train_loss": 9.0, "eval_loss": 0.5, "val_loss": 9.0, "val_accuracy": 9.0, "seconds": 9.0}
    exact = {"full_val_loss": 0.7, "full_val_accuracy": 90.0, "epoch_loss": 0.6} if ended else {}
    missing = dict.fromkeys(("full_val_loss", "full_val_accuracy", "epoch_loss"))
    return Point(arm=arm, seed=0, step=step, epoch=epoch, **(missing | usual | exact | values))


def early(arm, losses, seed=0):
    """Make a run with four points per epoch. `losses` contains the full validation loss after each epoch."""
    made = []
    for i, loss in enumerate(losses):
        made += [replace(point(arm, 4 * i + k, i + k / 4, False), seed=seed) for k in (1, 2, 3)]
        values = {"full_val_loss": loss, "full_val_accuracy": 90.0 + i, "train_loss": i / 8, "eval_loss": i / 4}
        made.append(replace(point(arm, 4 * i + 4, i + 1.0, True, **values), seed=seed))
    return made


def several(accuracies, losses, eval_losses=(0.2, 0.2)):
    """Make points for both arms and several seeds, with one full evaluation per run.

    Accuracies and losses are (no dropout, dropout) pairs, one per seed.
    """
    made = []
    for seed, (pair_accuracy, pair_loss) in enumerate(zip(accuracies, losses, strict=True)):
        for arm, accuracy, loss, off in zip(ARMS, pair_accuracy, pair_loss, eval_losses, strict=True):
            values = {"full_val_loss": loss, "full_val_accuracy": accuracy, "eval_loss": off}
            made.append(replace(point(arm, 1, 1.0, True, **values), seed=seed))
    return frame(made)
