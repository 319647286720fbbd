"""Tests of the best rate for each width and of the trend over widths, both judged by paired differences."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.topics.rates import findings


def runs(**accuracies):
    """Make runs from arguments such as w8={0.0: [90, 91]}: for each width and rate, one accuracy per seed."""
    rows = [
        {"width": int(width[1:]), "rate": rate, "seed": seed, "accuracy": value, "loss": 0.5, "gap": 0.1}
        for width, rates in accuracies.items()
        for rate, values in rates.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


BASE = np.array(
    [90.0, 92.0, 88.0, 91.0, 89.0, 90.0]
)  # seeds differ more than rates do, so only paired differences are detectable
NOISE = np.array([0.1, -0.1, 0.05] * 2)


def test_rates_are_compared_by_paired_differences():
    best = findings.best(runs(w8={0.0: BASE, 0.5: BASE + 1 + NOISE, 0.8: BASE + 1}))[0]
    assert (best.rate, best.alike, best.seeds) == (0.5, (0.5, 0.8), 6)
    assert best.differs_from_no_dropout == (0.5,), "the differences of 0.8 have no spread to judge by"
    assert best.gain.mean == pytest.approx(1 + NOISE.mean())
    assert findings.best(runs(w8={0.0: BASE, 0.5: BASE - 1}))[0].gain is None
    assert findings.best(runs(w8={0.2: BASE, 0.5: BASE + 1 + NOISE}))[0].gain is None


def test_differences_that_are_all_equal_are_inconclusive():
    assert findings.best(runs(w8={0.0: BASE, 0.5: BASE + 1}))[0].alike == (0.0, 0.5)


def test_by_loss_the_lowest_is_best():
    table = runs(w8={0.0: BASE + 1 + NOISE, 0.5: BASE}).assign(loss=lambda t: t["accuracy"] / 100)
    low = findings.best(table, "loss")[0]
    assert (low.rate, low.alike) == (0.5, (0.5,))
    assert low.value == pytest.approx(0.9)
    assert low.gain.mean < 0
    assert findings.best(table)[0].rate == 0


@pytest.mark.parametrize(
    ("accuracies", "said"),
    [
        ({0.0: BASE, 0.5: BASE + 1 + NOISE}, "width 8: rate 0.5, +1.0 points (95 % interval +0.9 to +1.1)"),
        ({0.0: BASE, 0.5: BASE + NOISE}, "to +0.1), no detectable difference to no dropout"),
        ({0.0: BASE + NOISE, 0.5: BASE}, "no dropout did best; no detectable difference to 0.5"),
        ({0.0: BASE + 1 + NOISE, 0.5: BASE}, "width 8: no dropout did best"),
        ({0.2: BASE}, "width 8: rate 0.2"),
    ],
)
def test_a_gain_is_given_with_its_doubt(accuracies, said):
    assert findings.gain_in_words(findings.best(runs(w8=accuracies))[0]).endswith(said)


@pytest.mark.parametrize(
    ("narrow", "wide", "said"),
    [
        ({0.0: BASE + 1 + NOISE, 0.5: BASE}, {0.0: BASE, 0.5: BASE + 1 + NOISE}, "Yes"),
        ({0.0: BASE, 0.5: BASE + 1 + NOISE}, {0.0: BASE + 1 + NOISE, 0.5: BASE}, "No"),
        ({0.0: BASE, 0.5: BASE + NOISE}, {0.0: BASE, 0.5: BASE + 1 + NOISE}, "Inconclusive"),
    ],
)
def test_the_verdict_follows_from_the_sets(narrow, wide, said):
    text = findings.verdict(findings.best(runs(w8=narrow, w16=wide)))
    assert text.startswith(said)
    assert ("would do for all" in text) == (said == "Inconclusive")


def test_a_step_against_the_trend_is_mentioned():
    up = {0.0: BASE + 1 + NOISE, 0.5: BASE, 0.8: BASE}
    high, middle = {0.0: BASE, 0.5: BASE, 0.8: BASE + 1 + NOISE}, {0.0: BASE, 0.5: BASE + 1 + NOISE, 0.8: BASE}
    assert "not do so at every step" in findings.verdict(findings.best(runs(w8=up, w16=high, w32=middle)))


@pytest.mark.parametrize("seeds", [1, 4])
def test_fewer_than_five_seeds_mark_and_compare_nothing(seeds):
    few = findings.best(runs(w8={0.0: BASE[:seeds], 0.5: BASE[:seeds] + 5 + NOISE[:seeds]}))[0]
    assert (few.alike, few.differs_from_no_dropout, few.gain.low) == ((), (), None)


@settings(deadline=None)
@given(st.lists(st.floats(0, 100) | st.sampled_from([0.0, 100.0]), min_size=1, max_size=10))
def test_a_cell_s_interval_contains_its_mean_and_only_possible_accuracies(accuracies):
    (cell,) = findings.summary(runs(w8={0.95: accuracies})).to_dict("records")
    if len(accuracies) < 5:
        assert np.isnan([cell["low"], cell["high"]]).all()
    else:
        assert 0 <= cell["low"] <= cell["accuracy"] + 1e-9
        assert cell["accuracy"] - 1e-9 <= cell["high"] <= 100


def test_one_width_gives_no_verdict():
    assert "One width alone" in findings.verdict(findings.best(runs(w8={0.0: BASE})))
