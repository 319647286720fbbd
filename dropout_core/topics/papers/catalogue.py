"""The figures of Srivastava et al. (2014) that the app reproduces, with their scale and the names of our records.

The paper's p is P(KEEP), called keep here. A rate is P(drop), as everywhere else. For our results, see findings.py.
"""

from dataclasses import dataclass

from dropout_core.common.text import span
from dropout_core.data import published as theirs
from dropout_core.experiments.layers import weight_count
from dropout_core.experiments.paper_scale import FIGURE_9A, FIGURE_9B, TABLE_10
from dropout_core.experiments.paper_scale import NAME as PAPER_SCALE
from dropout_core.experiments.recipe import Recipe
from dropout_core.reference import paper_scale


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


def _larger(name: str, small: str) -> str:
    """Return the name of the record nearer to the paper's scale if all its runs are finished, or of the small one."""
    return name if paper_scale.complete(name) else small


def shape(hidden: tuple[int, ...]) -> str:
    """Format the sizes of hidden layers as in the paper: "1024-1024-2048"."""
    return "-".join(map(str, hidden))


_MIXED_UP = 0.2  # rate of an example
_KEEP = (
    "p in the paper is the probability of **keeping** a unit; in PyTorch, it is that of dropping it. Mix them up at "
    f"{_MIXED_UP:g}, and {100 * _MIXED_UP:.0f} % of the units are kept instead of {100 - 100 * _MIXED_UP:.0f} %."
)
_FLAT = f"{theirs.FIGURE_9A_FLAT[0]:g} to {theirs.FIGURE_9A_FLAT[1]:g}"
_NONE = " and ".join(map(str, theirs.FIGURE_10_NO_GAIN))
_LAYERS = "{} to {} layers of {:,} to {:,}".format(*theirs.FIGURE_4_LAYERS, *theirs.FIGURE_4_UNITS)
_FULL = dict(theirs.TABLE_2)
_UPDATES = f"up to {theirs.FIGURE_4_UPDATES:,}"
_APART = (
    "For every architecture, the final error is clearly lower with dropout than without, so the curves form two groups."
)
_TABLE_2 = Figure(
    "table-2",
    "Table 2",
    "The error rates",
    f"On MNIST, without additional training images, the error falls from {max(_FULL.values()):.2f} % without "
    f"dropout to {min(_FULL.values()):.2f} % with dropout.",
    PAPER_SCALE,
    updates=_UPDATES,
)
_FIGURE_4 = Figure(
    "figure-4",
    "Fig. 4",
    "Error during training",
    _APART,
    PAPER_SCALE,
    hidden=_LAYERS,
    updates=_UPDATES,
)
_OTHERS = (
    Figure(
        "figure-4-small",
        "Fig. 4, smaller nets",
        "Short training",
        _APART,
        "figure-4",
        hidden=_LAYERS,
        updates=_UPDATES,
    ),
    Figure(
        "figure-8",
        "Fig. 8",
        "How active hidden units are",
        "An autoencoder is a net that must reconstruct its input. The mean activation of its hidden units is about "
        f"{theirs.FIGURE_8_MEANS['no dropout']:.1f} without dropout and about {theirs.FIGURE_8_MEANS['dropout']:.1f} "
        "with dropout; both histograms of activations peak at zero.",
        hidden=str(theirs.FIGURE_8_UNITS),
    ),
    Figure(
        "figure-9a",
        "Fig. 9a",
        "Keep probability, width fixed",
        f"The error is nearly constant for keep probabilities of {_FLAT}, and rises below this range and near 1. "
        f"{_KEEP}",
        _larger(FIGURE_9A, "figure-9a"),
        theirs.FIGURE_9A_HIDDEN,
    ),
    Figure(
        "figure-9b",
        "Fig. 9b",
        "Keep probability, kept units fixed",
        "Nets with a lower keep probability are wider, so that the mean number of kept units stays the same. The "
        f"best keep probability was near {theirs.FIGURE_9B_BEST:g}, with {shape(theirs.FIGURE_9B_KEPT)} units kept. "
        f"{_KEEP}",
        _larger(FIGURE_9B, "figure-9b"),
    ),
    Figure(
        "figure-10",
        "Fig. 10",
        "How many images dropout needs",
        f"With {_NONE} training images, dropout brought no gain. The gain increased up to about "
        f"{theirs.FIGURE_10_LARGEST_GAIN:,} images, and then decreased.",
        "sizes",
        theirs.FIGURE_10_HIDDEN,
        images=f"{theirs.FIGURE_10_IMAGES[0]:,} to {theirs.FIGURE_10_IMAGES[-1]:,}",
    ),
    Figure(
        "figure-11",
        "Fig. 11",
        "One scaled pass, many sampled nets",
        f"From about k = {theirs.FIGURE_11_EVEN}, averaging k sampled nets is as good as the single scaled pass.",
    ),
    Figure(
        "table-9",
        "Table 9",
        "Dropout and other regularisers",
        "Max-norm did better than L2, dropout improved both, and dropout with max-norm was best.",
        "regularisers",
        theirs.TABLE_9_HIDDEN,
    ),
    Figure(
        "table-10",
        "Table 10",
        "Gaussian noise instead of masks",
        "Multiplying units by Gaussian noise of the same variance did slightly better than dropping units.",
        _larger(TABLE_10, "variants"),
        theirs.TABLE_10_HIDDEN,
    ),
    Figure(
        "section-9.1",
        "§ 9.1",
        "Linear regression: an exact case",
        "In linear regression, dropout on the inputs **is** ridge regression (least squares with a penalty on large "
        f"weights), with each weight’s penalty scaled by the magnitude of its input. The equality is exact. {_KEEP}",
    ),
)


def figures(finished: bool) -> tuple[Figure, ...]:
    """List the figures in order. Those at the paper's scale come first if any of their runs is finished."""
    return (_TABLE_2, _FIGURE_4, *_OTHERS) if finished else (*_OTHERS, _TABLE_2)


FIGURES = figures(bool(paper_scale.finished()))
BY_SLUG = {figure.slug: figure for figure in FIGURES}


def scale(figure: Figure, recipes: tuple[Recipe, ...]) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """List (quantity, paper, ours) if the paper states the quantity, and (quantity, ours) otherwise."""
    shapes = list(dict.fromkeys(shape(recipe.hidden) for recipe in recipes))
    hidden = ", ".join(shapes) if len(shapes) <= 3 else f"{shapes[0]} to {shapes[-1]}"
    rows = (
        ("hidden layers", figure.hidden or shape(figure.net), hidden),
        ("training images", figure.images, span(recipe.images for recipe in recipes)),
        ("updates", figure.updates, span(updates(recipe) for recipe in recipes)),
        ("batch size", "", span(recipe.batch for recipe in recipes)),
        ("seeds per setting", "", span(len(recipe.seeds) for recipe in recipes)),
    )
    both = [row for row in rows if row[1]]
    return both, [(what, ours) for what, known, ours in rows if not known]


def smaller(figure: Figure, recipes: tuple[Recipe, ...]) -> str:
    """State the scale of our nets or training relative to the paper's, or "" if the paper gives no numbers."""
    if figure.net:
        most = max(weight_count(recipe.hidden) for recipe in recipes)
        return f"The paper’s net has {weight_count(figure.net) / most:.0f} times as many weights as our largest net."
    if figure.updates:
        return (
            f"In the paper, training took up to {theirs.FIGURE_4_UPDATES / max(map(updates, recipes)):.0f} times as "
            "many updates as in our runs."
        )
    return ""


def updates(recipe: Recipe) -> int:
    """Compute the number of optimiser steps in one run."""
    return recipe.epochs * recipe.steps_per_epoch


def keep(recipe: Recipe) -> float:
    """Return the keep probability of a hidden unit, which the paper calls p."""
    return round(1 - recipe.rate, 2)
