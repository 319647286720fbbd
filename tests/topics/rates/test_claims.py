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


def test_a_rate_at_which_runs_never_reach_the_level_has_a_bound_and_no_difference():
    found = claims.slower()
    assert [each.what for each in found.evidence] == [f"p = 0.{tenth} against 0" for tenth in range(7, 0, -1)]
    reached = claims.epochs_to_level(load("rates"))
    assert reached[0.8].isna().all()
    assert f"these runs are at least {60 - reached[0.0].max():.0f} epochs slower" in found.sentence


def pairs(gains, spread=0.1, seeds=20):
    """Make values for all pairs, by seed: 95 plus the pair's gain, plus variation between seeds and between runs."""
    rng = np.random.default_rng(0)
    of_seed = rng.normal(0, 1, (seeds, 1))
    values = 95 + np.array([gains.get(pair, 0.0) for pair in CONV_PAIRS]) + of_seed
    return pd.DataFrame(values + rng.normal(0, spread, values.shape), columns=pd.Index(CONV_PAIRS, tupleize_cols=False))


def test_the_detectable_difference_is_that_of_the_verdict_s_own_test(monkeypatch):
    """Pooled variance and Bonferroni's correction for four comparisons, by simulation."""
    by_column = {"accuracy": pairs({}), "loss": pairs({})}
    monkeypatch.setattr(claims, "pair_values", by_column.get)
    each, (rng, runs) = claims.conv_rates().evidence[0], (np.random.default_rng(2), 4_000)
    noise = each.spread / np.sqrt(1.5)
    detected = 0
    for _ in range(runs):
        values = rng.normal(0, noise, (20, 6))
        difference = each.detectable + values[:, 2:4].mean() - values[:, 0].mean()
        detected += difference > claims.POOLED.limit(20) * claims.pooled_spread(values) / np.sqrt(20)
    assert detected / runs == pytest.approx(0.8, abs=0.025)


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
    found = claims.conv_rates()
    assert found.verdict is verdict
    if verdict is Verdict.INCONCLUSIVE:
        first = found.evidence[0].paired
        assert first.low < 0.3 < first.high, "the first comparison is one that leaves the claim undecided"


def test_pooled_intervals_are_those_of_an_analysis_of_variance():
    values = pairs({}).to_numpy()
    n, k = values.shape
    effects = values - values.mean(0) - values.mean(1)[:, None] + values.mean()
    spread = np.sqrt((effects**2).sum() / ((n - 1) * (k - 1)) * 1.5)
    assert claims.pooled_spread(values) == pytest.approx(spread)
    assert claims.POOLED.limit(n) == pytest.approx(scipy.stats.t((n - 1) * (k - 1)).ppf(1 - 0.025 / 4))
    assert EXPERIMENTS["conv-pairs"].margin == {"accuracy": 0.3, "loss": 0.01}


def test_pooled_intervals_hold_the_truth_together_in_95_percent_of_simulations():
    rng, n, k, runs = np.random.default_rng(1), 20, 6, 2_000
    held = 0
    for _ in range(runs):
        values = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
        half = claims.POOLED.limit(n) * claims.pooled_spread(values) / np.sqrt(n)
        ours = values[:, 2:4].mean()
        held += all(abs(ours - values[:, i].mean()) < half for i in (0, 1, 4, 5))
    assert held / runs >= 0.94
