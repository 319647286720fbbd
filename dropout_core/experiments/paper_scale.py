"""The nets of Srivastava et al. (2014), Table 2 and Fig. 4, at the paper's own scale: all images, 100,200 updates.

The rates, the momentum and the max-norm are those of the paper's Appendix B.1. It gives no learning rates; ours was
chosen on 10,000 training images that the nets did not see (topics/papers/scale_pilot_study.py).
"""

from typing import Any

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


def net(label: str, seeds: tuple[int, ...] = SEEDS) -> Recipe:
    """Return the recipe of the net with this label."""
    return Recipe(seeds=seeds, learning_rate=LEARNING_RATE, **_COMMON | NETS[label])


PAPER_SCALE = Experiment(
    NAME, "The paper's own scale: 60,000 images, 100,200 updates", tuple(Trial(label, net(label)) for label in NETS)
)


def pieces() -> list[Trial]:
    """List the single runs, seed by seed, so that each round of four completes a comparison.

    The paper's own comparison, of the small net and the one with dropout, comes first.
    """
    return [Trial(label, net(label, (seed,))) for seed in SEEDS for label in NETS]


def file_name(label: str, seed: int) -> str:
    """Return the stem of the file for one run, such as "paper-scale-dropout-max-norm-100"."""
    words = "".join(c if c.isalnum() else " " for c in label).split()
    return "-".join([NAME, *words, str(seed)])
