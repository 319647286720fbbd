"""Chart of two nets' predictions for one image: each digit's probability, with a dot for each pass with masks on."""

from functools import cache

import altair as alt
import numpy as np
import pandas as pd
from jaxtyping import Float

from dropout_core.charts.theme import ARM_COLOURS, ARM_SHAPES
from dropout_core.charts.vega import by_name, without_data
from dropout_core.experiments.recipe import ARMS, DROPOUT

_PLACES = {arm: i for i, arm in enumerate(ARMS)}


def rows(answers: dict[str, Float[np.ndarray, "10"]], passes: Float[np.ndarray, "passes 10"]) -> pd.DataFrame:
    """Build one row per net and digit, plus one per pass and digit if the dropout net has passes with masks on.

    The columns are narrow, since every rerun of the page sends them. "net" is the net's place in ARMS.
    """
    singles, spread = 10 * len(passes), np.random.default_rng(0).uniform(-0.4, 0.4, len(passes))
    whole = 10 * len(ARMS)
    return pd.DataFrame(
        {
            "masked": np.repeat(np.array([0, 1], np.int8), [whole, singles]),
            "net": np.repeat(np.array([*_PLACES.values(), _PLACES[DROPOUT]], np.int8), [10] * len(ARMS) + [singles]),
            "digit": np.tile(np.arange(10, dtype=np.int8), len(ARMS) + len(passes)),
            "p": np.concatenate([*(answers[arm] for arm in ARMS), passes.ravel()]).astype(np.float32),
            "jitter": np.concatenate([np.full(whole, np.nan), np.repeat(spread, 10)]).astype(np.float32),
        }
    )


@cache
def spec() -> dict:
    """Build the Vega-Lite specification, without data."""
    places, digits = alt.Scale(domain=[-0.5, 9.5], nice=False), [*range(10)]
    digit_axis = alt.Axis(values=digits, format="d", grid=False)
    percent_axis = alt.Axis(format="%", tickCount=5, grid=False)
    x = alt.X("place:Q", title="digit", scale=places, axis=digit_axis)
    y = alt.Y("p:Q", title="probability", scale=alt.Scale(domain=[0, 1]), axis=percent_axis)
    colour = alt.Color("arm:N", scale=by_name(ARM_COLOURS), legend=None)
    shape = alt.Shape("arm:N", scale=by_name(ARM_SHAPES), legend=None)
    base = alt.Chart().transform_calculate(arm=f"{[*ARMS]}[datum.net]").encode(x=x, y=y, color=colour)
    # The two nets' marks are side by side.
    aside = f"datum.digit + (datum.masked ? datum.jitter * 0.8 : datum.arm == '{DROPOUT}' ? 0.15 : -0.15)"
    passes = base.transform_filter("datum.masked").transform_calculate(place=aside)
    passes = passes.mark_circle(size=16, opacity=0.35)
    answers = base.transform_filter("!datum.masked").transform_calculate(place=aside)
    tip = [alt.Tooltip("arm:N", title="net"), alt.Tooltip("digit:Q"), alt.Tooltip("p:Q", format=".1%")]
    answers = answers.mark_point(size=130, filled=True, opacity=1).encode(shape=shape, tooltip=tip)
    return without_data(alt.layer(passes, answers).properties(height=240).to_dict(validate=False))
