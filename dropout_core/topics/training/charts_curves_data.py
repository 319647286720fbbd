"""Converts the points of runs to chart rows for the training curves.

The table has the columns COLUMNS. The kinds of rows are:

curve    the mean over seeds, or the run itself if there is only one seed; evaluated on samples of the images
run      the individual runs, if there are several seeds; long runs are thinned
band     the 95 % interval of the mean, if there are enough seeds (see statistics.FEWEST)
exact    the mean on all validation images, with low and high if there are enough seeds
article  the values printed in the article
label    each arm's name at the end of its curve; lift is 1 above the point, -1 below
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import pandas as pd

from dropout_core.data.published import ARTICLE_ACCURACY, ARTICLE_EPOCH_LOSS
from dropout_core.numerics.statistics import mean_intervals

COLUMNS = ["arm", "epoch", "value", "kind", "seed", "low", "high", "lift"]
_MAX_POINTS = 100  # approximate number per run; more would slow down a small chart without being visible


# The columns of a group of rows. A single string or number applies to every row.
Part = Mapping[str, np.ndarray | pd.Series | list | tuple | str]
Means = dict[str, np.ndarray]  # arm, epoch, value, low, high
_NO_MEANS: Means = {name: np.empty(0) for name in ("arm", "epoch", "value", "low", "high")}


@dataclass(frozen=True)
class Measure:
    """Describes a chart: which columns of results.Point hold the sampled and exact values, and the article's values."""

    title: str
    column: str
    exact: str | None = None
    article: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    article_shift: float = 0.0
    percent: bool = False


MEASURES = {
    "train": Measure("Training loss, masks on", "train_loss", None, ARTICLE_EPOCH_LOSS, -0.5),
    "eval": Measure("Training loss, evaluation mode", "eval_loss"),
    "val": Measure("Validation loss", "val_loss", "full_val_loss"),
    "accuracy": Measure("Validation accuracy, %", "val_accuracy", "full_val_accuracy", ARTICLE_ACCURACY, percent=True),
}


def rows(points: pd.DataFrame, article: bool = False, ended: bool = False) -> dict[str, pd.DataFrame]:
    """Build the rows of each measure from these points, which have the columns of results.Point.

    Means of at least FEWEST runs have a 95 % interval. While runs are under way, only the runs that have got furthest
    are averaged. Once all have ended, perhaps at different steps because of early stopping, the mean covers the steps
    that all runs reached.

    ended   whether all runs have ended, so that no more points will arrive

    All measures are computed together from arrays for speed: a page that follows a run needs them twice a second,
    and each pandas operation takes some tenths of a millisecond.
    """
    columns = [name for m in MEASURES.values() for name in (m.column, m.exact) if name]
    furthest = points.groupby(["arm", "seed"])["step"].transform("max")  # for each point, the last step of its run
    averaged = (_shared_steps if ended else _furthest_runs)(points, furthest)
    means = mean_intervals(averaged, columns, ("arm", "epoch"))
    single = _thinned(points, furthest) if points["seed"].nunique() > 1 else None
    return {name: _rows(m, means, single, article) for name, m in MEASURES.items()}


def _rows(m: Measure, means: dict[str, pd.DataFrame], single: pd.DataFrame | None, article: bool) -> pd.DataFrame:
    curve = _columns(means[m.column])
    exact = _columns(means[m.exact]) if m.exact else _NO_MEANS
    parts: list[Part] = [{**curve, "kind": "curve"}]
    if single is not None:
        runs = {"arm": single["arm"], "epoch": single["epoch"], "value": single[m.column], "seed": single["seed"]}
        parts.append({**runs, "kind": "run"})
        banded = np.isfinite(curve["low"])
        parts.append({**{name: values[banded] for name, values in curve.items()}, "kind": "band"})
    parts += [{**exact, "kind": "exact"}, _labels(curve, exact)]
    if article and m.article:
        parts.append(_article(m))
    return _table(parts)


def _table(parts: list[Part]) -> pd.DataFrame:
    """Concatenate the parts, filling the columns that a part lacks with NaN."""
    parts = [part for part in parts if len(part["arm"])]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    whole = {}
    for name in COLUMNS:
        columns = [np.broadcast_to(part.get(name, np.nan), len(part["arm"])) for part in parts]
        whole[name] = np.concatenate(columns)
    return pd.DataFrame(whole)


def _furthest_runs(points: pd.DataFrame, furthest: pd.Series) -> pd.DataFrame:
    """Select each arm's longest runs so far, since a mean that includes a shorter run jumps where that run ends."""
    return points[furthest == points.groupby("arm")["step"].transform("max")]


def _shared_steps(points: pd.DataFrame, furthest: pd.Series) -> pd.DataFrame:
    """Select, for each arm, the steps that all of its runs reached."""
    return points[points["step"] <= furthest.groupby(points["arm"]).transform("min")]


def _thinned(points: pd.DataFrame, furthest: pd.Series) -> pd.DataFrame:
    """Select every n-th point of each run, and the run's last point."""
    runs = points.groupby(["arm", "seed"])["step"]
    every = -(-int(runs.size().max()) // _MAX_POINTS)
    return points[(runs.cumcount() % every == 0) | (points["step"] == furthest)]


def _columns(means: pd.DataFrame) -> Means:
    """Convert the table from mean_intervals to arrays: arm, epoch, value (the mean), low, high."""
    columns = {name: means[name].to_numpy() for name in ("arm", "epoch", "mean", "low", "high")}
    columns["value"] = columns.pop("mean")
    return columns


def _labels(curve: Means, exact: Means) -> Part:
    """Place each arm's name at its last point, moving the upper name up and the lower name down to keep them apart."""
    ends = _last(curve)
    # If the curve ends at an exact value, the name goes there.
    ends |= {arm: end for arm, end in _last(exact).items() if end[0] >= ends[arm][0]}
    upper = max(reversed(ends), key=lambda arm: ends[arm][1], default=None)
    epochs, values = [epoch for epoch, _ in ends.values()], [value for _, value in ends.values()]
    lift = [1 if arm == upper else -1 for arm in ends]
    return {"arm": list(ends), "epoch": epochs, "value": values, "kind": "label", "lift": lift}


def _last(part: Means) -> dict[str, tuple[float, float]]:
    """Return each arm's last epoch and value, given rows sorted by arm and epoch."""
    return dict(zip(part["arm"], zip(part["epoch"], part["value"], strict=True), strict=True))


def _article(m: Measure) -> Part:
    """Build the rows of the article's values, each at its epoch."""
    arms = [arm for arm, values in m.article.items() for _ in values]
    epochs = [i + 1 + m.article_shift for values in m.article.values() for i in range(len(values))]
    return {"arm": arms, "epoch": epochs, "value": [*chain(*m.article.values())], "kind": "article"}
