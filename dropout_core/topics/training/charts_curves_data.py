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

from dropout_core.data.published import ARTICLE_ACCURACY, ARTICLE_EPOCH_LOSS
from dropout_core.numerics.statistics import mean_intervals

COLUMNS = ["arm", "epoch", "value", "kind", "seed", "low", "high", "lift"]
_DRAWN = 100  # points of a single run, about: more are no finer on a small chart, and weigh on the reader's browser


# Columns of some rows; a string stands for all of them.
Part = dict[str, np.ndarray | pd.Series | list | tuple | str]
_NOTHING: Part = {name: np.empty(0) for name in ("arm", "epoch", "value", "low", "high")}


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
    points: pd.DataFrame, validation_images: int, article: bool = False, ended: bool = False
) -> dict[str, pd.DataFrame]:
    """Each measure's rows for these points (columns of history.Point). ended: nothing will be added to any run.

    With one seed, exact accuracies carry one binomial standard error for this number of validation images; with
    several, every mean carries its 95 % t interval over the seeds. A mean is of finished runs once there are any; where
    runs have ended at different steps, having stopped early, it goes as far as all of them.

    All measures at once, and their tables put together from arrays: a follower wants them anew twice a second, and
    each thing that is asked of pandas costs some tenths of a millisecond.
    """
    columns = [name for m in MEASURES.values() for name in (m.column, m.exact) if name]
    furthest = points.groupby(["arm", "seed"])["step"].transform("max")  # for each point, of its run
    compared = (_common if ended else _steady)(points, furthest)
    means = mean_intervals(compared, columns, ("arm", "epoch"))
    single = _thinned(points, furthest) if points["seed"].nunique() > 1 else None
    return {name: _rows(m, means, single, validation_images, article) for name, m in MEASURES.items()}


def _rows(
    m: Measure, means: dict[str, pd.DataFrame], single: pd.DataFrame | None, images: int, article: bool
) -> pd.DataFrame:
    curve = _mean(means[m.column])
    exact = _mean(means[m.exact]) if m.exact else _NOTHING
    if m.percent and single is None:
        exact = exact | _binomial(exact["value"], images)
    parts = [curve | {"kind": "curve"}]
    if single is not None:
        runs = {"arm": single["arm"], "epoch": single["epoch"], "value": single[m.column], "seed": single["seed"]}
        parts.append(runs | {"kind": "run"})
        banded = np.isfinite(curve["low"])
        parts.append({name: values[banded] for name, values in curve.items()} | {"kind": "band"})
    parts += [exact | {"kind": "exact"}, _labels(curve, exact)]
    if article and m.article:
        parts.append(_article(m))
    return _table(parts)


def _table(parts: list[Part]) -> pd.DataFrame:
    """Rows of all parts, one below the other; what a part does not have is missing."""
    parts = [part for part in parts if len(part["arm"])]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    whole = {}
    for name in COLUMNS:
        columns = [np.broadcast_to(part.get(name, np.nan), len(part["arm"])) for part in parts]
        whole[name] = np.concatenate(columns)
    return pd.DataFrame(whole)


def _steady(points: pd.DataFrame, furthest: pd.Series) -> pd.DataFrame:
    """Of each arm the runs that have come furthest: a mean with half a run in it would jump where that run ends."""
    return points[furthest == points.groupby("arm")["step"].transform("max")]


def _common(points: pd.DataFrame, furthest: pd.Series) -> pd.DataFrame:
    """Of each arm the steps that all its runs have come to."""
    return points[points["step"] <= furthest.groupby(points["arm"]).transform("min")]


def _thinned(points: pd.DataFrame, furthest: pd.Series) -> pd.DataFrame:
    """Every second, third … point of each run, and its last."""
    runs = points.groupby(["arm", "seed"])["step"]
    every = -(-int(runs.size().max()) // _DRAWN)
    return points[(runs.cumcount() % every == 0) | (points["step"] == furthest)]


def _mean(found: pd.DataFrame) -> Part:
    """Mean over seeds at each epoch, and its 95 % t interval where there are at least two."""
    columns = {name: found[name].to_numpy() for name in ("arm", "epoch", "mean", "low", "high")}
    columns["value"] = columns.pop("mean")
    return columns


def _binomial(accuracies: np.ndarray, images: int) -> Part:
    """One standard error of these accuracies (%) either way, for so many images."""
    error = 100 * np.sqrt(accuracies / 100 * (1 - accuracies / 100) / images)
    return {"low": accuracies - error, "high": accuracies + error}


def _labels(curve: Part, exact: Part) -> Part:
    """Each arm's name at its last point, lifted off the other's: the upper one up, the lower one down."""
    ends = _last(curve)
    # The exact value, where there is one.
    ends |= {arm: end for arm, end in _last(exact).items() if end[0] >= ends[arm][0]}
    upper = max(reversed(ends), key=lambda arm: ends[arm][1], default=None)
    epochs, values = [epoch for epoch, _ in ends.values()], [value for _, value in ends.values()]
    lift = [1 if arm == upper else -1 for arm in ends]
    return {"arm": list(ends), "epoch": epochs, "value": values, "kind": "label", "lift": lift}


def _last(part: Part) -> dict[str, tuple[float, float]]:
    """Each arm's last epoch and value; a part is in the order of arms and epochs."""
    return dict(zip(part["arm"], zip(part["epoch"], part["value"], strict=True), strict=True))


def _article(m: Measure) -> Part:
    """What the article printed, at the epochs it stands for."""
    arms = [arm for arm, values in m.article.items() for _ in values]
    epochs = [i + 1 + m.article_shift for values in m.article.values() for i in range(len(values))]
    return {"arm": arms, "epoch": epochs, "value": sum(m.article.values(), ()), "kind": "article"}
