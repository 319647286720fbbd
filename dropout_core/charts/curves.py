"""Training curves, one small chart a measure: points of runs in, a Vega-Lite specification and its rows out.

The specification depends on the measure and the number of epochs alone, so that a live chart keeps it and only
its rows grow. Rows: arm, epoch, value, kind ("curve", "exact", "article" or "label"), low, high, lift.
"""

from dataclasses import dataclass
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from ..published import ARTICLE_ACCURACY, ARTICLE_EPOCH_LOSS
from ..recipe import ARMS
from .theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES

HEIGHT = 230


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


def rows(points: pd.DataFrame, measure: str, validation_images: int, article: bool = False) -> pd.DataFrame:
    """The chart's rows for these points (columns of history.Point).

    Exact accuracies carry low and high, one binomial standard error for this number of validation images either way.
    """
    m = MEASURES[measure]
    parts = [_part(points, m.column, "curve"), _labels(points, m.exact or m.column, m.column)]
    if m.exact:
        exact = _part(points.dropna(subset=m.exact), m.exact, "exact")
        error = 100 * np.sqrt(exact["value"] / 100 * (1 - exact["value"] / 100) / validation_images)
        parts.append(exact.assign(low=exact["value"] - error, high=exact["value"] + error) if m.percent else exact)
    if article and m.article:
        parts.append(_article(m))
    parts = [part for part in parts if len(part)]
    columns = ["arm", "epoch", "value", "kind", "low", "high", "lift"]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns) if parts else pd.DataFrame(columns=columns)


@lru_cache(maxsize=128)
def spec(measure: str, epochs: int) -> dict:
    """The measure's Vega-Lite specification for a run of so many epochs, without data."""
    m = MEASURES[measure]
    x = alt.X("epoch:Q", title="epoch", scale=alt.Scale(domain=[0, epochs], nice=False), axis=_epoch_axis(epochs))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False, nice=True, padding=6), axis=alt.Axis(tickCount=5))
    colour = alt.Color("arm:N", scale=_scale(ARM_COLOURS), legend=None)
    dash = alt.StrokeDash("arm:N", scale=_scale(ARM_DASHES), legend=None)
    shape = alt.Shape("arm:N", scale=_scale(ARM_SHAPES), legend=None)
    tooltip = [
        alt.Tooltip("arm:N", title="network"),
        alt.Tooltip("epoch:Q", format=".2f"),
        alt.Tooltip("value:Q", title=m.title, format=".2f" if m.percent else ".4f"),
    ]
    base = alt.Chart().encode(x=x, y=y, color=colour)
    curve = base.transform_filter("datum.kind == 'curve'").mark_line(strokeWidth=2, clip=True)
    dots = base.transform_filter("datum.kind == 'curve'").mark_point(size=14, filled=True, opacity=0.7)
    band = base.transform_filter("datum.kind == 'exact' && isValid(datum.low)").mark_rule(strokeWidth=2)
    exact = base.transform_filter("datum.kind == 'exact'").mark_point(size=60, filled=True, opacity=1)
    theirs = base.transform_filter("datum.kind == 'article'").mark_point(size=70, shape="diamond", strokeWidth=1.5)
    above, below = (_label(base, side) for side in (1, -1))
    layers = [
        curve.encode(strokeDash=dash),
        dots.encode(shape=shape, tooltip=tooltip),
        band.encode(y="low:Q", y2="high:Q"),
        exact.encode(shape=shape, tooltip=tooltip),
        theirs.encode(tooltip=[alt.Tooltip("value:Q", title="the article printed", format=".4~f"), *tooltip[:2]]),
        above,
        below,
    ]
    chart = alt.layer(*layers).properties(height=HEIGHT, title=alt.Title(m.title, anchor="start", fontSize=14))
    found = chart.to_dict(validate=False)
    found.pop("data", None)
    found["padding"] = {"left": 2, "top": 2, "bottom": 2, "right": 78}  # room for the names at the curves' ends
    found["usermeta"] = {"embedOptions": {"renderer": "svg"}}  # marks that tests and screen readers can find
    return found


def text_alternative(measure: str, points: pd.DataFrame) -> str:
    """What the chart says, in a sentence, for readers who cannot see it."""
    m = MEASURES[measure]
    if points.empty:
        return f"{m.title}: no points yet."
    parts = []
    for arm in ARMS:
        mine = points[points["arm"] == arm].sort_values("step")
        if len(mine):
            first, last = mine[m.column].iloc[0], _last(mine, m)
            parts.append(f"{arm} went from {first:.3g} to {last:.4g} by epoch {mine['epoch'].iloc[-1]:.2g}")
    return f"{m.title}: {'; '.join(parts)}."


def _last(points: pd.DataFrame, m: Measure) -> float:
    last = points.iloc[-1]
    exact = last[m.exact] if m.exact else float("nan")
    return float(last[m.column] if np.isnan(exact) else exact)


def _part(points: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    return points[["arm", "epoch"]].assign(value=points[column], kind=kind)


def _labels(points: pd.DataFrame, preferred: str, column: str) -> pd.DataFrame:
    """Each arm's name at its last point, lifted off the other's: the upper one up, the lower one down."""
    last = points.sort_values("step").groupby("arm", as_index=False).last()
    last["value"] = last[preferred].fillna(last[column]) if len(last) else []
    lift = np.where(last["value"].rank(method="first") == len(last), 1, -1)
    return last[["arm", "epoch", "value"]].assign(kind="label", lift=lift)


def _label(base: alt.Chart, side: int) -> alt.Chart:
    chosen = base.transform_filter(f"datum.kind == 'label' && datum.lift == {side}")
    return chosen.mark_text(align="left", dx=8, dy=-6 * side, fontSize=12, fontWeight="bold").encode(text="arm:N")


def _article(m: Measure) -> pd.DataFrame:
    rows = [
        {"arm": arm, "epoch": i + 1 + m.article_shift, "value": value, "kind": "article"}
        for arm, values in m.article.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def _epoch_axis(epochs: int) -> alt.Axis:
    return alt.Axis(format="d", tickCount=min(epochs, 8), tickMinStep=1, grid=False)


def _scale(values: dict) -> alt.Scale:
    return alt.Scale(domain=list(values), range=list(values.values()))
