"""Tests of the findings: the sentences say what the numbers show, and no more."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.common.text import counted, signed
from dropout_core.experiments.final_values import EVALUATED, MASKS_ON, differences, final_table
from dropout_core.experiments.recipe import ARMS, DROPOUT, NO_DROPOUT, Recipe
from dropout_core.experiments.result_tables import frame
from dropout_core.numerics.verdicts import COMPARISON_TEXT, improves
from dropout_core.topics.training.findings import SAME, read, shown_table, stopping
from dropout_core.topics.training.predictions import Disagreement
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


@pytest.mark.parametrize(
    ("none", "drop", "said"),
    [
        (97.0, 97.5, "the net with dropout 97.50 %: the net with dropout is ahead by 0.50 points."),
        (97.5, 97.0, "the net with dropout 97.00 %: the net without dropout is ahead by 0.50 points."),
        (97.0, 97.0, "gets 97.00 % of the validation images right, the net with dropout exactly as many."),
    ],
)
def test_who_is_ahead_follows_from_the_accuracies(none, drop, said):
    first = read(table({"accuracy": none}, {"accuracy": drop}), FIVE)[0]
    assert first.startswith("After 5 epochs the net without dropout gets")
    assert first.endswith(said)
    assert ("ahead" in first) == (none != drop)


@settings(deadline=None)
@given(st.integers(100, 9900), st.integers(-9, 9))
def test_nobody_is_ahead_who_has_not_more_images_right(none, more):
    drop = none + more
    first = read(table({"accuracy": none / 100}, {"accuracy": drop / 100}), ONE)[0]
    ahead = re.search(r": the net (with|without) dropout is ahead by ([\d.]+) points", first)
    assert (ahead and ahead[1]) == ("with" if drop > none else "without" if none > drop else None)
    assert ahead is None or float(ahead[2]) == pytest.approx(abs(drop - none) / 100)


def test_one_epoch_is_not_epochs():
    assert read(table(), ONE)[0].startswith("After 1 epoch the")


@pytest.mark.parametrize(
    ("none", "drop", "word"), [(0.04, 0.01, "is smaller"), (0.01, 0.04, "is no smaller"), (0.02, 0.02, "is no smaller")]
)
def test_the_gap_is_smaller_with_dropout_only_if_it_is(none, drop, word):
    (said,) = (s for s in read(table({"gap": none}, {"gap": drop}), FIVE) if "gap" in s)
    assert said.endswith(f"the gap {word} with dropout.")
    assert f"{signed(none, 3)} without dropout" in said
    assert f"{signed(drop, 3)} with it" in said


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
    said = read(table({"on": none_on, "off": none_off}, {"on": on, "off": off}), FIVE)[1]
    lags = f"is {on - none_on:.3f} with masks on and {off - none_off:.3f} in evaluation mode"
    assert (lags in said) == (on > none_on)
    assert said.startswith(f"The dropout net's training loss is {on:.3f} with masks on and {off:.3f} without")
    assert ("the masks themselves" in said) == blamed


def test_a_time_that_differs_by_a_tenth_is_a_hint_and_one_that_does_not_is_noise():
    said = read(table({"time": 10.0}, {"time": 12.5}), FIVE)[-1]
    assert said.startswith("A run with dropout took 12.5 s, one without 10.0 s: 1.25 times as long.")
    assert "a hint and no measurement" in said
    for seconds in (9.2, 10.9):
        assert not any("took" in s for s in read(table({"time": 10.0}, {"time": seconds}), FIVE))
    assert any("took" in s for s in read(table({"time": 10.0}, {"time": 8.0}), FIVE))


def test_runs_that_stopped_at_different_epochs_are_not_compared_in_time():
    said = read(table({"time": 10.0}, {"time": 30.0}), replace(FIVE, patience=2))
    assert not any("took" in s for s in said)
    assert said[0].startswith("At their best epochs the net without dropout gets")


def test_at_rate_0_there_is_nothing_to_compare():
    assert read(table(), replace(FIVE, rate=0), Disagreement(1, 2, 10)) == [SAME]
    assert len(read(table(), replace(FIVE, rate=0, input_rate=0.2))) > 1


def test_early_stopping_is_told_by_its_epochs():
    points = early(NO_DROPOUT, [3, 1, 2]) + early(DROPOUT, [3, 2, 1, 2]) + early(NO_DROPOUT, [1, 2], seed=1)
    said = stopping(frame(points), replace(FIVE, epochs=20, patience=1))
    assert "without dropout training ended after epoch 2 to 3 of 20, the best being 1 to 2;" in said
    assert "with dropout training ended after epoch 4 of 20, the best being 3." in said
    assert "lowest loss on all validation images" in said


def test_of_the_best_epochs_are_table_and_differences_alike():
    points = frame(early(NO_DROPOUT, [3, 1, 2]) + early(DROPOUT, [1, 2]))
    assert differences(points, best=True)["validation loss"].differences == (0.0,)
    found = final_table(points, {DROPOUT: 1.0, NO_DROPOUT: 1.0}, best=True)
    assert found["validation accuracy, %"].tolist() == [91.0, 90.0]
    shown = shown_table(points, runs(points), best=True)
    assert shown.loc["validation accuracy, %"].tolist() == ["91.00", "90.00"]


@pytest.mark.parametrize(
    ("b", "c", "p", "differ"),
    [(0, 5, "6.2 %", False), (1, 8, "3.9 %", True), (5, 5, "100 %", False), (50, 10, "under 1 %", True)],
)
def test_two_nets_are_said_to_differ_only_at_a_small_p_value(b, c, p, differ):
    said = read(table(), FIVE, Disagreement(b, c, 10_000))[1]
    assert said.startswith(f"{counted(b, 'image')} only the net without dropout gets right, {c} only the one with it")
    assert f"at least so uneven in {p} of cases" in said
    assert ("these two nets differ" in said) == differ
    assert ("inconclusive" in said) == (not differ)
    assert ("one pair of runs" in said) == differ


def test_nets_that_agree_on_every_image_are_said_to():
    nothing = Disagreement(0, 0, 10_000)
    assert nothing.p_value == 1
    assert read(table(), FIVE, nothing)[1] == "The two nets get exactly the same images right."


def test_without_images_to_compare_nothing_is_said_of_chance():
    assert not any("Chance" in s for s in read(table(), FIVE))
    assert len(read(table(), FIVE, Disagreement(1, 2, 10))) == len(read(table(), FIVE)) + 1


def sentences(points, seconds=None):
    return read(final_table(points, seconds or {DROPOUT: 1.0, NO_DROPOUT: 1.0}), ONE, None, differences(points))


def runs(points):
    """List finished runs as the store does. The runs take 1 s, 2 s, … without dropout, and twice as long with it."""
    found = points[["arm", "seed"]].drop_duplicates().reset_index(drop=True)
    return found.assign(seconds=(found["seed"] + 1.0) * found["arm"].map({NO_DROPOUT: 1, DROPOUT: 2}))


def test_over_several_seeds_the_table_shows_means_and_spreads():
    points = several([(90, 92), (80, 82), (85, 84)], [(0.5, 0.6), (0.5, 0.4), (0.5, 0.5)])
    shown = shown_table(points, runs(points))
    assert list(shown.columns) == list(ARMS)
    assert list(shown.index) == list(final_table(points, {}).columns)
    assert shown.loc["validation accuracy, %"].tolist() == ["85.00 ± 5.00", "86.00 ± 5.29"]
    assert shown.loc["validation loss"].tolist() == ["0.500 ± 0.000", "0.500 ± 0.100"]
    assert shown.loc["run time, s"].tolist() == ["2.0 ± 1.0", "4.0 ± 2.0"]


def test_of_one_seed_the_table_shows_the_values():
    points = several([(90, 92.125)], [(0.5, 0.4)])
    shown = shown_table(points, runs(points))
    assert shown[DROPOUT].tolist() == ["9.000", "0.200", "0.400", "0.200", "92.12", "2.0"]


def test_the_table_of_one_arm_has_one_column():
    points = several([(90, 92)], [(0.5, 0.4)])
    points = points[points["arm"] == DROPOUT]
    assert list(shown_table(points, runs(points)).columns) == [DROPOUT]


def test_with_several_seeds_the_table_is_of_means_and_the_verdict_of_differences():
    points = several([(90, 92), (80, 82.5), (85, 86.5)], [(0.5, 0.6), (0.5, 0.4), (0.5, 0.5)])
    table = final_table(points, {DROPOUT: 1.0, NO_DROPOUT: 1.0})
    assert table.loc[DROPOUT, "validation accuracy, %"] == pytest.approx(87)
    said = sentences(points)
    assert (
        "without dropout get 85.00 % of the validation images right on average, those with dropout 87.00 %" in said[0]
    )
    assert "Over 3 seeds, dropout changes the accuracy by +2.00 points" in said[1]
    assert (
        "well beyond its own spread from seed to seed (effect size 2.3, corrected for few seeds)" in said[1]
    )  # 2 / .5 × (1 - 3/7)
    assert said[1].endswith("**the net with dropout is ahead**.")
    assert said[2].endswith(
        "its own spread from seed to seed (effect size 0.0, corrected for few seeds): **no detectable difference**."
    )


PAIRS = st.tuples(st.integers(8000, 9999), st.integers(8000, 9999), st.integers(100, 900), st.integers(100, 900))


@settings(max_examples=20)
@given(st.lists(PAIRS, min_size=2, max_size=5))
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
        (
            [(0.5, 0.3), (0.5, 0.31)],
            "The difference is −0.195 (95 % interval −0.259 to −0.131): the gap is smaller with dropout.",
        ),
        ([(0.3, 0.5), (0.31, 0.5)], "the gap is larger with dropout."),
        ([(0.3, 0.5), (0.5, 0.4)], "there is no detectable difference in the gap."),
    ],
)
def test_the_gap_over_several_seeds_is_compared_by_its_interval(losses, words):
    (said,) = (s for s in sentences(several([(90, 92), (80, 82)], losses)) if "gap" in s)
    assert said.endswith(words)


def test_one_seed_gets_no_interval():
    points = several([(90, 92)], [(0.5, 0.4)])
    assert not any("interval" in sentence for sentence in sentences(points))
