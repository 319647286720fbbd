"""Histogram of hidden activations, with exact zeros as separate bars and our means and published means above it."""

from collections.abc import Mapping, Sequence

import numpy as np

from dropout_core.charts.theme import ARM_COLOURS, ARM_DASHES, ARM_SHAPES, NEUTRAL
from dropout_core.charts.vega import layered, nominal, quantitative, text

ARMS = tuple(ARM_COLOURS)
_ZEROS = {"no dropout": (-1.9, -1.1), "dropout": (-0.9, -0.1)}  # x ranges of the bars for exact zeros
COLOUR, SHAPE, DASH = (nominal("arm", values) for values in (ARM_COLOURS, ARM_SHAPES, ARM_DASHES))


def activity(
    shares: Mapping[str, Sequence[float]],
    zeros: Mapping[str, float],
    means: Mapping[str, tuple[float, float, float]],
    published: Mapping[str, float],
    width: float,
) -> dict:
    """Build a histogram of activations in both arms, with our means and the published means above it.

    Exact zeros are separate bars on the left.

    shares     the share of all activations in each bin, starting at 0; the last bin is open-ended
    zeros      the share of activations that are exactly zero
    means      the mean and the ends of its 95 % interval over the seeds, NaN for too few seeds
    published  means reported in the literature
    width      the width of a bin
    """
    last = (len(next(iter(shares.values()))) - 1) * width
    x = quantitative(
        "x",
        [-2, last + width],
        "activation of a hidden neuron",
        values=[-1, *range(0, int(last) + 1, 2)],
        labelExpr=f"datum.value < 0 ? 'zero' : datum.value == {last:g} ? '≥ {last:g}' : datum.label",
    )
    steps = [
        {"arm": arm, "x": i * width, "x2": (i + 1) * width, "y": float(v)}
        for arm in ARMS
        for i, v in enumerate([*shares[arm], 0.0])
        if i <= len(shares[arm])
    ]
    bars = [{"arm": a, "x": _ZEROS[a][0], "x2": _ZEROS[a][1], "y": zeros[a], "zero": 0} for a in ARMS]
    top = float(np.ceil(20 * max(*zeros.values(), *map(max, shares.values())) + 0.5)) / 20
    y = quantitative("y", [0, top], "share of activations", format=".0%", tickCount=4)
    y["scale"] |= {"range": [{"expr": "height"}, 96]}
    line = {"type": "line", "interpolate": "step-after", "strokeWidth": 2.5}
    middle = {"calculate": "(datum.x + datum.x2) / 2", "as": "mid"}
    share = text("format(datum.y, '.0%')", baseline="bottom", dy=-4, align="center")
    layers: list[dict] = [
        {
            "data": {"values": bars},
            "mark": {"type": "rect", "fillOpacity": 0.55, "strokeWidth": 1.5},
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "zero"}}
            | {"color": COLOUR, "stroke": COLOUR},
        },
        {
            "data": {"values": bars},
            "transform": [middle],
            "mark": share,
            "encoding": {"x": {**x, "field": "mid"}, "y": y},
        },
        {
            "data": {"values": steps},
            "mark": line,
            "encoding": {"x": x, "y": y, "color": COLOUR, "strokeDash": DASH},
        },
        *_means(means, published, x),
    ]
    return layered(layers, 340, [], [], [])


def _means(means: Mapping, published: Mapping, x: dict) -> list[dict]:
    ours = [{"arm": a, "x": m, "low": low, "high": high, "row": 12 + 20 * i} for i, (a, m, low, high) in _each(means)]
    places = [{name: row[name] for name in ("arm", "x", "row")} for row in ours]
    theirs = [{"arm": a, "x": m, "row": 52 + 20 * i} for i, (a, m) in enumerate(published.items())]
    row = {"field": "row", "type": "quantitative", "scale": None, "axis": None}
    style = {"align": "left", "baseline": "middle", "dx": 10}
    label = text("datum.arm + ': mean ' + format(datum.x, '.2f')", **style)
    published_label = text("datum.arm + ': published ' + format(datum.x, '.1f')", **style)
    at = {"x": x, "y": row}
    return [
        {
            "data": {"values": [row for row in ours if np.isfinite(means[str(row["arm"])][1])]},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": row, "color": COLOUR},
        },
        {
            "data": {"values": places},
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {**at, "color": COLOUR, "shape": SHAPE},
        },
        {"data": {"values": places}, "mark": label, "encoding": at},
        {
            "data": {"values": theirs},
            "mark": {"type": "point", "size": 80, "strokeWidth": 2, "color": NEUTRAL, "opacity": 1},
            "encoding": {**at, "shape": SHAPE},
        },
        {
            "data": {"values": theirs},
            "mark": published_label,
            "encoding": at,
        },
    ]


def _each(means: Mapping[str, tuple[float, float, float]]) -> list[tuple[int, tuple[str, float, float, float]]]:
    return [(i, (arm, *values)) for i, (arm, values) in enumerate(means.items())]
