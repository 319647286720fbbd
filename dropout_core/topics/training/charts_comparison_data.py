"""The rows of the training page's large chart. They have the columns COLUMNS, and these kinds:

mean, run, band   mean over the seeds, single runs, and the mean's 95 % interval, where there is one
faint-…           the same for curves in the background
own               the reader's runs, drawn over recorded curves
under             the mean training loss in evaluation mode, below the validation loss
gap               the area between validation and training loss, or between the two nets' values
label             each arm's name at the end of its curve; side is 1 above the curve, −1 below; low and high are
                  the ends of the part of the curve beside which the name is written
article           the values that the article reports

Every point is measured on all validation images, except for the training loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from dropout_core.data.published import ARTICLE_ACCURACY, ARTICLE_EPOCH_LOSS
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import mean_interval

COLUMNS = ["kind", "arm", "epoch", "value", "seed", "low", "high", "side"]
LEAD, BACKGROUND, OWN = "lead", "background", "own"  # roles of runs in the chart
_FAINT, _RANGE = "faint-", 12  # the accuracy axis spans at most this many points, if all curves end within them
_NAME = 0.25  # width of a name as a fraction of the horizontal axis, on a phone
_MARGIN = 0.13  # space to leave below each label, as a fraction of the vertical axis
Domain = tuple[float, float]


@dataclass(frozen=True)
class Measure:
    """A quantity for the chart: a column of results.Point, and the article's values with a shift in epochs."""

    name: str
    title: str
    column: str
    percent: bool = False
    article: Mapping[str, Sequence[float]] = field(default_factory=dict)
    shift: float = 0.0


MEASURES = {
    "accuracy": Measure("Accuracy", "validation accuracy, %", "full_val_accuracy", True, ARTICLE_ACCURACY),
    "loss": Measure("Loss", "loss, nats", "full_val_loss"),
    "training": Measure(
        "Training loss", "training loss, masks on, nats", "train_loss", False, ARTICLE_EPOCH_LOSS, -0.5
    ),
}


def rows(points: pd.DataFrame, measure: str, role: str = LEAD) -> pd.DataFrame:
    """Build the rows of these runs, which have the columns of results.Point.

    Means cover the epochs that all runs of an arm reached. OWN runs have no means, since some may not have ended yet.
    """
    m = MEASURES[measure]
    shown = points.dropna(subset=[m.column]).sort_values(["arm", "seed", "epoch"])
    runs = shown[["arm", "epoch", "seed"]].assign(kind="run", value=shown[m.column])
    if role == OWN:
        return runs.assign(kind="own").reindex(columns=COLUMNS)
    means = _means(shown, m.column)
    parts = [runs, means.assign(kind="mean"), means[np.isfinite(means["low"].astype(float))].assign(kind="band")]
    if role == BACKGROUND:
        faint = _table(parts)
        return faint.assign(kind=_FAINT + faint["kind"])
    return _table([*parts, *_gaps(shown, means, measure)])


def _table(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [part.reindex(columns=COLUMNS) for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def _means(shown: pd.DataFrame, column: str) -> pd.DataFrame:
    means = mean_interval(shown, column, ("arm", "epoch"))
    seeds = shown.groupby("arm")["seed"].nunique()
    complete = means[means["n"] == means["arm"].map(seeds)]
    return complete.rename(columns={"mean": "value"})[["arm", "epoch", "value", "low", "high"]]


def _named(shown: pd.DataFrame, epochs: float) -> pd.DataFrame:
    """Add each arm's name to its most prominent curve, at the curve's end within this number of epochs."""
    found = [shown[(shown["kind"] == kind) & (shown["epoch"] <= epochs)] for kind in ("own", "mean", "faint-mean")]
    curves = next((curve for curve in found if len(curve)), found[0])
    first = curves["seed"].isna() | (curves["seed"] == curves["seed"].min())
    return _table([shown, _labels(curves[first].sort_values("epoch"), epochs)])


def _labels(curves: pd.DataFrame, epochs: float) -> pd.DataFrame:
    """Place each arm's name above or below the part of its curve beside which it is written."""
    names = pd.DataFrame([_label(curve, epochs) for _, curve in curves.groupby("arm")], columns=COLUMNS)
    upper = names["value"].rank(method="first") == len(names)
    return names.assign(value=np.where(upper, names["high"], names["low"]), side=np.where(upper, 1, -1))


def _label(curve: pd.DataFrame, epochs: float) -> dict[str, object]:
    """Describe the end of a curve. Names stand to its left or, in the left half of the chart, to its right."""
    x, y = (curve[name].to_numpy(float) for name in ("epoch", "value"))
    start = x[-1] if x[-1] < epochs / 2 else x[-1] - _NAME * epochs
    beside = [np.interp(start, x, y), *y[x >= start]]
    ends = {"epoch": x[-1], "value": y[-1], "low": min(beside), "high": max(beside)}
    return {"kind": "label", "arm": curve["arm"].iloc[0], **ends}


def _gaps(shown: pd.DataFrame, means: pd.DataFrame, measure: str) -> list[pd.DataFrame]:
    if measure == "loss":
        under = _means(shown, "eval_loss")[["arm", "epoch", "value"]]
        area = means[["arm", "epoch", "value"]].merge(under, on=["arm", "epoch"], suffixes=("", "_under"))
        gap = area.assign(kind="gap", low=area["value_under"], high=area["value"])
        return [under.assign(kind="under"), gap[["kind", "arm", "epoch", "low", "high"]]]
    by_arm = means.pivot(index="epoch", columns="arm", values="value").dropna()
    if set(by_arm.columns) != set(ARMS):
        return []
    gap = pd.DataFrame({"epoch": by_arm.index, "low": by_arm.min(axis=1), "high": by_arm.max(axis=1)})
    return [gap.assign(kind="gap", arm="")]


class View(NamedTuple):
    """How the large chart shows its curves.

    epochs   length of the horizontal axis
    near     whether the recorded runs have another recipe, and are shown only for orientation
    ended    whether all of the reader's runs have ended
    article  whether the values that the article reports are shown
    """

    epochs: int
    near: bool
    ended: bool
    article: bool


def compose(recorded: pd.DataFrame | None, own: pd.DataFrame, measure: str, view: View) -> pd.DataFrame:
    """Combine recorded runs and the reader's own.

    The reader's runs are drawn over recorded ones, or alone if there is no record of their recipe.
    """
    parts = []
    if recorded is not None:
        parts.append(rows(recorded, measure, BACKGROUND if view.near or len(own) else LEAD))
    if len(own):
        parts.append(rows(own, measure, LEAD if view.ended and (recorded is None or view.near) else OWN))
    return _table([_named(_table(parts), view.epochs), *([article_rows(measure)] if view.article else [])])


def article_rows(measure: str) -> pd.DataFrame:
    """Build a row for each value that the article reports."""
    m = MEASURES[measure]
    made = [(arm, i + 1 + m.shift, value) for arm, values in m.article.items() for i, value in enumerate(values)]
    return pd.DataFrame(made, columns=["arm", "epoch", "value"]).assign(kind="article").reindex(columns=COLUMNS)


def first_points(shown: pd.DataFrame, epochs: int) -> pd.DataFrame:
    """Keep only the first points of the curves, with labels, for a reader who has not guessed yet."""
    first = max(shown["epoch"].min(), min(1, epochs / 2))
    early = shown[(shown["epoch"] <= first) & ~shown["kind"].isin(["label", "article"])]
    return _named(early, epochs)


def domain(shown: pd.DataFrame, measure: str, epochs: int) -> Domain | None:
    """Choose the range of the vertical axis so that small differences can be seen: the steep first epoch is cut off.

    The range of accuracies is at most 12 points, so that each point is at least 25 pixels high. It is larger only if
    a curve would otherwise end below it, or the second half of a mean, or a label. The range of losses has room for
    the lower label.
    """
    curves = shown[shown["kind"].str.contains("mean|run|under")]
    late = curves[curves["epoch"] >= min(1, epochs / 4)]["value"]
    if not len(late):
        return None
    low, high = float(late.min()), float(late.max())
    if MEASURES[measure].percent:
        ends = curves.sort_values("epoch").groupby(["kind", "arm", "seed"], dropna=False)["value"].last()
        top = min(100.0, float(np.ceil(high + 0.2)))
        least = min(float(ends.min()), float(_second_halves(curves).min()))
        bottom = min(max(_below(low), top - _RANGE), _below(least))
        return min(bottom, _below(float(ends.min()) - _MARGIN * (top - bottom))), top
    reach = max(0.0, low - 0.05 * (high - low)), high + 0.05 * (high - low)
    names = shown[shown["kind"] == "label"]
    below = names[(names["side"] == -1) & ~_moves_up(names, reach)]["low"]
    return (min(reach[0], float((below - 1.15 * _room(reach)).min())), reach[1]) if len(below) else reach


def _room(reach: Domain) -> float:
    return _MARGIN * (reach[1] - reach[0])


def _moves_up(names: pd.DataFrame, reach: Domain) -> pd.Series:
    """Whether each name has no room below its curve, but has room between it and the other curve."""
    room = _room(reach)
    no_room_below = (names["side"] == -1) & (names["low"] < reach[0] + room)
    return no_room_below & (names["high"] + room < names["low"].max())


def _second_halves(curves: pd.DataFrame) -> pd.Series:
    """Return the values of the means in the second half of the epochs that each of them covers."""
    means = curves[curves["kind"].str.contains("mean")]
    return means[means["epoch"] >= means.groupby(["kind", "arm"])["epoch"].transform("max") / 2]["value"]


def _below(percentage: float) -> float:
    return max(0.0, float(np.floor(percentage - 0.2)))


def widened(reach: Domain | None, values: pd.Series, measure: str) -> Domain | None:
    """Extend the range to these values, downwards in coarse steps, so that the axis stays fixed while curves grow."""
    if reach is None or values.isna().all():
        return reach
    low, high = reach
    least, most = float(values.min()), float(values.max())
    if MEASURES[measure].percent:
        return low if least >= low else 10.0 * np.floor(least / 10), max(high, float(np.ceil(most)))
    return low if least >= low else 0.0, max(high, most)


def within(shown: pd.DataFrame, reach: Domain | None) -> pd.DataFrame:
    """Move labels into the range, and drop the article's values that lie outside it.

    The lower name moves above its curve if it has no room below but has room there.

    Vega would otherwise shrink the whole chart to make room for them.
    """
    if reach is None:
        return shown
    low, high = reach
    kept = shown[(shown["kind"] != "article") | shown["value"].between(low, high)]
    names, rest = kept[kept["kind"] == "label"], kept[kept["kind"] != "label"]
    up = _moves_up(names, reach)
    names = names.assign(side=names["side"].mask(up, 1), value=names["value"].mask(up, names["high"]))
    least = np.where(names["side"] == 1, low, low + _room(reach))
    return _table([rest, names.assign(value=names["value"].clip(least, high))])


def text_alternative(shown: pd.DataFrame, measure: str, mine: bool = True) -> str:
    """Describe the chart of these rows in a sentence, for readers who cannot see it."""
    title, parts = MEASURES[measure].title, []
    for arm in (NO_DROPOUT, DROPOUT):
        for kind, whose in (
            ("own", "your run" if mine else "stored run"),
            ("mean", "mean"),
            ("faint-mean", "recorded mean"),
        ):
            values = shown[(shown["arm"] == arm) & (shown["kind"] == kind)].sort_values("epoch")["value"]
            if len(values):
                parts.append(f"{arm}, {whose}: {values.iloc[0]:.3g} to {values.iloc[-1]:.4g}")
    return f"Curves of {title}: {'; '.join(parts)}." if parts else f"Empty axes for {title}."
