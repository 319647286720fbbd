"""Tests of the findings: the sentences agree with the numbers and claim nothing more."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from dropout_core.common.text import between
from dropout_core.experiments.final_values import EVALUATED, MASKS_ON, differences, final_table
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.experiments.result_tables import frame
from dropout_core.numerics.verdicts import COMPARISON_TEXT, TAKE_FIVE, improves
from dropout_core.topics.training.findings import SAME, read, shown_table, stopping
from tests.made_points import early, several

COLUMNS = {
    "on": MASKS_ON,
    "off": EVALUATED,
    "val": "validation loss",
    "gap": "gap",
    "accuracy": "validation accuracy, %",
    "time": "run time, s",
}
NONE = {"on": 0.1, "off": 0.08, "val": 0.12, "gap": 0.04, "accuracy": 97.0, "time": 10.0}
FIVE, ONE = Recipe(epochs=5), Recipe(epochs=1)
DROP = {"on": 0.3, "off": 0.1, "val": 0.11, "gap": 0.01, "accuracy": 97.5, "time": 11.0}


def table(none: dict | None = None, drop: dict | None = None) -> pd.DataFrame:
    rows = {NO_DROPOUT: NONE | (none or {}), DROPOUT: DROP | (drop or {})}
    return pd.DataFrame.from_dict(rows, orient="index").rename(columns=COLUMNS)


def judged(**columns: list[tuple[float, float]]):
    """Make the paired differences of five seeds, from (no dropout, dropout) pairs of accuracies and losses."""
    usual = {
        "accuracies": [(97.0, 97.5 + i / 10) for i in range(5)],
        "losses": [(0.12, 0.11 + i / 1000) for i in range(5)],
    }
    return differences(several(**usual | columns))


def say(none: dict | None = None, drop: dict | None = None, recipe: Recipe = FIVE) -> list[str]:
    return read(table(none, drop), recipe, judged())


@pytest.mark.parametrize(
    ("none_on", "none_off", "on", "off", "blamed"),
    [
        (0.10, 0.08, 0.30, 0.10, True),  # lags by 0.20 with masks on, and by 0.02 without masks
        (0.10, 0.08, 0.30, 0.25, False),  # lags almost as much without masks
        (0.50, 0.20, 0.60, 0.30, False),  # lags by 0.10 either way, so the masks are not the cause
        (0.40, 0.30, 0.30, 0.10, False),  # does not lag at all
        (0.10, 0.08, 0.10, 0.08, False),
    ],
)
def test_the_masks_are_blamed_only_for_a_lag_that_goes_when_they_go(none_on, none_off, on, off, blamed):
    said = say({"on": none_on, "off": none_off}, {"on": on, "off": off})[3]
    lags = f"by {on - none_on:.3f} with masks on and by {off - none_off:.3f} in evaluation mode"
    assert (lags in said) == (on > none_on)
    assert said.startswith(
        f"The dropout net's training loss is {on:.3f} with masks on and {off:.3f} in evaluation mode"
    )
    assert ("the masks themselves" in said) == blamed


def test_a_time_that_differs_by_a_tenth_is_a_hint_and_one_that_does_not_is_noise():
    said = say({"time": 10.0}, {"time": 12.5})[-1]
    assert said.startswith("A run with dropout took 12.5 s, and a run without dropout took 10.0 s. The ratio is 1.25.")
    assert "only a rough comparison" in said
    for seconds in (9.2, 10.9):
        assert not any("took" in s for s in say({"time": 10.0}, {"time": seconds}))
    assert any("took" in s for s in say({"time": 10.0}, {"time": 8.0}))


def test_runs_that_stopped_at_different_epochs_are_not_compared_in_time():
    said = say({"time": 10.0}, {"time": 30.0}, replace(FIVE, patience=2))
    assert not any("took" in s for s in said)
    assert said[0].startswith("At the best epochs, the mean validation accuracy is")


def test_at_rate_0_there_is_nothing_to_compare():
    assert say(recipe=replace(FIVE, rate=0)) == [SAME]
    assert len(say(recipe=replace(FIVE, rate=0, input_rate=0.2))) > 1


def test_early_stopping_is_told_by_its_epochs():
    points = early(NO_DROPOUT, [3, 1, 2]) + early(DROPOUT, [3, 2, 1, 2]) + early(NO_DROPOUT, [1, 2], seed=1)
    said = stopping(frame(points), replace(FIVE, epochs=20, patience=1))
    assert "without dropout, training stopped after epoch 2 to 3 of 20 (best epoch: 1 to 2);" in said
    assert "with dropout, training stopped after epoch 4 of 20 (best epoch: 3)." in said
    assert "lowest loss on all validation images" in said


def test_of_the_best_epochs_are_table_and_differences_alike():
    points = frame(early(NO_DROPOUT, [3, 1, 2]) + early(DROPOUT, [1, 2]))
    assert differences(points, best=True)["validation loss"].differences == (0.0,)
    found = final_table(points, {DROPOUT: 1.0, NO_DROPOUT: 1.0}, best=True)
    assert found["validation accuracy, %"].tolist() == [91.0, 90.0]
    shown = shown_table(points, runs(points), best=True)
    assert shown.loc["validation accuracy, %"].tolist() == ["91.00", "90.00"]


def sentences(points, seconds=None):
    return read(final_table(points, seconds or {DROPOUT: 1.0, NO_DROPOUT: 1.0}), ONE, differences(points))


def runs(points):
    """List finished runs as the store does. The runs take 1 s, 2 s, … without dropout, and twice as long with it."""
    found = points[["arm", "seed"]].drop_duplicates().reset_index(drop=True)
    return found.assign(seconds=(found["seed"] + 1.0) * found["arm"].map({NO_DROPOUT: 1, DROPOUT: 2}))


def test_over_several_seeds_the_table_shows_means_and_the_extreme_runs():
    points = several([(90, 92), (80, 82), (85, 84)], [(0.5, 0.6), (0.5, 0.4), (0.5, 0.5)])
    shown = shown_table(points, runs(points))
    assert list(shown.columns) == list(ARMS)
    assert list(shown.index) == list(final_table(points, {}).columns)
    assert shown.loc["validation accuracy, %"].tolist() == ["85.00 (80.00 to 90.00)", "86.00 (82.00 to 92.00)"]
    assert shown.loc["validation loss"].tolist() == ["0.500 (0.500 to 0.500)", "0.500 (0.400 to 0.600)"]
    assert shown.loc["run time, s"].tolist() == ["2.0 (1.0 to 3.0)", "4.0 (2.0 to 6.0)"]


def test_of_one_seed_the_table_shows_the_values():
    points = several([(90, 92.125)], [(0.5, 0.4)])
    shown = shown_table(points, runs(points))
    assert shown[DROPOUT].tolist() == ["9.000", "0.200", "0.400", "0.200", "92.12", "2.0"]


def test_the_table_of_one_arm_has_one_column():
    points = several([(90, 92)], [(0.5, 0.4)])
    points = points[points["arm"] == DROPOUT]
    assert list(shown_table(points, runs(points)).columns) == [DROPOUT]


def test_with_several_seeds_the_table_is_of_means_and_the_verdict_of_differences():
    gains = (2, 2.5, 1.5, 2.2, 1.8)
    points = several(
        [(80 + i, 80 + i + gain) for i, gain in enumerate(gains)], [(0.5, 0.5 + x / 10) for x in (1, -1, 0, 2, -2)]
    )
    said = sentences(points)
    assert "the mean validation accuracy is 82.00 % without dropout and 84.00 % with dropout" in said[0]
    assert "Over 5 seeds, dropout changes the accuracy by +2.00 points" in said[1]
    effect = 2 / np.std(gains, ddof=1) * (1 - 3 / 15)
    assert (
        f"well beyond its spread from seed to seed (effect size {effect:.1f}, corrected for the small sample)"
        in said[1]
    )
    assert said[1].endswith("**the net with dropout is ahead**.")
    assert (
        "its spread from seed to seed (effect size 0.0, corrected for the small sample): **no detectable difference**. "
        "5 seeds detect a difference of" in said[2]
    )
    assert said[2].endswith("nats with 80 % power."), "the measured difference is rounding error"


PAIRS = st.tuples(st.integers(8000, 9999), st.integers(8000, 9999), st.integers(100, 900), st.integers(100, 900))


@settings(max_examples=20)
@given(st.lists(PAIRS, min_size=5, max_size=8))
def test_over_several_seeds_nobody_is_said_to_be_ahead_but_by_the_verdict(pairs):
    points = several([(a / 100, b / 100) for a, b, _, _ in pairs], [(a / 1000, b / 1000) for _, _, a, b in pairs])
    by_seed, said = differences(points), sentences(points)
    verdicts = [improves(by_seed["validation accuracy, %"], True), improves(by_seed["validation loss"], False)]
    expected = [COMPARISON_TEXT[verdict] for verdict in verdicts]
    assert [re.search(r"\*\*(.*)\*\*", sentence)[1] for sentence in said[1:3]] == expected
    assert not any("ahead" in sentence for sentence in (said[0], *said[3:]))


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([(0.5, 0.3 + i / 100) for i in range(5)], "the gap is smaller with dropout."),
        ([(0.3 + i / 100, 0.5) for i in range(5)], "the gap is larger with dropout."),
        ([(0.3, 0.5), (0.5, 0.4)] * 3, "there is no detectable difference in the gap."),
    ],
)
def test_the_gap_over_several_seeds_is_compared_by_its_interval(losses, words):
    (said,) = (s for s in sentences(several([(90, 92)] * len(losses), losses)) if "gap" in s)
    assert words in said
    assert ("with 80 % power" in said) == ("no detectable" in words)
    low, high = ttest_rel(*np.array(losses).T[::-1]).confidence_interval(0.95)
    assert f"95 % interval {between(low, high, 3)}" in said


@pytest.mark.parametrize(
    ("recipe", "when"),
    [
        (Recipe(epochs=19), "After 19 epochs, "),
        (Recipe(epochs=20), "Over the last quarter of 20 epochs, "),
        (Recipe(epochs=20, patience=2), "At the best epochs, "),
    ],
)
def test_the_text_says_at_which_epochs_final_values_were_measured(recipe, when):
    assert say(recipe=recipe)[0].startswith(when)


@pytest.mark.parametrize("seeds", [1, 2, 3, 4])
def test_fewer_than_five_seeds_give_means_and_no_verdict_of_anything(seeds):
    said = sentences(several([(90, 92)] * seeds, [(0.5 + i / 100, 0.4) for i in range(seeds)]))
    assert said[0].startswith(f"After 1 epoch, the {'mean ' if seeds > 1 else ''}validation accuracy is 90.00 %")
    assert said[-1] == f"**{TAKE_FIVE}**"
    assert not re.search("interval|ahead|smaller|larger|detectable|differ|times as long|slow", " ".join(said))
