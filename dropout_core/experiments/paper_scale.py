"""Nets of Srivastava et al. (2014) at the paper's own scale, or as near to it as a day on two cores allows.

Table 2 and Fig. 4 have the paper's nets, all images and 100,200 updates. The rates, the momentum and the max-norm are
those of the paper's Appendix B.1. It gives no learning rates; ours was chosen on 10,000 training images that the nets
did not see (topics/papers/scale_pilot_study.py).
"""

from typing import Any, NamedTuple

from dropout_core.experiments.catalogue import KEEPS
from dropout_core.experiments.experiment import Experiment, Trial
from dropout_core.experiments.recipe import AFTER_RELU, DROPOUT, NO_DROPOUT, Recipe

NAME = "paper-scale"
SMALL, PLAIN, DROPPED, BOUNDED = "2 × 800, no dropout", "no dropout", "dropout", "dropout + max-norm"
SEEDS = tuple(range(100, 105))  # not used in the pilot
WIDE, NARROW = (1024, 1024, 1024), (800, 800)
LEARNING_RATE = 0.03  # the best of the pilot for each net with three hidden layers
MAX_NORM = 2.0
Settings = dict[str, Any]  # fields of a recipe
_COMMON: Settings = {
    "images": 60_000, "epochs": 167, "batch": 100, "optimiser": "sgd", "momentum": 0.95, "annealing": True,
    "positive_pixels": True,
}  # fmt: skip
_DROPPED: Settings = {"arms": (DROPOUT,), "rate": 0.5, "input_rate": 0.2, "noise_at": AFTER_RELU}
_NONE: Settings = {"arms": (NO_DROPOUT,), "rate": 0.0}
NETS: dict[str, Settings] = {
    SMALL: {"hidden": NARROW, **_NONE},
    DROPPED: {"hidden": WIDE, **_DROPPED},
    BOUNDED: {"hidden": WIDE, **_DROPPED, "max_norm": MAX_NORM},
    PLAIN: {"hidden": WIDE, **_NONE},
}


# Table 10 and Fig. 9, with two layers. In Fig. 9, only hidden units are dropped, and training takes a fifth as long.
TABLE_10, FIGURE_9A, FIGURE_9B = "paper-table-10", "paper-figure-9a", "paper-figure-9b"
TEN = tuple(range(100, 110))
PAIR, KEPT = (1024, 1024), 256  # hidden layers; kept units per layer in Fig. 9b
_NOISES: dict[str, Settings] = {
    "dropout": {"hidden": PAIR, **_DROPPED, "max_norm": MAX_NORM},
    "Gaussian": {"hidden": PAIR, **_DROPPED, "max_norm": MAX_NORM, "noise": "gaussian"},
}


def _kept(keep: float, width: int) -> Settings:
    return {"hidden": (width,) * 2, "arms": (DROPOUT,), "rate": min(round(1 - keep, 2), 0.95), "epochs": 33}


# The nets of each experiment by the label of their trial, and the experiments' titles and seeds.
GROUPS: dict[str, dict[str, Settings]] = {
    NAME: NETS,
    TABLE_10: _NOISES,
    FIGURE_9A: {f"keep {keep:g}": _kept(keep, PAIR[0]) for keep in KEEPS},
    FIGURE_9B: {f"keep {keep:g}": _kept(keep, round(KEPT / keep)) for keep in KEEPS},
}
TITLES = {
    NAME: "The paper's nets: 60,000 images, 100,200 updates",
    TABLE_10: "Gaussian noise, 784-1024-1024-10: 60,000 images, 100,200 updates",
    FIGURE_9A: "Keep probability, 784-1024-1024-10: 60,000 images, 19,800 updates",
    FIGURE_9B: "Keep probability, 256 kept units a layer on average: 60,000 images, 19,800 updates",
}
SEEDS_OF = {NAME: SEEDS, TABLE_10: TEN, FIGURE_9A: SEEDS, FIGURE_9B: SEEDS}


class Piece(NamedTuple):
    """A net of one of the experiments."""

    name: str  # of the experiment
    label: str  # of the trial

    def recipe(self, seeds: tuple[int, ...]) -> Recipe:
        """Return the recipe of the net with these seeds."""
        return Recipe(seeds=seeds, **{"learning_rate": LEARNING_RATE, **_COMMON, **GROUPS[self.name][self.label]})

    def file(self, seed: int) -> str:
        """Return the stem of the file for one run, such as "paper-scale-dropout-max-norm-100"."""
        words = "".join(c if c.isalnum() else " " for c in self.label).split()
        return "-".join([self.name, *words, str(seed)])


def net(label: str, seeds: tuple[int, ...] = SEEDS) -> Recipe:
    """Return the recipe of the net of Table 2 with this label."""
    return Piece(NAME, label).recipe(seeds)


EXPERIMENTS = {
    name: Experiment(
        name, TITLES[name], tuple(Trial(label, Piece(name, label).recipe(SEEDS_OF[name])) for label in nets)
    )
    for name, nets in GROUPS.items()
}
PAPER_SCALE = EXPERIMENTS[NAME]


def runs(name: str) -> list[tuple[Piece, int]]:
    """List the nets and seeds of an experiment, seed by seed, so that each round completes a comparison.

    In Table 2, the paper's own comparison, of the small net and the one with dropout, comes first.
    """
    return [(Piece(name, label), seed) for seed in SEEDS_OF[name] for label in GROUPS[name]]


def all_runs() -> list[tuple[Piece, int]]:
    """List the runs of all experiments, the most important first."""
    return [run for name in GROUPS for run in runs(name)]
