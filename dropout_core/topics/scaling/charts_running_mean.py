"""Chart of one unit's running mean over an increasing number of passes, with its 95 % bands."""

import numpy as np
from jaxtyping import Int

from dropout_core.charts.theme import AVERAGED, NEUTRAL
from dropout_core.charts.vega import (
    ONE_ROW,
    RATE_INDEX,
    calculate,
    element,
    layered,
    numbered,
    quantitative,
    rate_param,
    text,
)
from dropout_core.numerics.masks import RATES
from dropout_core.numerics.sampling import MOST_PASSES, kept_range, pass_counts

HEIGHT = 320


def running_mean(kept: Int[np.ndarray, "rates points"], rate: float) -> dict:
    """Draw the mean over the first k passes of a unit whose activation is 1, unscaled and scaled.

    The bands contain the mean in 95 % of all series of k passes. They are exact, so they contain only possible
    values.

    kept  the result of sampling.kept_counts for RATES and pass_counts, for one unit
    rate  the slider's initial value
    """
    x = quantitative("k", [1, MOST_PASSES], "passes (log scale)", values=[1, 10, 100, 1000, 10_000])
    x["scale"] |= {"type": "log"}
    y = quantitative("low", [0, {"expr": "1 / (1 - rate_p)"}], None, tickCount=5)
    return layered(
        [
            *(_band(x, y, name, scale) for name, scale in (("unscaled", "1"), ("scaled", "1 / (1 - rate_p)"))),
            _line(x, y, "unscaled", NEUTRAL),
            _line(x, y, "scaled", AVERAGED),
            *_end_labels(),
        ],
        HEIGHT,
        params=[rate_param(rate, "mean")],
        data=_rows(kept),
        transform=calculate(unscaled=f"{element('c', RATE_INDEX)} / datum.k", scaled="datum.unscaled / (1 - rate_p)"),
    )


def _rows(kept: np.ndarray) -> list[dict]:
    """Build one row per number of passes. c0, c1, … are the kept counts at each rate; l and h are their 95 % range."""
    counts = pass_counts()
    ranges = np.array([kept_range(counts, rate) for rate in RATES])
    return [
        {"k": int(k)}
        | numbered("c", kept[:, j].tolist())
        | numbered("l", ranges[:, 0, j].tolist())
        | numbered("h", ranges[:, 1, j].tolist())
        for j, k in enumerate(counts)
    ]


def _band(x: dict, y: dict, name: str, scale: str) -> dict:
    ends = {end: f"{scale} * {element(end[0], RATE_INDEX)} / datum.k" for end in ("low", "high")}
    mark = {"type": "area", "color": AVERAGED if name == "scaled" else NEUTRAL, "opacity": 0.2, "tooltip": None}
    encoding = {"x": x, "y": y, "y2": {"field": "high"}}
    return {"transform": calculate(**ends), "mark": mark, "encoding": encoding}


def _line(x: dict, y: dict, field: str, colour: str) -> dict:
    mark = {"type": "line", "color": colour, "strokeWidth": 2.5, "tooltip": None}
    return {"mark": mark, "encoding": {"x": x, "y": {**y, "field": field}}}


def _end_labels() -> list[dict]:
    """Label the right end of each line with the value that it approaches, where there is room between the lines."""
    scaled, unscaled = "height * (1 - rate_p)", "height * pow(1 - rate_p, 2)"
    names = {"scaled": "'scaled → 1'", "unscaled": "'unscaled → 1 − p = ' + format(1 - rate_p, '.2f')"}
    below, between = f"{unscaled} > 30", f"{scaled} - {unscaled} > 36"
    above = f"({between} ? {unscaled} : {scaled}) + 14"
    places = {
        "scaled": f"{scaled} + ({below} || {between} ? 14 : 31)",
        "unscaled": f"{below} ? {unscaled} - 18 : {above}",
    }
    return [
        {
            "data": ONE_ROW,
            "transform": [],
            "mark": text(names[name], align="right", fontWeight=600),
            "encoding": {"x": {"value": {"expr": "width"}}, "y": {"value": {"expr": f"height - ({place})"}}},
        }
        for name, place in places.items()
    ]
