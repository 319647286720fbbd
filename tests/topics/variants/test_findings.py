"""Check that verdicts on the variants follow from intervals of paired differences, never from means alone."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nct, t, ttest_1samp

from dropout_core.common.text import roughly
from dropout_core.experiments.recipe import DROPOUT, NO_DROPOUT
from dropout_core.numerics.evidence import Evidence
from dropout_core.numerics.multiple import holm
from dropout_core.numerics.statistics import paired
from dropout_core.numerics.verdicts import Verdict, improves
from dropout_core.reference import records
from dropout_core.topics.variants import findings
from dropout_core.topics.variants.findings import (
    cell,
    comparisons,
    difference,
    differences,
    grouped,
    headline,
    power,
    runs,
    spatial_in_words,
    summary,
    verdicts,
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
    up, flat, two = (Evidence("", "accuracy", "points", p) for p in (up, flat, paired([3.0, 3.1], [1.0, 1.0])))
    assert cell(up, 2, Verdict.HOLDS).startswith("▲ +2.00 (+")
    assert cell(up, 2, Verdict.DOES_NOT_HOLD).startswith("▼")
    assert cell(flat, 2, Verdict.INCONCLUSIVE).startswith("○")
    assert cell(flat, 2, Verdict.INCONCLUSIVE).endswith(f"; about {roughly(flat.needed)} seeds")
    assert cell(two, 2, Verdict.INCONCLUSIVE) == "+2.05", "two seeds have neither mark nor interval"


def test_the_power_is_that_of_the_corrected_test():
    """Recomputed from the noncentral t distribution."""
    found = comparisons(RUNS, "accuracy", DROPOUT)
    d = np.array(found["same"].paired.differences)
    size, freedom = found["same"].detectable, len(d) - 1
    limit, shift = t.ppf(1 - 0.025 / 2, freedom), size * np.sqrt(len(d)) / d.std(ddof=1)
    assert nct.sf(limit, freedom, shift) + nct.cdf(-limit, freedom, shift) == pytest.approx(0.8, abs=1e-4)
    text = power(RUNS, "accuracy", DROPOUT)
    assert f"{size:.2f} points with 80 % power" in text
    assert text.endswith(f"; the inconclusive differences would need about {roughly(found['same'].needed)} seeds")


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


def test_an_interval_that_excludes_zero_is_not_enough_among_many():
    close = [around(82 + 0.02 * i, 1) for i in range(8)]
    gains = (0.02, 0.2, 0.35, 0.1, 0.2)
    lucky = tuple(value + gain for value, gain in zip(around(82, -1), gains, strict=True))
    alone = table(no_dropout=around(80), dropout=around(82, -1), lucky=lucky)
    many = table(
        no_dropout=around(80), dropout=around(82, -1), lucky=lucky, **{f"v{i}": v for i, v in enumerate(close)}
    )
    assert verdicts(alone, "accuracy", DROPOUT)["lucky"] is Verdict.HOLDS
    assert difference(many, "accuracy", "lucky", DROPOUT).sign == 1
    assert verdicts(many, "accuracy", DROPOUT)["lucky"] is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("column", ["accuracy", "loss"])
@pytest.mark.parametrize("base", findings.BASES)
def test_the_intervals_that_are_drawn_agree_with_the_verdicts(column, base):
    """In the record, single 95 % intervals do not: some exclude zero, although Holm's method does not reject."""
    rows = runs(records.load("variants"))
    drawn, judged = findings.against(rows, column, base), verdicts(rows, column, base)
    values = np.array([difference(rows, column, trial, base).differences for trial in drawn])
    rejected = dict(zip(drawn, holm(ttest_1samp(values, 0, axis=1).pvalue), strict=True))
    assert {trial: p.sign != 0 for trial, p in drawn.items()} == rejected
    assert {trial: verdict is not Verdict.INCONCLUSIVE for trial, verdict in judged.items()} == rejected


def test_the_heading_names_those_that_differ_or_says_that_none_does():
    assert headline(RUNS) == "“Better” beats plain dropout in accuracy"
    none = RUNS[RUNS["trial"] != "better"]
    assert headline(none) == "No variant differs detectably from plain dropout"
    worse = table(no_dropout=around(80), dropout=around(82, -1), worse=around(75, 2), better=around(85, 2))
    assert headline(worse) == "“Better” beats plain dropout in accuracy; “Worse” loses to it"


def test_no_trial_is_compared_with_itself():
    rows = differences(RUNS, "accuracy").set_index("variant")
    assert rows.loc["dropout", "against dropout"] == "–"
    assert NO_DROPOUT not in rows.index


def test_the_record_is_read_with_the_trial_without_noise_as_such():
    rows = runs(records.load("variants"))
    assert set(rows.loc[rows["arm"] == NO_DROPOUT, "trial"]) == {NO_DROPOUT}


def test_the_advice_names_what_is_ahead_or_nothing(monkeypatch):
    reason, none = "these runs justify choosing only “Gaussian”", "do not justify choosing any variant"
    for ahead, text in ((["gaussian"], reason), ([], none)):
        monkeypatch.setattr(findings, "grouped", lambda *_, ahead=ahead: {Verdict.HOLDS: ahead})
        assert text in findings.advice(pd.DataFrame())


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ((-2.0, -3.0), "does worse than dropping single values, by accuracy and by loss"),
        ((2.0, 3.0), "does better than dropping single values, by accuracy and by loss"),
        ((2.0, 0.0), "dropping whole maps does better than dropping single values in 2, and worse in 0"),
    ],
)
def test_the_result_of_spatial_dropout_is_told_in_words(gains, words):
    trials = {}
    for gain, (spatial, single) in zip(gains, findings.SPATIAL.items(), strict=True):
        trials |= {single: around(80), spatial: around(80 + gain, -1)}
    assert words in spatial_in_words(table(**trials))
