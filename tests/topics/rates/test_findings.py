"""Tests of the best rate for each width and of the trend over widths, both judged by paired differences."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropout_core.numerics.verdicts import TAKE_FIVE
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


BASE = np.array([90.0, 92.0, 88.0, 91.0, 89.0])  # seeds differ more than rates do
NOISE = np.array([0.1, -0.1, 0.05, 0.0, -0.05])
MORE = BASE[::-1].copy()


def test_rates_are_compared_by_paired_differences():
    best = findings.best(runs(w8={0.0: BASE, 0.5: BASE + 1 + NOISE, 0.8: BASE + 1}))[0]
    assert (best.rate, best.alike, best.seeds) == (0.5, (0.5, 0.8), 5)
    assert best.differs_from_no_dropout == (0.5,), "the differences of 0.8 have no spread to judge by"
    assert best.gain == pytest.approx(1, abs=0.05)
    assert findings.best(runs(w8={0.0: BASE, 0.5: BASE - 1}))[0].gain is None
    assert findings.best(runs(w8={0.2: BASE, 0.5: BASE + 1 + NOISE}))[0].gain is None


def test_by_loss_the_lowest_is_best():
    table = runs(w8={0.0: BASE + 1 + NOISE, 0.5: BASE}).assign(loss=lambda t: t["accuracy"] / 100)
    low = findings.best(table, "loss")[0]
    assert (low.rate, low.alike) == (0.5, (0.5,))
    assert low.value == pytest.approx(0.9)
    assert low.gain < 0
    assert findings.best(table)[0].rate == 0


def test_with_fewer_than_five_seeds_there_are_only_means():
    best = findings.best(runs(w8={0.0: BASE[:4], 0.5: BASE[:4] + 1 + NOISE[:4]}))[0]
    assert (best.rate, best.alike, best.differs_from_no_dropout) == (0.5, (), ())


def test_the_correction_is_for_the_whole_map():
    """A difference that a single test would detect is not detected when there are sixteen tests."""
    weak = BASE + np.array([0.5, 0.1, 0.4, 0.3, 0.2])
    one = runs(w8={0.0: BASE, 0.5: weak})
    assert findings.best(one)[0].differs_from_no_dropout == (0.5,)
    rng = np.random.default_rng(0)
    equal = {rate: BASE + rng.normal(0, 1, 5) for rate in (0.0, 0.1, 0.2, 0.3, 0.4)}
    many = runs(w8={0.0: BASE, 0.5: weak}, w16=equal, w32=equal, w64=equal)
    assert findings.best(many)[0].differs_from_no_dropout == ()


def test_the_gain_of_a_best_rate_comes_from_seeds_that_did_not_choose_it():
    """Rate 0.5 wins on all seeds but the first. The other four seeds select it, so its loss on the first counts."""
    values = {0.0: BASE, 0.5: BASE + np.array([-1.0, 1, 1, 1, 1])}
    best = findings.best(runs(w8=values))[0]
    assert best.gain == pytest.approx(3 / 5)
    assert findings.gain_in_words(best) == "width 8: rate 0.5, +0.6 points; no detectable difference from no dropout"


@pytest.mark.parametrize(
    ("narrow", "wide", "said"),
    [
        ({0.0: BASE + 1 + NOISE, 0.5: BASE}, {0.0: BASE, 0.5: BASE + 1 + NOISE}, "Yes"),
        ({0.0: BASE, 0.5: BASE + 1 + NOISE}, {0.0: BASE + 1 + NOISE, 0.5: BASE}, "No"),
        ({0.0: BASE, 0.5: MORE}, {0.0: BASE, 0.5: BASE + 1 + NOISE}, "Inconclusive"),
    ],
)
def test_the_verdict_follows_from_the_slope(narrow, wide, said):
    assert findings.verdict(runs(w8=narrow, w16=wide), "accuracy").startswith(said)


def test_a_rate_would_do_only_within_the_margin():
    close = {0.0: BASE, 0.5: BASE + NOISE}
    would_do = "With 95 % confidence, a rate of 0 or 0.5 is within 0.5 points of the best rate in every row"
    assert would_do in findings.verdict(runs(w8=close, w16=close), "accuracy")
    assert "95 % confidence" not in findings.verdict(runs(w8={0.0: BASE, 0.5: MORE}, w16=close), "accuracy")


def test_rows_and_rates_that_hardly_trained_are_left_out():
    table = runs(w8={0.0: BASE, 0.5: BASE, 0.8: BASE}, w16={0.0: BASE, 0.5: BASE, 0.8: BASE})
    assert findings.hardly_trained(table) == []
    bad = (table["width"] == 8) & (table["rate"] == 0.8)
    table.loc[bad, "loss"] = 2.0
    assert findings.hardly_trained(table) == [(8, 0.8)]
    assert set(findings.trained(table)["rate"]) == {0.0, 0.5}
    table.loc[(table["width"] == 8) & (table["rate"] == 0.5), "loss"] = 2.0
    table = pd.concat([table, runs(w32={0.0: BASE, 0.5: BASE, 0.8: BASE})])
    assert set(findings.trained(table)["width"]) == {16, 32}
    assert set(findings.trained(table)["rate"]) == {0.0, 0.5, 0.8}


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
    assert "A single width cannot" in findings.verdict(runs(w8={0.0: BASE}), "accuracy")


def test_four_seeds_give_no_verdict():
    few = {0.0: BASE[:4], 0.5: BASE[:4] + 1}
    assert findings.verdict(runs(w8=few, w16=few), "accuracy") == TAKE_FIVE


@pytest.mark.slow
@pytest.mark.parametrize(("means", "spread"), [((0, 0, 0, 0), 1), ((0, 1, 1, 0), 0.5), ((0, 0.9, 1, 0.5), 0.5)])
def test_without_a_trend_the_slope_has_a_sign_in_at_most_five_percent_of_simulations(means, spread, monkeypatch):
    """All widths have the same mean accuracy at each rate, with ties and near ties. Intervals without width count."""
    monkeypatch.setattr(findings, "_RESAMPLES", 500)
    rng, found, simulations = np.random.default_rng(0), 0, 2_000
    for _ in range(simulations):
        values = rng.normal(means, spread, (3, 5, 4))
        rows = {w: pd.DataFrame(v, columns=[0.0, 0.2, 0.4, 0.6]) for w, v in zip((64, 256, 1024), values, strict=True)}
        low, high = np.quantile(findings._slopes_of_best(rows), (0.025, 0.975))
        found += low > 0 or high < 0
    assert found / simulations <= 0.05
