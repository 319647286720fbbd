"""Test the dot plots: tables contain all means and runs, charts draw them, and text alternatives list the means."""

import json

import pandas as pd
import vl_convert as vlc

from dropout_core.charts import trial_dots
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import mean_interval

RUNS = pd.DataFrame(
    [
        {"trial": trial, "arm": arm, "seed": seed, "accuracy": 90 + i + seed}
        for i, (trial, arm) in enumerate([("a", NO_DROPOUT), ("a", DROPOUT), ("b", NO_DROPOUT), ("b", DROPOUT)])
        for seed in range(5)
    ]
)
MEANS = mean_interval(RUNS, "accuracy", ("trial", "arm"))


def drawn(spec: dict, rows: pd.DataFrame) -> str:
    whole = spec | {"data": {"values": json.loads(rows.to_json(orient="records"))}, "width": 400}
    return vlc.vegalite_to_svg(whole)


def test_dots_draw_a_mark_for_every_run_and_mean():
    rows = trial_dots.rows(RUNS, MEANS, "accuracy")
    assert rows["kind"].value_counts().to_dict() == {"run": 20, "mean": 4}
    svg = drawn(trial_dots.spec(("a", "b"), "accuracy, %", base="a"), rows)
    marks = {name: svg.count(f"mark-{name}") for name in ("rect", "rule", "symbol")}
    assert all(marks.values()), marks
    assert svg.count("#3b82f6") >= 2 * 7  # per trial, dropout has five ticks, an interval and a dot


def test_a_trial_with_one_arm_stands_in_the_middle_of_its_row():
    one = RUNS[(RUNS["trial"] == "a") | (RUNS["arm"] == DROPOUT)]
    rows = trial_dots.rows(one, mean_interval(one, "accuracy", ("trial", "arm")), "accuracy")
    assert set(rows.loc[rows["trial"] == "b", "place"]) == {""}
    assert set(rows.loc[rows["trial"] == "a", "place"]) == {NO_DROPOUT, DROPOUT}
    layers = trial_dots.spec(("a", "b"), "accuracy, %")["layer"]
    assert all(layer["encoding"]["yOffset"]["scale"]["domain"] == [NO_DROPOUT, "", DROPOUT] for layer in layers)


def test_dots_in_words():
    text = trial_dots.text_alternative(MEANS, "accuracy, %", 1)
    assert "a: dropout 93.0, no dropout 92.0" in text
    assert "b: dropout 95.0, no dropout 94.0" in text
