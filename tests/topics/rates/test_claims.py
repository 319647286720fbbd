"""Tests of the claims about rates: different runs lead to different verdicts."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from dropout_core.experiments.catalogue import CONV_PAIRS, EXPERIMENTS
from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import Record, load
from dropout_core.topics.rates import claims


def test_learning_slows_with_the_rate_and_not_if_the_rates_are_reversed(monkeypatch):
    assert claims.slower().verdict is Verdict.HOLDS_WHEN
    record = load("rates")
    names = [f"rate {rate:g}" for rate in (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)]
    reversed_trials = {
        a: dataclasses.replace(record.trials[b], recipe=record.trials[a].recipe)
        for a, b in zip(names, names[::-1], strict=True)
    }
    monkeypatch.setattr(claims, "load", lambda name: Record(record.experiment, reversed_trials))
    assert claims.slower().verdict is Verdict.INCONCLUSIVE


def pairs(gains, spread=0.1, seeds=20):
    """Make values of all pairs, by seed: 95 plus a gain per pair, plus a spread of seeds and of runs."""
    rng = np.random.default_rng(0)
    of_seed = rng.normal(0, 1, (seeds, 1))
    values = 95 + np.array([gains.get(pair, 0.0) for pair in CONV_PAIRS]) + of_seed
    return pd.DataFrame(values + rng.normal(0, spread, values.shape), columns=pd.Index(CONV_PAIRS, tupleize_cols=False))


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        (dict.fromkeys(claims.RECOMMENDED, 1.0), Verdict.HOLDS),
        ({}, Verdict.EQUIVALENT),
        ({(0.0, 0.5): 1.0}, Verdict.DOES_NOT_HOLD),
        (dict.fromkeys(claims.RECOMMENDED, 0.3), Verdict.INCONCLUSIVE),
    ],
)
def test_the_recommended_rates_are_judged_against_each_other_pair(monkeypatch, gains, verdict):
    values = pairs(gains, spread=0.5 if verdict is Verdict.INCONCLUSIVE else 0.15)
    by_column = {"accuracy": values, "loss": -values / 30}
    monkeypatch.setattr(claims, "pair_values", by_column.get)
    assert claims.conv_rates().verdict is verdict


def test_pooled_intervals_are_those_of_an_analysis_of_variance():
    values = pairs({}).to_numpy()
    n, k = values.shape
    effects = values - values.mean(0) - values.mean(1)[:, None] + values.mean()
    error = np.sqrt((effects**2).sum() / ((n - 1) * (k - 1)) * 1.5 / n)
    expected = scipy.stats.t((n - 1) * (k - 1)).ppf(1 - 0.025 / 4) * error
    assert claims.pooled_half_width(values, 1.5, 4) == pytest.approx(expected)
    assert EXPERIMENTS["conv-pairs"].margin == {"accuracy": 0.3, "loss": 0.01}


def test_pooled_intervals_hold_the_truth_together_in_95_percent_of_simulations():
    rng, n, k, runs = np.random.default_rng(1), 20, 6, 2_000
    held = 0
    for _ in range(runs):
        values = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
        half = claims.pooled_half_width(values, 1.5, 4)
        ours = values[:, 2:4].mean()
        held += all(abs(ours - values[:, i].mean()) < half for i in (0, 1, 4, 5))
    assert held / runs >= 0.94
