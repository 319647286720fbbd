"""The claims about a comparison, and that other runs give other verdicts."""

import dataclasses

import pytest

from dropout_core.numerics.verdicts import Verdict
from dropout_core.reference.records import Record, load
from dropout_core.topics.training import claims


def swapped(record: Record) -> Record:
    """The record with the arms' names exchanged."""
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
    """Every record with its arms exchanged: what held before must not hold now."""
    monkeypatch.setattr(claims, "load", lambda name: swapped(load(name)))


def test_other_runs_other_verdicts(mirrored):
    assert claims.less_overfitting().verdict is Verdict.DOES_NOT_HOLD
    assert claims.generalises().verdict is Verdict.DOES_NOT_HOLD
