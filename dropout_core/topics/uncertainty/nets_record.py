"""Load the stored measurements of several nets of each kind, for the package's recipe and by training-set size.

For each training set, ten nets without dropout and five or ten dropout nets were trained. Nets of one seed share their
initial weights. Entropies are means over the validation images, in nats.
"""

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT, Recipe
from dropout_core.numerics.statistics import FEWEST
from dropout_core.reference import FILES

PACKAGED_FILE, SIZES_FILE = FILES / "uncertainty_calibration.json", FILES / "uncertainty_sizes.json"
BINS = 10
WAYS = PLAIN, SCALED, AVERAGE = "no dropout", "dropout, masks off", "dropout, mean of 100 passes"
SEEDS = tuple(range(100, 110))  # not used in any pilot run
SIZES = (500, 2_000, 5_000, 20_000, 60_000)  # training images
UPDATES = 4_690  # of the article's recipe: five epochs on 60,000 images, in batches of 64
PACKAGED = Recipe(images=4_000, epochs=40, seeds=SEEDS)  # the recipe of the package's nets, which this page uses


def of_size(images: int) -> tuple[Recipe, Recipe]:
    """Return the article's recipe for this many training images, for five dropout nets and ten nets without dropout.

    Training takes about UPDATES updates, in whole epochs.
    """
    recipe = Recipe(images=images, epochs=round(UPDATES / math.ceil(images / 64)), seeds=SEEDS)
    return replace(recipe, arms=(DROPOUT,), seeds=SEEDS[:FEWEST]), replace(recipe, arms=(NO_DROPOUT,))


class Bin(NamedTuple):
    """The images whose confidence lies in one of BINS bins: mean confidence, number of right answers, and of images."""

    number: int
    confidence: float
    right: int
    images: int


@dataclass(frozen=True)
class Calibration:
    """The calibration of one prediction method of one net.

    error       expected calibration error: mean distance between confidence and accuracy, over the bins
    accuracy    share of right answers; confidence: mean probability of the answers
    loss        mean cross-entropy in nats
    bins        bins that contain images
    """

    error: float
    accuracy: float
    confidence: float
    loss: float
    bins: tuple[Bin, ...]

    @property
    def gap(self) -> float:
        """Mean confidence minus accuracy: positive if overconfident, negative if underconfident."""
        return self.confidence - self.accuracy


class Entropies(NamedTuple):
    """The entropy of a mean answer, and the mean entropy of the answers that were averaged."""

    total: float
    within: float

    @property
    def disagreement(self) -> float:
        """The mutual information, which measures how much the averaged answers disagree."""
        return self.total - self.within


@dataclass(frozen=True)
class Net:
    """The two nets of one seed.

    calibration  the calibration of PLAIN, SCALED and AVERAGE
    passes       entropies of 100 passes of the dropout net
    """

    seed: int
    calibration: dict[str, Calibration]
    passes: Entropies


@dataclass(frozen=True)
class TrainingSet:
    """All nets trained on the same images.

    recipe    the recipe of the dropout nets
    nets      one for each dropout net
    ensemble  entropies of the answers of all ten nets without dropout
    without   the same without one of the ten nets, for each of them
    """

    recipe: Recipe
    provenance: dict[str, str]
    nets: tuple[Net, ...]
    ensemble: Entropies
    without: tuple[Entropies, ...]


@cache
def load_packaged() -> TrainingSet:
    """Load the nets of the package's recipe; nets_study.py makes the file."""
    return _load(PACKAGED_FILE)[0]


@cache
def load_sizes() -> tuple[TrainingSet, ...]:
    """Load the nets of each training-set size; sizes_study.py makes the file."""
    return _load(SIZES_FILE)


def _load(file: Path) -> tuple[TrainingSet, ...]:
    return tuple(_training_set(stored) for stored in json.loads(file.read_text("utf-8"))["training_sets"])


def _training_set(stored: dict) -> TrainingSet:
    nets = tuple(
        Net(net["seed"], {way: _calibration(c) for way, c in net["calibration"].items()}, Entropies(*net["passes"]))
        for net in stored["nets"]
    )
    without = tuple(Entropies(*e) for e in stored["without"])
    recipe = Recipe.from_dict(stored["recipe"])
    return TrainingSet(recipe, stored["provenance"], nets, Entropies(*stored["ensemble"]), without)


def _calibration(stored: dict) -> Calibration:
    return Calibration(**{**stored, "bins": tuple(Bin(*b) for b in stored["bins"])})
