"""Check that verdicts on the variants follow from intervals of paired differences, never from means alone."""

import pandas as pd
import pytest

from dropout_core.data.published import NOISE_ERRORS
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.topics.variants.findings import (
    by_chance,
    cell,
    differences,
    errors,
    grouped,
    runs,
    summary,
)

SEEDS = range(5)
WOBBLE = (0.0, 0.1, -0.1, 0.05, -0.05)


def table(**trials: tuple[float, ...]) -> pd.DataFrame:
    """Build a table of runs with the given accuracy for each seed. The loss is the negative accuracy."""
    return pd.DataFrame(
        [
            {"trial": trial.replace("_", " "), "arm": NO_DROPOUT if trial == "no_dropout" else DROPOUT, "seed": seed,
             "accuracy": value, "loss": -value}
            for trial, values in trials.items()
            for seed, value in enumerate(values)
        ]
    )  # fmt: skip


def around(middle: float, sign: int = 1) -> tuple[float, ...]:
    return tuple(middle + sign * w for w in WOBBLE)


RUNS = table(no_dropout=around(80), dropout=around(82, -1), better=around(85, 2), same=(81.0, 83.5, 80.9, 83.0, 82.0))


def test_ahead_behind_and_cannot_tell_follow_the_interval():
    up, flat = paired([3.0, 3.1, 2.9, 3.05, 2.95], [1.0] * 5), paired([1.0, 3.0, 0.5, 2.0, 0.4], [1.0] * 5)
    assert improves(up, True) is Verdict.HOLDS
    assert improves(up, False) is Verdict.DOES_NOT_HOLD
    assert improves(flat, True) is Verdict.INCONCLUSIVE
    assert cell(up, 2, True).startswith("▲ +2.00 (+")
    assert cell(up, 2, False).startswith("▼")
    assert cell(flat, 2, True).startswith("○")
    assert cell(paired([3.0, 3.1], [1.0, 1.0]), 2, True) == "+2.05", "two seeds have neither mark nor interval"


def test_a_larger_mean_alone_puts_nothing_ahead():
    assert grouped(RUNS, "accuracy", DROPOUT) == {
        Verdict.HOLDS: ["better"],
        Verdict.DOES_NOT_HOLD: [],
        Verdict.INCONCLUSIVE: ["same"],
    }
    assert grouped(RUNS, "loss", DROPOUT)[Verdict.HOLDS] == ["better"]


def test_in_words():
    assert summary(RUNS, "accuracy", DROPOUT) == "Better is ahead of plain dropout; same: inconclusive."
    only = RUNS[RUNS["trial"].isin(["no dropout", "dropout", "better"])]
    assert summary(only, "accuracy", NO_DROPOUT) == "All are ahead of no dropout."
    only = RUNS[RUNS["trial"].isin(["no dropout", "dropout", "same"])]
    assert summary(only, "accuracy", DROPOUT) == "No detectable difference from plain dropout."


def test_no_trial_is_compared_with_itself_and_intervals_are_counted():
    rows = differences(RUNS, "accuracy").set_index("variant")
    assert rows.loc["dropout", "against dropout"] == "–"
    assert NO_DROPOUT not in rows.index
    cells = sum(
        text != "–" for column in ("accuracy", "loss") for text in differences(RUNS, column).iloc[:, 1:].stack()
    )
    assert by_chance(RUNS) == (cells, pytest.approx(0.05 * cells))


def test_the_record_is_read_with_the_trial_without_noise_as_such():
    rows = runs(records.load("variants"))
    assert set(rows.loc[rows["arm"] == NO_DROPOUT, "trial"]) == {NO_DROPOUT}
    ours = errors(rows).set_index("trial")
    assert list(ours.index) == list(NOISE_ERRORS)
    direct = 100 - rows.loc[rows["trial"] == "Gaussian", "accuracy"]
    assert ours.loc["Gaussian", "mean"] == pytest.approx(direct.mean())
    assert ours.loc["Gaussian", "error"] == pytest.approx(direct.std() / len(direct) ** 0.5)
