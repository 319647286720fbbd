"""Vega-Lite specification of the training page's large chart, without data; see charts_comparison_data."""

from functools import lru_cache

import altair as alt

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, NEUTRAL, TRAINING_DASH
from dropout_core.charts.vega import INK, by_name, without_data
from dropout_core.topics.training.charts_comparison_data import MEASURES, Domain

HEIGHT = 280
_ROOM = 0.02  # space for half a marker at the last epoch, as a fraction of the horizontal axis


@lru_cache(maxsize=128)
def spec(measure: str, epochs: int, reach: Domain | None, guess: str = "") -> dict:
    """Build the Vega-Lite specification, without data.

    reach   range of the vertical axis
    guess   the reader's guess and whether it was right, to be pinned on the chart
    """
    layers = [layer for prefix in ("faint-", "") for layer in _curves(prefix, measure, epochs, reach)]
    whole = alt.layer(*layers, *_marks(measure, epochs, reach)).properties(height=HEIGHT)
    if guess:
        whole = whole.properties(title=alt.Title(guess, anchor="start"))
    chart = without_data(whole.to_dict(validate=False))
    return chart | {"padding": {"left": 2, "top": 2, "bottom": 2, "right": 2}}


def _base(kind: str, measure: str, epochs: int, reach: Domain | None, more: str = "true") -> alt.Chart:
    """Build a chart of one kind of row, with the axes that all layers share."""
    axis = alt.Axis(format="d", tickCount=min(epochs, 8), tickMinStep=1, grid=False)
    scale = alt.Scale(domain=[0, epochs * (1 + _ROOM)], nice=False)
    x = alt.X("epoch:Q", title="epoch", scale=scale, axis=axis)
    colour = alt.Color("arm:N", scale=by_name(ARM_COLOURS), legend=None)
    chart = alt.Chart().transform_filter(f"datum.kind == '{kind}' && {more}")
    return chart.encode(x=x, y=_y("value", measure, reach), color=colour)


def _y(column: str, measure: str, reach: Domain | None) -> alt.Y:
    scale = alt.Scale(zero=False, nice=False, domain=list(reach)) if reach else alt.Scale(zero=False)
    axis = alt.Axis(tickCount=6, labelExpr="datum.value < 0 ? '' : datum.label")  # room for a name, not for values
    return alt.Y(f"{column}:Q", title=MEASURES[measure].title, scale=scale, axis=axis)


def _curves(prefix: str, measure: str, epochs: int, reach: Domain | None) -> list[alt.Chart]:
    """Build the layers of the curves in the background or, with an empty prefix, of those in the foreground."""
    strong = 0.45 if prefix else 1.0
    dash = _dash()
    low, high = _y("low", measure, reach), alt.Y2("high")
    band = _base(f"{prefix}band", measure, epochs, reach).mark_area(opacity=0.2 * strong, clip=True)
    run = _base(f"{prefix}run", measure, epochs, reach)
    run = run.mark_line(strokeWidth=1, opacity=0.4 * strong, clip=True).encode(detail="seed:N", strokeDash=dash)
    mean = _base(f"{prefix}mean", measure, epochs, reach)
    mean = mean.mark_line(strokeWidth=2.5, opacity=strong, clip=True).encode(strokeDash=dash)
    return [band.encode(y=low, y2=high), run, mean]


def _dash() -> alt.StrokeDash:
    return alt.StrokeDash("arm:N", scale=by_name(ARM_DASHES), legend=None)


def _marks(measure: str, epochs: int, reach: Domain | None) -> list[alt.Chart]:
    """Build the chart's layers: the shaded gap, the points, the labels and the article's values."""
    m, at = MEASURES[measure], (measure, epochs, reach)
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    tip = [alt.Tooltip("arm:N", title="network"), alt.Tooltip("epoch:Q", format=".2f")]
    tip += [alt.Tooltip("value:Q", title=m.title, format=".2f" if m.percent else ".4f")]
    gap = _base("gap", *at).mark_area(opacity=0.12, clip=True).encode(y=_y("low", measure, reach), y2="high:Q")
    if measure != "loss":
        gap = gap.encode(color=alt.value(NEUTRAL))
    under = _base("under", *at).mark_line(strokeWidth=1.5, strokeDash=TRAINING_DASH, clip=True)
    points = _base("mean", *at).mark_point(size=45, filled=True, opacity=1, clip=True).encode(shape=shape, tooltip=tip)
    own = _base("own", *at).mark_line(strokeWidth=3, clip=True).encode(detail="seed:N", strokeDash=_dash())
    own_points = _base("own", *at).mark_point(size=80, filled=True, opacity=1, clip=True)
    own_points = own_points.encode(shape=shape, tooltip=[*tip, alt.Tooltip("seed:Q")])
    article = _base("article", *at, f"datum.epoch <= {epochs}").mark_point(size=70, shape="diamond", strokeWidth=1.5)
    printed = [*tip[:2], alt.Tooltip("value:Q", title="value in the article", format=".4~f")]
    return [gap, under, points, own, own_points, article.encode(tooltip=printed), *_names(at)]


def _names(at: tuple[str, int, Domain | None]) -> list[alt.Chart]:
    """Write each arm's name at the end of its curve, on the side that has room."""
    middle = at[1] / 2
    layers = []
    for side in (1, -1):
        left = _base("label", *at, f"datum.side == {side} && datum.epoch < {middle}")
        right = _base("label", *at, f"datum.side == {side} && datum.epoch >= {middle}")
        layers.append(left.mark_text(align="left", dx=8, dy=-18 * side, fontWeight="bold"))
        layers.append(right.mark_text(align="right", dx=-4, dy=-18 * side, fontWeight="bold"))
    return [layer.encode(text="arm:N", color=alt.value(INK)) for layer in layers]
