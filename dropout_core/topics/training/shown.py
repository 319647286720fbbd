"""Collects the results to show for a recipe: recorded runs, stored ones, and those of the nearest preset."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from dropout_core.engine.engine import Engine
from dropout_core.engine.job import Job
from dropout_core.experiments import final_values
from dropout_core.experiments.recipe import DATA, Recipe
from dropout_core.experiments.result_tables import frame
from dropout_core.numerics.statistics import Paired
from dropout_core.reference import records
from dropout_core.storage.store import DONE, INTERRUPTED, RUNNING, Comparison
from dropout_core.topics.training.presets import Preset, by_distance

_NO_POINTS = frame([])


@dataclass(frozen=True)
class Shown:
    """All results to show for a recipe.

    stored     the comparison in the store, finished or not; all readers share it
    recorded   recorded runs: of this recipe with other seeds or, if there are none, of the nearest preset
    near       the nearest preset, if the recorded runs are its runs and not this recipe's
    mine       whether the reader started this comparison in this session; otherwise, it is called a stored one
    """

    recipe: Recipe
    job: Job | None
    stored: Comparison | None
    recorded: Comparison | None
    near: Preset | None
    mine: bool

    @property
    def running(self) -> bool:
        return self.job is not None and not self.job.finished

    @property
    def finished(self) -> Comparison | None:
        """The stored comparison, if all of its runs have ended."""
        return self.stored if self.stored is not None and self.stored.status == DONE else None

    @property
    def same(self) -> Comparison | None:
        """The recorded runs of this recipe, or None if there are none."""
        return self.recorded if self.near is None else None

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points of this comparison's runs so far, without runs that are also recorded."""
        if self.job is not None and self.finished is None:
            own = self.job.points()
        else:
            own = _NO_POINTS if self.stored is None else self.stored.points
        return own if self.same is None or own.empty else own[~own["seed"].isin(self.same.recipe.seeds)]

    @cached_property
    def differences(self) -> dict[str, Paired] | None:
        """The paired differences on which a verdict is based, if any runs of this recipe are complete."""
        judged = self.same or self.finished
        return None if judged is None else final_values.differences(judged.points, best=self._best)

    @cached_property
    def own_differences(self) -> dict[str, Paired] | None:
        """Paired differences from the finished runs in the store, or None unless the verdict rests on recorded runs."""
        if self.same is None or self.finished is None or self.points.empty:
            return None
        return final_values.differences(self.points, best=self._best)

    @property
    def _best(self) -> bool:
        return self.recipe.patience > 0


def look_up(recipe: Recipe, engine: Engine, mine: bool) -> Shown:
    """Collect the results to show for this recipe; `mine` as in Shown. Raises StoreError."""
    recorded, near = records.like(recipe), None
    if recorded is None:
        near, recorded = _nearest_recorded(recipe)
    job, stored = engine.find(recipe.key), engine.store.get(recipe.key)
    if stored is not None and stored.status in (RUNNING, INTERRUPTED) and (job is None or job.finished):
        job = engine.follow(recipe) or job  # another server trains it, or trained it when it died
    return Shown(recipe, job, stored, recorded, near, mine)


def _nearest_recorded(recipe: Recipe) -> tuple[Preset | None, Comparison | None]:
    """Find the nearest preset whose record can be read, on the same data if possible."""
    for data in (recipe.data, *DATA):
        for preset in by_distance(recipe):
            if (recorded := records.like(preset.recipe(data))) is not None:
                return preset, recorded
    return None, None
