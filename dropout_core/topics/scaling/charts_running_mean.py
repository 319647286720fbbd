"""Charts of running means over passes with exact error bands, and of measured and exact moments."""

import numpy as np
from jaxtyping import Float, Int

from dropout_core.charts.theme import DROPPED, EXACT, KEPT
from dropout_core.charts.vega import (
    INK,
    RATE_INDEX,
    calculate,
    element,
    layered,
    numbered,
    rate_param,
    reported,
    slider,
    text,
)
from dropout_core.numerics.sampling import LOG_PASSES, LOG_STEP, MOST_PASSES, pass_counts

K = f"k_all[round(log_k / {LOG_STEP})]"  # expression for the number of passes selected with the slider


def _small(value: str, digits: int) -> str:
    """Return an expression that formats a number with this many significant digits.

    A tiny number gets one digit fewer and a power of ten, to fit on a phone.
    """
    return f"({value} > 0 && {value} < 1e-4 ? format({value}, '.{digits - 2}e') : format({value}, '.{digits}r'))"


COLUMNS = {  # heading, colour and cell expression for each column
    "unit": ("mean|exact", EXACT, "format(datum.a, '.3~r')"),
    "mean": ("mean|over k", KEPT, "format(datum.mean, '.4r')"),
    "se": ("|± SE", EXACT, _small("datum.se", 2)),
    "z": ("|z", INK, "datum.se > 0 ? format(round(10 * (datum.mean - datum.a) / datum.se) / 10 + 0, '+.1f') : '–'"),
    "exact": ("var.|exact", EXACT, _small("datum.exact", 3)),
    "variance": ("var.|over k", KEPT, f"isFinite(datum.var) ? {_small('datum.var', 3)} : '–'"),
    "ve": ("|± SE", EXACT, f"isFinite(datum.ve) ? {_small('datum.ve', 2)} : '–'"),
}


def running_means(
    a: Float[np.ndarray, "units"],
    kept: Int[np.ndarray, "rates points units"],
    rate: float,
    unit: int = 1,
    passes: int = MOST_PASSES,
) -> dict:
    """Draw one unit's mean over the first k passes, with and without inverted scaling.

    The bands show one and two exact standard errors.

    kept                the result of sampling.kept_counts for RATES and pass_counts
    rate, unit, passes  the sliders' initial values
    """
    x = {
        "field": "k",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [1, MOST_PASSES], "nice": False},
        "axis": {"title": "passes k (log scale)", "values": [1, 10, 100, 1000, 10_000], "grid": False},
    }
    y = {
        "type": "quantitative",
        "scale": {"domain": [{"expr": "lowest"}, {"expr": "highest"}], "nice": False},
        "axis": {"title": None, "tickCount": 5, "grid": False},
    }
    bands = [
        _band(x, y, target, error, width)
        for target, error in (("lower", "lower_se"), ("target", "target_se"))
        for width in (2, 1)
    ]
    lines = [
        _line(x, y, "target", EXACT, 1.5, [1, 0]),
        _line(x, y, "lower", EXACT, 1.5, [2, 3]),
        _line(x, y, "unscaled", DROPPED, 2, [6, 3]),
        _line(x, y, "scaled", KEPT, 2.5, [1, 0]),
    ]
    bands[0]["params"] = [
        reported("unit", "i", unit, slider("unit ", 1, len(a), 1)),
        reported("log", "k", _log(passes), _passes_slider("mean")),
    ]
    return layered(
        [*bands, *lines, _cursor(x), *_at_cursor(x, y), *_end_labels(y)],
        360,
        params=[rate_param(rate, "mean"), *_PASSES_PARAMS, *_unit_params(a)],
        data=_rows(kept),
        transform=[{"filter": "datum.i == unit_i"}, *_running_columns()],
    )


def _passes_slider(of: str) -> dict:
    """Return a logarithmic slider for the number of passes. sliders.js displays this number."""
    return slider(f"passes k, {of} ", LOG_PASSES[0], LOG_PASSES[-1], LOG_STEP)


def _log(passes: int) -> float:
    """Return the logarithmic slider's value for this number of passes, which must be in pass_counts."""
    return LOG_PASSES[pass_counts().tolist().index(passes)]


_PASSES_PARAMS = [{"name": "k_all", "value": pass_counts().tolist()}, {"name": "k", "expr": K}]


def _unit_params(a: np.ndarray) -> list[dict]:
    """Return parameters for the selected unit's activation, and for an axis from -1.2 to 3.2 times this activation."""
    return [
        {"name": "a_all", "value": [float(v) for v in a]},
        {"name": "a", "expr": "a_all[unit_i - 1]"},
        {"name": "lowest", "expr": "a == 0 ? -1 : min(-1.2 * a, 3.2 * a)"},
        {"name": "highest", "expr": "a == 0 ? 1 : max(-1.2 * a, 3.2 * a)"},
    ]


def _rows(kept: np.ndarray) -> list[dict]:
    """Build one row per unit and number of passes. Columns c0, c1, … hold the kept counts at each rate."""
    counts = pass_counts()
    return [
        {"i": i + 1, "k": int(k)} | numbered("c", kept[:, j, i].tolist())
        for i in range(kept.shape[2])
        for j, k in enumerate(counts)
    ]


def _running_columns() -> list[dict]:
    return calculate(
        unscaled=f"a * {element('c', RATE_INDEX)} / datum.k",
        scaled="datum.unscaled / (1 - rate_p)",
        target="a",
        lower="a * (1 - rate_p)",
        target_se="abs(a) * sqrt(rate_p / (1 - rate_p) / datum.k)",
        lower_se="datum.target_se * (1 - rate_p)",
    )


def _band(x: dict, y: dict, target: str, error: str, width: int) -> dict:
    ends = calculate(low=f"datum.{target} - {width} * datum.{error}", high=f"datum.{target} + {width} * datum.{error}")
    mark = {"type": "area", "color": EXACT, "opacity": 0.13, "clip": True, "tooltip": None}
    return {"transform": ends, "mark": mark, "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}}}


def _line(x: dict, y: dict, field: str, colour: str, width: float, dash: list[int]) -> dict:
    mark = {"type": "line", "color": colour, "strokeWidth": width, "strokeDash": dash, "clip": True}
    return {"mark": {**mark, "tooltip": None}, "encoding": {"x": x, "y": {"field": field, **y}}}


def _cursor(x: dict) -> dict:
    mark = {"type": "rule", "color": DROPPED, "strokeDash": [2, 2]}
    return {"transform": [{"filter": "datum.k == k"}], "mark": mark, "encoding": {"x": x}}


def _at_cursor(x: dict, y: dict) -> list[dict]:
    """Mark the measured means at the cursor, and write the mean under inverted dropout at the top."""
    here = [{"filter": "datum.k == k"}]
    numbers = (
        "'k = ' + format(k, ',') + ': mean ' + format(datum.scaled, '.4r') + ', exact ' + format(a, '.4~r')"
        " + ' ± ' + format(datum.target_se, '.2r')"
    )
    points = [
        {
            "transform": here,
            "mark": {"type": "point", "filled": True, "shape": shape, "color": colour, "size": 70, "clip": True},
            "encoding": {"x": x, "y": {"field": field, **y}},
        }
        for field, colour, shape in (("unscaled", DROPPED, "square"), ("scaled", KEPT, "circle"))
    ]
    label = text(numbers, 14, align="right", baseline="top", fontWeight=600)
    where = {"x": {"value": {"expr": "width"}}, "y": {"value": 0}}
    first = [*here, {"window": [{"op": "row_number", "as": "n"}]}, {"filter": "datum.n == 1"}]
    return [*points, {"transform": first, "mark": label, "encoding": where}]


def _end_labels(y: dict) -> list[dict]:
    """Label the right end of each line with the line's limit, on the side away from the other line."""
    last = [{"filter": f"datum.k == {MOST_PASSES}"}]
    at = {"value": {"expr": "width"}}
    limits = (
        ("target", "'inverted → a = ' + format(a, '.3~r')", "a >= 0 ? -14 : 20", KEPT),
        ("lower", "'unscaled → (1 − p) a = ' + format((1 - rate_p) * a, '.3~r')", "a >= 0 ? 20 : -14", DROPPED),
    )
    return [
        {
            "transform": last,
            "mark": text(expression, align="right", dy={"expr": side}, color=colour, fontWeight=600),
            "encoding": {"x": at, "y": {"field": field, **y}},
        }
        for field, expression, side, colour in limits
    ]


def moments_table(
    a: Float[np.ndarray, "units"], kept: Int[np.ndarray, "rates points units"], rate: float, passes: int = MOST_PASSES
) -> dict:
    """Draw a table of each unit's measured and exact mean and variance under inverted dropout."""
    units = [{"i": i + 1, "a": float(a[i]), "c": kept[:, :, i].T.tolist()} for i in range(len(a))]
    x = {"field": "column", "type": "nominal", "axis": None, "sort": list(COLUMNS)}
    y = {"field": "i", "type": "ordinal", "axis": None, "scale": {"domain": list(range(len(a) + 1))}}
    heading = "''"
    for key, (name, _, _) in COLUMNS.items():
        heading = f"datum.column == '{key}' ? '{name}' : {heading}"
    colours = {"domain": list(COLUMNS), "range": [colour for _, colour, _ in COLUMNS.values()]}
    colour = {"field": "column", "type": "nominal", "scale": colours, "legend": None}
    cells = {"mark": text("datum.label"), "encoding": {"x": x, "y": y}}
    heads = {
        "transform": [{"filter": "datum.i == 1"}, *calculate(i="0")],
        "mark": text(heading, fontWeight=600, lineBreak="|", dy=-8),
        "encoding": {"x": x, "y": y, "color": colour},
    }
    folded = {"fold": [f"t_{key}" for key in COLUMNS], "as": ["key", "label"]}
    return layered(
        [cells, heads],
        34 * (len(a) + 1),
        params=[
            rate_param(rate, "variance"),
            {"name": "log_k", "value": _log(passes), "bind": _passes_slider("variance")},
            *_PASSES_PARAMS,
        ],
        data=units,
        transform=[*_moment_columns(), folded, *calculate(column="substring(datum.key, 2)")],
    )


def _moment_columns() -> list[dict]:
    """Compute the moments and standard errors for the sliders' rate and k, using the formulas in numerics.sampling."""
    v = "rate_p * (1 - rate_p)"
    fourth = f"max(0, {v} * (1 - 3 * {v}) - pow({v}, 2) * (k - 3) / (k - 1))"
    columns = {
        "share": f"datum.c[round(log_k / {LOG_STEP})][{RATE_INDEX}] / k",
        "mean": "datum.a * datum.share / (1 - rate_p)",
        "exact": "pow(datum.a, 2) * rate_p / (1 - rate_p)",
        "se": "sqrt(datum.exact / k)",
        "var": "pow(datum.a / (1 - rate_p), 2) * datum.share * (1 - datum.share) * k / (k - 1)",
        "ve": f"pow(datum.a / (1 - rate_p), 2) * sqrt({fourth} / k)",
    }
    labels = {f"t_{key}": expression for key, (_, _, expression) in COLUMNS.items()}
    return calculate(**columns, **labels)
