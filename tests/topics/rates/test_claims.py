"""Tests of the claims about rates: different runs lead to different verdicts."""

import dataclasses

from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import Record, load
from dropout_core.topics.rates import claims


def test_learning_slows_with_the_rate_and_not_if_the_losses_are_reversed(monkeypatch):
    assert claims.slower().verdict is Verdict.HOLDS
    record = load("rates")
    names = list(record.trials)
    reversed_trials = {
        a: dataclasses.replace(record.trials[b], recipe=record.trials[a].recipe)
        for a, b in zip(names, names[::-1], strict=True)
    }
    monkeypatch.setattr(claims, "load", lambda name: Record(record.experiment, reversed_trials))
    assert claims.slower().verdict is Verdict.DOES_NOT_HOLD
