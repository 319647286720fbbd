"""Tests of the chart for guesses and the chart of slow learners: both are valid Vega-Lite."""

import json

import numpy as np
import pandas as pd
import vl_convert

from dropout_core.reference.records import load
from dropout_core.topics.rates import charts_guess, charts_heat_map, charts_learning, stored_grids


def svg(spec: dict, width: int = 400) -> str:
    json.dumps(spec, allow_nan=False)
    return vl_convert.vegalite_to_svg({**spec, "width": width})


def test_the_map_shows_what_is_known_and_the_guess_of_each_row():
    picture = svg(charts_guess.guess_map((0.0, 0.2, 0.4), {16: 79.44, 1024: 88.6}, {16: 0.2, 1024: 0.4}))
    assert "79.4" in picture
    assert picture.count("◆ you") == 2
    assert "1,024" in picture


def test_each_row_has_a_slider_with_the_map_s_rates():
    spec = charts_guess.guess_map((0.0, 0.2, 0.4), {16: 79.4, 64: 85.0}, {16: 0.2, 64: 0.4})
    sliders = {param["name"]: param for param in spec["layer"][0]["layer"][0]["params"]}
    assert sliders.keys() == {"w16", "w64"}
    assert sliders["w64"]["value"] == [{"rate": 0.4}]
    assert sliders["w16"]["bind"]["rate"]["step"] == 0.2


def test_guessed_cells_are_pinned_on_the_heat_map():
    cells = pd.DataFrame({"width": [16, 16, 64, 64], "rate": [0.0, 0.4, 0.0, 0.4]})
    assert charts_heat_map.with_guesses(cells, {16: 0.4})["guess"].tolist() == [False, True, False, False]


def test_slow_learners_are_read_from_the_chart():
    curves = pd.DataFrame({"rate": [0.0, 0.0, 0.5, 0.5], "epoch": [3.0, 60.0, 3.0, 60.0], "mean": [80, 87, 71, 88.2]})
    by_rate = pd.DataFrame({"rate": [0.0, 0.5], "final": [87.0, 88.2], "reached": [9.6, np.nan]})
    picture = svg(charts_learning.learning(curves, by_rate, 85.0, 0.5), 600)
    assert "p = 0.5: 85 % not reached, ends at 88.2 %" in picture
    assert "p = 0: first 85 % at epoch 10, ends at 87.0 %" in picture
    narrow = svg(charts_learning.learning(curves, by_rate, 85.0, 0.5), 300)
    assert "p = 0: first 85 % at epoch 10,<" in narrow, "a second line, so that the text keeps off the steep curves"
    assert ">ends at 87.0 %<" in narrow


def test_curves_end_at_the_last_epoch_of_the_record():
    curves, by_rate = stored_grids.learning()
    recipe = next(iter(load("rates").trials.values())).recipe
    assert curves["epoch"].max() == recipe.epochs
    assert by_rate["rate"].tolist() == sorted(trial.recipe.rate for trial in load("rates").trials.values())
    last = curves[(curves["rate"] == 0.5) & (curves["epoch"] == recipe.epochs)]["mean"].item()
    assert by_rate.set_index("rate")["final"][0.5] == last
