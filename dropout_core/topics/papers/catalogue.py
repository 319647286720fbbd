"""The figures of Srivastava et al. (2014) that the app reproduces, with their scale and the names of our records.

The paper's p is P(KEEP), called keep here. A rate is P(drop), as everywhere else. For our results, see findings.py.
"""

from dataclasses import dataclass

from dropout_core.common.text import span
from dropout_core.data import published as theirs
from dropout_core.experiments.layers import weight_count
from dropout_core.experiments.recipe import Recipe


@dataclass(frozen=True)
class Figure:
    """A figure or table of the paper.

    finding                  the paper's finding
    record                   name of the record of our runs; empty if our runs are not stored as a record
    net                      hidden layers of the paper's net; empty if it has several nets or gives no numbers
    hidden, images, updates  the paper's scale, as text; empty where the paper gives no numbers
    """

    slug: str
    name: str
    title: str
    finding: str
    record: str = ""
    net: tuple[int, ...] = ()
    hidden: str = ""
    images: str = ""
    updates: str = ""


def shape(hidden: tuple[int, ...]) -> str:
    """Format the sizes of hidden layers as in the paper: "1024-1024-2048"."""
    return "-".join(map(str, hidden))


_KEEP = "p in the paper is the probability of **keeping** a unit."
_FLAT = f"{theirs.FIGURE_9A_FLAT[0]:g} to {theirs.FIGURE_9A_FLAT[1]:g}"
_NONE = " and ".join(map(str, theirs.FIGURE_10_NO_GAIN))
_LAYERS = "{} to {} layers of {:,} to {:,}".format(*theirs.FIGURE_4_LAYERS, *theirs.FIGURE_4_UNITS)
_FULL = dict(theirs.TABLE_2)
FIGURES = (
    Figure(
        "figure-4",
        "Fig. 4",
        "Error as training goes on",
        "Whatever the net’s shape, its error with dropout ends clearly below its error without: two bundles of curves.",
        "figure-4",
        hidden=_LAYERS,
        updates=f"up to {theirs.FIGURE_4_UPDATES:,}",
    ),
    Figure(
        "figure-8",
        "Fig. 8",
        "How active hidden units are",
        "The hidden units of an autoencoder, a net that must give its input back, are active at about "
        f"{theirs.FIGURE_8_MEANS['no dropout']:.1f} on average without dropout and at about "
        f"{theirs.FIGURE_8_MEANS['dropout']:.1f} with it; both histograms peak at zero.",
        hidden=str(theirs.FIGURE_8_UNITS),
    ),
    Figure(
        "figure-9a",
        "Fig. 9a",
        "How many to keep, the width fixed",
        f"The error is flat for keep probabilities of {_FLAT}, and rises below and near 1. {_KEEP}",
        "figure-9a",
        theirs.FIGURE_9A_HIDDEN,
    ),
    Figure(
        "figure-9b",
        "Fig. 9b",
        "How many to keep, the number kept fixed",
        "The fewer are kept, the wider the net, so that as many units are kept on average. The best keep probability "
        f"was near {theirs.FIGURE_9B_BEST:g}, with {shape(theirs.FIGURE_9B_KEPT)} units kept. {_KEEP}",
        "figure-9b",
    ),
    Figure(
        "figure-10",
        "Fig. 10",
        "How many images it takes",
        f"With {_NONE} training images dropout gained nothing; its gain grew up to about "
        f"{theirs.FIGURE_10_LARGEST_GAIN:,} and then became smaller.",
        "sizes",
        theirs.FIGURE_10_HIDDEN,
        images=f"{theirs.FIGURE_10_IMAGES[0]:,} to {theirs.FIGURE_10_IMAGES[-1]:,}",
    ),
    Figure(
        "figure-11",
        "Fig. 11",
        "One scaled pass against many sampled ones",
        f"Averaging k sampled nets is as good as the one scaled pass from about k = {theirs.FIGURE_11_EVEN} on.",
    ),
    Figure(
        "table-2",
        "Table 2",
        "The error rates",
        f"From {max(_FULL.values()):.2f} % without dropout down to {min(_FULL.values()):.2f} %: on all of MNIST, "
        "without more or other images.",
    ),
    Figure(
        "table-9",
        "Table 9",
        "Against other regularisers",
        "Max-norm did better than L2, dropout made both better, and dropout with max-norm was the best.",
        "regularisers",
        theirs.TABLE_9_HIDDEN,
    ),
    Figure(
        "table-10",
        "Table 10",
        "Gaussian noise instead of masks",
        "Multiplying units by Gaussian noise of the same variance did a little better than dropping them.",
        "variants",
        theirs.TABLE_10_HIDDEN,
    ),
    Figure(
        "section-9.1",
        "§ 9.1",
        "Linear regression: an exact case",
        "For linear regression, dropout on the inputs **is** ridge regression (least squares with a penalty on large "
        f"weights), the penalty knowing how large each input is. Nothing is approximate. {_KEEP}",
    ),
)
BY_SLUG = {figure.slug: figure for figure in FIGURES}


def scale(figure: Figure, recipes: tuple[Recipe, ...]) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """List (quantity, theirs, ours) for quantities that the paper states, and (quantity, ours) for all others."""
    shapes = list(dict.fromkeys(shape(recipe.hidden) for recipe in recipes))
    hidden = ", ".join(shapes) if len(shapes) <= 3 else f"{shapes[0]} to {shapes[-1]}"
    rows = (
        ("hidden layers", figure.hidden or shape(figure.net), hidden),
        ("training images", figure.images, span(recipe.images for recipe in recipes)),
        ("updates", figure.updates, span(updates(recipe) for recipe in recipes)),
        ("images an update", "", span(recipe.batch for recipe in recipes)),
        ("runs of each", "", span(len(recipe.seeds) for recipe in recipes)),
    )
    both = [row for row in rows if row[1]]
    return both, [(what, ours) for what, known, ours in rows if not known]


def smaller(figure: Figure, recipes: tuple[Recipe, ...]) -> str:
    """State how much smaller our nets are or how much shorter our training is; "" if the paper gives no numbers."""
    if figure.net:
        most = max(weight_count(recipe.hidden) for recipe in recipes)
        return f"Their net has {weight_count(figure.net) / most:.0f} times the weights of our largest."
    if figure.slug == "figure-4":
        return (
            f"They went on for up to {theirs.FIGURE_4_UPDATES / max(map(updates, recipes)):.0f} times as many updates."
        )
    return ""


def updates(recipe: Recipe) -> int:
    """Compute the number of optimiser steps in one run."""
    return recipe.epochs * recipe.steps_per_epoch


def keep(recipe: Recipe) -> float:
    """Return the keep probability of a hidden unit, which the paper calls p."""
    return round(1 - recipe.rate, 2)
