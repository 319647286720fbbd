"""The overview's findings, computed from records: a sentence for each heading, and the numbers for its chart."""

from dataclasses import dataclass

import pandas as pd

from dropout_core.common.text import listed
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.statistics import Paired
from dropout_core.reference.records import load
from dropout_core.topics.neurons.findings import removal
from dropout_core.topics.training.claims import arms, gain_by_images


@dataclass(frozen=True)
class Gain:
    """The accuracy at p = 0.5 minus the accuracy without dropout, in points, for training images and layer sizes."""

    images: int
    hidden: tuple[int, ...]
    difference: Paired

    @property
    def name(self) -> str:
        return f"{self.images:,} images, {'–'.join(map(str, self.hidden))} units"


def memorised() -> pd.DataFrame:
    """Return the loss of the net without dropout, averaged over the seeds, on training and on validation images.

    Columns: epoch, training, validation. Both losses are measured in evaluation mode, in nats.
    """
    (comparison,) = load("small").trials.values()
    points = comparison.points[comparison.points["arm"] == NO_DROPOUT]
    means = points.groupby("epoch")[["eval_loss", "full_val_loss"]].mean().dropna().reset_index()
    return means.rename(columns={"eval_loss": "training", "full_val_loss": "validation"})


def memorising_recipe() -> Recipe:
    """Return the recipe of the runs used by `memorised`."""
    (comparison,) = load("small").trials.values()
    return comparison.recipe


def memorises(losses: pd.DataFrame) -> str:
    """State the final losses, and whether the validation loss has risen from its minimum."""
    last, best = losses.iloc[-1], losses["validation"].min()
    rises = last["validation"] > best
    moves = f"climbs from {best:.2f} to {last['validation']:.2f}" if rises else f"stays at {last['validation']:.2f}"
    verb = "memorises" if rises else "learns"
    return f"A net {verb}: its training loss falls to {last['training']:.3f} while the loss on new images {moves}"


def removed(share: float = 0.5) -> tuple[int, dict[str, float]]:
    """Return the number of removed neurons closest to this share, and the accuracy (%) without them, keyed by arm.

    The accuracy is the mean over random orders of removal.
    """
    counts, _, curves = removal()
    at = min(range(len(counts)), key=lambda i: abs(counts[i] / counts[-1] - share))
    return counts[at], {arm: curve["mean"][at] for arm, curve in curves["random"].items()}


def half_removed() -> str:
    """Describe the accuracies of the two trained nets after half of their neurons were removed."""
    _, accuracy = removed()
    kept, lost = accuracy[DROPOUT], accuracy[NO_DROPOUT]
    still = "still " if kept > lost else ""
    kept_share, lost_share = (f"{value:.0f}\u00a0%" for value in (kept, lost))
    return (
        f"Without half its neurons, a net trained with dropout {still}reads {kept_share} of digits; one trained "
        f"without, {lost_share}"
    )


def gains() -> list[Gain]:
    """Return dropout's gain by number of training images; the article's own comparison comes last."""
    sizes = load("sizes")
    hidden = next(iter(sizes.trials.values())).recipe.hidden
    rows = [Gain(images, hidden, gain) for images, gain in gain_by_images(sizes).items()]
    small, article = (arms(load(name), "accuracy") for name in ("small", "article-fresh"))
    rows.append(Gain(memorising_recipe().images, memorising_recipe().hidden, small))
    (comparison,) = load("article-fresh").trials.values()
    last = Gain(comparison.recipe.images, comparison.recipe.hidden, article)
    return [*sorted(rows, key=lambda gain: gain.images), last]


def does_it_pay(rows: list[Gain]) -> str:
    """State the numbers of training images at which dropout helps, and those at which it does not."""
    better, worse = ([f"{g.images:,}" for g in rows if g.difference.sign == sign] for sign in (1, -1))
    if not better:
        return "Does it pay? In none of these comparisons"
    loses = f"; with {_costly(rows)} it costs accuracy" if worse else ""
    return f"Does it pay? With {listed(better)} training images it does{loses}"


def _costly(rows: list[Gain]) -> str:
    """List the numbers of training images at which dropout costs accuracy, with the last as "or more" if possible."""
    sizes = sorted(g.images for g in rows if g.difference.sign == -1)
    least = next((images for images in sizes if _all_from(images, rows)), None)
    if least is None:
        return listed(f"{images:,}" for images in sizes)
    fewer = [f"{images:,}" for images in sizes if images < least]
    return f"{listed(fewer)}, or with {least:,} or more," if fewer else f"{least:,} or more"


def power(rows: list[Gain]) -> str:
    """State what the seeds of the inconclusive comparisons could have detected, or "" if all are conclusive."""
    unclear = [Evidence("", "accuracy", "points", g.difference).detectable for g in rows if not g.difference.sign]
    least = [size for size in unclear if size is not None]
    return f" (if inconclusive, {max(least):.1f} points detectable)" if least else ""


def _all_from(images: int, rows: list[Gain]) -> bool:
    """Return whether dropout lowers the accuracy at this number of images and at all larger ones (two at least)."""
    signs = [g.difference.sign for g in rows if g.images >= images]
    return len(signs) > 1 and set(signs) == {-1}
