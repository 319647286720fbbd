"""The rows of the training curves: points of runs in, long table out. Columns and kinds:

arm, epoch, value, kind, seed, low, high, lift
curve    the mean over seeds (one seed: the run itself), on the samples
run      the single runs, where there are several; long ones thinned out
band     95 % interval of the mean, where there are several seeds
exact    the mean on all validation images; with low and high
article  what the article printed
label    each arm's name at the end of its curve; lift 1 above, -1 below
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..published import ARTICLE_ACCURACY, ARTICLE_EPOCH_LOSS
from ..stats import mean_interval

COLUMNS = ["arm", "epoch", "value", "kind", "seed", "low", "high", "lift"]
_DRAWN = 100  # points of a single run, about: more are no finer on a small chart, and weigh on the reader's browser


@dataclass(frozen=True)
class Measure:
    """One chart: the columns of history.Point it shows, sampled and exact, and what the article printed of it."""

    title: str
    column: str
    exact: str | None = None
    article: dict[str, tuple[float, ...]] | None = None
    article_shift: float = 0.0
    percent: bool = False


MEASURES = {
    "train": Measure("Training loss, masks on", "train_loss", None, ARTICLE_EPOCH_LOSS, -0.5),
    "eval": Measure("Training loss, evaluation mode", "eval_loss"),
    "val": Measure("Validation loss", "val_loss", "full_val_loss"),
    "accuracy": Measure("Validation accuracy, %", "val_accuracy", "full_val_accuracy", ARTICLE_ACCURACY, percent=True),
}


def rows(
    points: pd.DataFrame, measure: str, validation_images: int, article: bool = False, ended: bool = False
) -> pd.DataFrame:
    """The chart's rows for these points (columns of history.Point). ended: nothing will be added to any run.

    With one seed, exact accuracies carry one binomial standard error for this number of validation images; with
    several, every mean carries its 95 % t interval over the seeds. A mean is of finished runs once there are any; where
    runs have ended at different steps, having stopped early, it goes as far as all of them.
    """
    m = MEASURES[measure]
    steady = _common(points) if ended else _steady(points)
    parts = [_mean(steady, m.column).assign(kind="curve")]
    if points["seed"].nunique() > 1:
        parts.append(_column(_thinned(points), m.column).assign(kind="run"))
        parts.append(parts[0].dropna(subset="low").assign(kind="band"))
    if m.exact:
        parts.append(_exact(steady.dropna(subset=m.exact), m, validation_images).assign(kind="exact"))
    parts.append(_labels(parts[0], parts[-1] if m.exact else parts[0]))
    if article and m.article:
        parts.append(_article(m))
    parts = [part.reindex(columns=COLUMNS) for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def _steady(points: pd.DataFrame) -> pd.DataFrame:
    """Of each arm the runs that have come furthest: a mean with half a run in it would jump where that run ends."""
    return points[_furthest(points) == points.groupby("arm")["step"].transform("max")]


def _common(points: pd.DataFrame) -> pd.DataFrame:
    """Of each arm the steps that all its runs have come to."""
    return points[points["step"] <= _furthest(points).groupby(points["arm"]).transform("min")]


def _thinned(points: pd.DataFrame) -> pd.DataFrame:
    """Every second, third … point of each run, and its last."""
    runs = points.groupby(["arm", "seed"])["step"]
    every = -(-int(runs.size().max()) // _DRAWN)
    return points[(runs.cumcount() % every == 0) | (points["step"] == _furthest(points))]


def _furthest(points: pd.DataFrame) -> pd.Series:
    """For each point, the last step that its run has come to."""
    return points.groupby(["arm", "seed"])["step"].transform("max")


def _column(points: pd.DataFrame, column: str) -> pd.DataFrame:
    return points[["arm", "seed", "epoch"]].assign(value=points[column])


def _mean(points: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean over seeds at each step, and its 95 % t interval where there are at least two."""
    found = mean_interval(points, column, ("arm", "epoch"))
    return found.rename(columns={"mean": "value"}).drop(columns="n")


def _exact(points: pd.DataFrame, m: Measure, validation_images: int) -> pd.DataFrame:
    found = _mean(points, m.exact)
    if not m.percent or points["seed"].nunique() > 1:
        return found
    error = 100 * np.sqrt(found["value"] / 100 * (1 - found["value"] / 100) / validation_images)
    return found.assign(low=found["value"] - error, high=found["value"] + error)


def _labels(curve: pd.DataFrame, exact: pd.DataFrame) -> pd.DataFrame:
    """Each arm's name at its last point, lifted off the other's: the upper one up, the lower one down."""
    both = pd.concat([curve, exact]).sort_values("epoch", kind="stable")  # the exact value, where there is one
    last = both.groupby("arm").tail(1).reset_index(drop=True)
    lift = np.where(last["value"].rank(method="first") == len(last), 1, -1)
    return last[["arm", "epoch", "value"]].assign(kind="label", lift=lift)


def _article(m: Measure) -> pd.DataFrame:
    found = [
        {"arm": arm, "epoch": i + 1 + m.article_shift, "value": value, "kind": "article"}
        for arm, values in m.article.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(found)
