"""Define an experiment: a list of trials, each a recipe with a label."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dropout_core.experiments.recipe import DATA, Recipe


class Trial(NamedTuple):
    """One recipe of an experiment, with its label for charts and tables."""

    label: str
    recipe: Recipe


@dataclass(frozen=True)
class Experiment:
    """A group of related trials. `name` is the stem of its file names; `title` states the varied setting and the data.

    margin  differences up to this size count as no difference, keyed by measure: "accuracy" (points) and "loss" (nats).
            Most were chosen from pilot runs, before the experiment's seeds were trained
    """

    name: str
    title: str
    trials: tuple[Trial, ...]
    margin: Mapping[str, float] = field(default_factory=dict, hash=False)

    def cells(self) -> tuple[Trial, ...]:
        """Return the trials as grid cells for grid_runner.run to train."""
        return self.trials

    @property
    def work(self) -> int:
        """The total work of all trials (see Recipe.work), which a host may limit."""
        return sum(trial.recipe.work for trial in self.trials)

    @property
    def key(self) -> str:
        """A key of sixteen hexadecimal digits that changes whenever any of the recipes changes."""
        return hashlib.sha256("".join(trial.recipe.key for trial in self.trials).encode()).hexdigest()[:16]

    def smaller(self, data: str, images: int = 1_000, epochs: int = 10, seeds: int = 2) -> "Experiment":
        """Scale the experiment down to the available images and to a run time short enough for interactive use.

        If the trials differ in their number of images, those with too many images are left out, since their labels
        would be wrong.
        """
        most = min(images, DATA[data])
        varied = len({trial.recipe.images for trial in self.trials}) > 1

        def cut(r: Recipe) -> Recipe:
            n = min(r.images, most)
            return replace(r, data=data, images=n, epochs=min(r.epochs, epochs), seeds=r.seeds[:seeds])

        kept = (trial for trial in self.trials if not varied or trial.recipe.images <= most)
        trials = (Trial(trial.label, cut(trial.recipe)) for trial in kept)
        return Experiment(self.name, self.title, tuple({trial.recipe.key: trial for trial in trials}.values()))


def trials(pairs: Iterable[tuple[str, Recipe]]) -> tuple[Trial, ...]:
    """Build trials from pairs of a label and a recipe."""
    return tuple(Trial(label, recipe) for label, recipe in pairs)


def fresh_seeds(n: int) -> tuple[int, ...]:
    """Return n seeds not used in any pilot run. The margins and seed counts were chosen from pilot runs."""
    return tuple(range(100, 100 + n))
