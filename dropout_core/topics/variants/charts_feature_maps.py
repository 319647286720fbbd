"""Charts of feature maps under dropout and spatial dropout, and of the epochs in which early and late dropout act."""

from typing import Any

from dropout_core.charts.theme import ARM_DASHES, DROPOUT, DROPPED, DROPPED_DASH, KEPT, NO_DROPOUT
from dropout_core.charts.vega import INK, calculate, layered, rate_param, slider, text
from dropout_core.topics.variants.numerics import MAPS, PASSES, SIDE, VARIANTS, maps

_ROWS = {"dropout": "Dropout: a coin for each value", "spatial": "Spatial dropout: a coin for each map"}
_CELL = f"min(28, (width - {12 * (MAPS - 1)}) / {MAPS * SIDE})"
_STEP = 28 * SIDE + 62  # distance between rows of maps, in pixels
EPOCHS = 60
STRIP = 56  # pixels per schedule
_STRIPS = ("dropout", "early", "late")


def map_chart(rate: float, shown: int) -> dict[str, Any]:
    """Draw the same maps under dropout and under spatial dropout, each with its sum before and after the noise.

    shown is the initial pass, counted from 1.
    """
    params = [
        {"name": "pass_k", "value": shown, "bind": slider("Forward pass ", 1, PASSES, 1)},
        rate_param(rate, "feature maps"),
    ]
    place = calculate(
        kept="datum.u[pass_k - 1] >= rate_p",
        row=f"datum.kind === 'dropout' ? 0 : {_STEP}",
        left=f"datum.map * ({SIDE} * {_CELL} + 12) + datum.x * {_CELL}",
        top=f"datum.row + 30 + datum.y * {_CELL}",
        right=f"datum.left + {_CELL} - 3",
        bottom=f"datum.top + {_CELL} - 3",
        factor="datum.kept ? 1 / (1 - rate_p) : 0",
        scaled="datum.a * datum.factor",
        weight="min(1, 0.06 + 0.44 * datum.scaled)",
    )
    rows = maps().to_dict("records")
    return layered([_kept(), _dropped(), *_sums(), _titles()], 2 * _STEP, params, rows, place)


def _pixels(x: str, y: str) -> dict:
    raw = {"type": "quantitative", "scale": None, "axis": None}
    return {"x": {"field": x, **raw}, "y": {"field": y, **raw}}


def _square(**mark: Any) -> dict:
    more = {"x2": {"field": "right"}, "y2": {"field": "bottom"}}
    return {"mark": {"type": "rect", "cornerRadius": 2, **mark}, "encoding": {**_pixels("left", "top"), **more}}


def _kept() -> dict:
    square = _square(fill=KEPT, stroke=KEPT, strokeWidth=0.8)
    square["encoding"]["fillOpacity"] = {"field": "weight", "type": "quantitative", "scale": None, "legend": None}
    square["encoding"]["tooltip"] = [
        {"field": "a", "type": "quantitative", "title": "Activation"},
        {"field": "factor", "type": "quantitative", "title": "Factor", "format": ".2f"},
    ]
    return {"transform": [{"filter": "datum.kept"}], **square}


def _dropped() -> dict:
    return {"transform": [{"filter": "!datum.kept"}], **_square(fill=None, stroke=DROPPED, strokeDash=DROPPED_DASH)}


def _sums() -> list[dict]:
    """Write the sum of each map's values below the map, without and with noise."""
    totals = [
        {
            "aggregate": [
                {"op": "sum", "field": "a", "as": "before"},
                {"op": "sum", "field": "scaled", "as": "after"},
                {"op": "min", "field": "left", "as": "first"},
                {"op": "max", "field": "bottom", "as": "below"},
            ],
            "groupby": ["kind", "map"],
        },
        *calculate(base="datum.below + 15"),
    ]
    label = "'Σ ' + format(datum.before, '.1f') + ' → ' + format(datum.after, '.1f')"
    return [{"transform": totals, "mark": text(label, align="left"), "encoding": _pixels("first", "base")}]


def _titles() -> dict:
    first = [{"filter": "datum.map === 0 && datum.x === 0 && datum.y === 0"}, *calculate(base="datum.row + 14")]
    title = " : ".join(f"datum.kind === '{kind}' ? '{title}'" for kind, title in _ROWS.items()) + " : ''"
    return {"transform": first, "mark": text(title, align="left", fontWeight=600), "encoding": _pixels("left", "base")}


def schedule_chart(rate: float) -> dict[str, Any]:
    """Draw one strip of epochs per schedule, filled while the rate applies and hollow while the rate is 0."""
    half = EPOCHS // 2
    rows = [
        {"i": i, "name": VARIANTS[slug].name if slug != "dropout" else "Constant", "from": start, "to": end, "on": on}
        for i, slug in enumerate(_STRIPS)
        for start, end, on in ((0, half, slug != "late"), (half, EPOCHS, slug != "early"))
    ]
    place = calculate(
        left=f"86 + (width - 96) * datum.from / {EPOCHS}",
        right=f"84 + (width - 96) * datum.to / {EPOCHS}",
        top=f"{STRIP} * datum.i + 6",
        bottom=f"{STRIP} * datum.i + 40",
        middle="(datum.left + datum.right) / 2",
        centre="datum.top + 17",
        tag="0",
        label="datum.on ? 'p = ' + format(rate_p, '.2f') : 'p = 0'",
    )
    box = {**_pixels("left", "top"), "x2": {"field": "right"}, "y2": {"field": "bottom"}}
    on = {"mark": {"type": "rect", "fill": DROPOUT, "fillOpacity": 0.28, "stroke": DROPOUT}}
    off = {"mark": {"type": "rect", "fill": None, "stroke": NO_DROPOUT, "strokeDash": ARM_DASHES["no dropout"]}}
    layers: list[dict] = [
        {"transform": [{"filter": "datum.on"}], **on, "encoding": box},
        {"transform": [{"filter": "!datum.on"}], **off, "encoding": box},
        {"mark": text("datum.label"), "encoding": _pixels("middle", "centre")},
        _named_strips(),
        _epoch_numbers(),
    ]
    return layered(layers, STRIP * len(_STRIPS) + 20, [rate_param(rate, "schedules")], rows, place)


def _named_strips() -> dict:
    mark = text("datum.name", align="left", fontWeight=600)
    return {"transform": [{"filter": "datum.from === 0"}], "mark": mark, "encoding": _pixels("tag", "centre")}


def _epoch_numbers() -> dict:
    """Write the first and last epoch of each half below the last strip."""
    last = [{"filter": f"datum.i === {len(_STRIPS) - 1}"}, *calculate(base="datum.bottom + 16")]
    label = "'epochs ' + (datum.from + 1) + ' to ' + datum.to"
    return {"transform": last, "mark": text(label, color=INK), "encoding": _pixels("middle", "base")}
