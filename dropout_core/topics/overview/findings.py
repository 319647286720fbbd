"""The overview's findings, each from a stored record: a sentence for a heading, and the numbers of its chart."""

from dataclasses import dataclass

import pandas as pd

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import Estimate
from dropout_core.reference.records import load
from dropout_core.topics.neurons.findings import removal
from dropout_core.topics.training.claims import arms, gain_by_images


@dataclass(frozen=True)
class Gain:
    """The accuracy at p = 0.5 minus the accuracy without dropout, in points, for a number of training images."""

    images: int
    what: str
    difference: Estimate

    @property
    def name(self) -> str:
        return f"{self.images:,} images{self.what}"


def memorised() -> pd.DataFrame:
    """Return the mean loss over the seeds of the net without dropout, on training and on validation images.

    Columns: epoch, training, validation. Both losses are measured in evaluation mode, in nats.
    """
    (comparison,) = load("small").trials.values()
    points = comparison.points[comparison.points["arm"] == NO_DROPOUT]
    means = points.groupby("epoch")[["eval_loss", "full_val_loss"]].mean().dropna().reset_index()
    return means.rename(columns={"eval_loss": "training", "full_val_loss": "validation"})


def memorising_recipe() -> Recipe:
    """Return the recipe of the runs behind `memorised`."""
    (comparison,) = load("small").trials.values()
    return comparison.recipe


def memorises(losses: pd.DataFrame) -> str:
    """Say how far apart the losses end, and whether the validation loss has risen from its minimum."""
    last, best = losses.iloc[-1], losses["validation"].min()
    rises = last["validation"] > best
    moves = f"climbs from {best:.2f} to {last['validation']:.2f}" if rises else f"stays at {last['validation']:.2f}"
    verb = "memorises" if rises else "learns"
    return f"A net {verb}: its training loss falls to {last['training']:.3f} while the loss on new images {moves}"


def removed(share: float = 0.5) -> tuple[int, dict[str, float]]:
    """Return the number of neurons closest to this share of all, and the accuracy (%) without them, keyed by arm.

    The accuracy is the mean over random orders of removal.
    """
    counts, _, curves = removal()
    at = min(range(len(counts)), key=lambda i: abs(counts[i] / counts[-1] - share))
    return counts[at], {arm: curve["mean"][at] for arm, curve in curves["random"].items()}


def nobody_relies() -> str:
    _, accuracy = removed()
    kept, lost = accuracy[DROPOUT], accuracy[NO_DROPOUT]
    who = "Nobody relies on anybody" if kept > lost else "Dropout makes no net robust"
    kept_share, lost_share = (f"{value:.0f}\u00a0%" for value in (kept, lost))
    return (
        f"{who}: without half its neurons, a net trained with dropout still reads {kept_share}, the other {lost_share}"
    )


def gains() -> list[Gain]:
    """Return dropout's gain by number of training images; the article's own comparison comes last."""
    rows = [Gain(images, "", paired.estimate) for images, paired in gain_by_images(load("sizes")).items()]
    small, article = (arms(load(name), "accuracy").estimate for name in ("small", "article"))
    rows.append(Gain(memorising_recipe().images, ", article’s net", small))
    (comparison,) = load("article").trials.values()
    last = Gain(comparison.recipe.images, ", the article", article)
    return [*sorted(rows, key=lambda gain: gain.images), last]


def does_it_pay(rows: list[Gain]) -> str:
    """Say with how many training images dropout pays, and with how many it does not."""
    better, worse = ([f"{g.images:,}" for g in rows if g.difference.sign == sign] for sign in (1, -1))
    if not better:
        return "Does it pay? In none of these comparisons"
    loses = f"; with {listed(worse)} it does not" if worse else ""
    return f"Does it pay? With {listed(better)} training images it does{loses}"
