"""Tests of the claims about a comparison: different runs lead to different verdicts."""

import dataclasses

import pytest

from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import Record, load
from dropout_core.topics.training import claims


def swapped(record: Record) -> Record:
    """Return the record with the names of its arms swapped."""
    other = {"no dropout": "dropout", "dropout": "no dropout"}
    trials = {
        label: dataclasses.replace(
            found,
            points=found.points.assign(arm=found.points["arm"].map(other)),
            runs=found.runs.assign(arm=found.runs["arm"].map(other)),
        )
        for label, found in record.trials.items()
    }
    return Record(record.experiment, trials)


@pytest.fixture
def mirrored(monkeypatch):
    """Swap the arms of every record, so that claims that held before must now fail."""
    monkeypatch.setattr(claims, "load", lambda name: swapped(load(name)))


def test_other_runs_other_verdicts(mirrored):
    assert claims.less_overfitting().verdict is Verdict.DOES_NOT_HOLD
    assert claims.generalises().verdict is Verdict.DOES_NOT_HOLD
