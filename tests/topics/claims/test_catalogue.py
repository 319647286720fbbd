"""The thirteen claims: each has a verdict that follows from its numbers, and changes when they do."""

import dataclasses

import numpy as np
import pytest

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.verdicts import FAILS, HOLDS, PARTLY, UNDECIDED
from dropout_core.reference import records
from dropout_core.reference.records import Record, load
from dropout_core.topics.claims import catalogue, exact, learned
from dropout_core.topics.claims.catalogue import CLAIMS, finding


def test_there_are_thirteen_in_order_with_pages_that_exist(pytestconfig):
    assert [claim.id for claim in CLAIMS] == [f"C{i}" for i in range(1, 14)]
    assert all((pytestconfig.rootpath / "pages" / f"{claim.page}.py").exists() for claim in CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_each_has_a_verdict_and_figures(claim):
    found = finding(claim.id)
    assert found.kind in (HOLDS, PARTLY, FAILS, UNDECIDED)
    assert any(c.isdigit() for c in found.said)
    assert "nan" not in found.said.lower()
    assert not found.said.endswith(".")
    if claim.records and claim.id != "C8":
        assert "interval" in found.said


def test_an_unknown_claim_is_an_error():
    with pytest.raises(KeyError):
        finding("C14")


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
    monkeypatch.setattr(learned, "load", lambda name: swapped(load(name)))


def test_other_runs_other_verdicts(mirrored):
    assert learned.less_overfitting().verdict == FAILS
    assert learned.generalises().verdict == FAILS


def test_of_the_real_runs_the_gap_narrows_and_few_images_are_needed_to_win():
    assert finding("C5").verdict == HOLDS
    assert finding("C6").kind == PARTLY


def test_learning_slows_with_the_rate_and_not_if_the_losses_are_reversed(monkeypatch):
    assert learned.slower().verdict == HOLDS
    record = load("rates")
    names = list(record.trials)
    turned = {
        a: dataclasses.replace(record.trials[b], recipe=record.trials[a].recipe)
        for a, b in zip(names, names[::-1], strict=True)
    }
    monkeypatch.setattr(learned, "load", lambda name: Record(record.experiment, turned))
    assert learned.slower().verdict == FAILS


def test_exact_claims_fail_where_the_scaling_is_wrong(monkeypatch):
    assert exact.mean_kept().verdict == HOLDS
    assert exact.scaling_matches().kind == PARTLY
    monkeypatch.setattr(exact, "keep_mask", lambda u, rate: u >= rate + 0.05)
    assert exact.mean_kept().verdict == FAILS


def test_two_passes_agree_as_often_as_counted():
    rng = np.random.default_rng(0)
    for rate in (0.2, 0.5):
        a, b = (rng.random((20_000, 4)) >= rate for _ in range(2))
        share = (a == b).all(1).mean()
        assert share == pytest.approx(exact._agree(rate) ** 4, abs=0.015)


def test_verdicts_of_several_cases():
    both = {"a": HOLDS, "b": HOLDS}
    assert learned._together(both, "").verdict == HOLDS
    assert learned._together(both | {"b": FAILS}, "").verdict == "holds when a"
    assert learned._together({"a": UNDECIDED, "b": FAILS}, "").verdict == UNDECIDED
    assert learned._together({"a": FAILS}, "").verdict == FAILS


def test_records_named_by_claims_exist():
    for claim in CLAIMS:
        for name in claim.records:
            assert name in records.recorded()
    assert DROPOUT in catalogue.CLAIMS[4].text.lower()


def test_no_difference_seen_is_not_called_the_same():
    """An interval that includes zero decides nothing, on whatever side a claim stands."""
    assert finding("C12").verdict == UNDECIDED


def test_early_stopping_is_judged_by_accuracy_too():
    said = finding("C11").said
    assert "by accuracy" in said
    assert "by loss" in said
    assert finding("C11").verdict == "holds when judged by loss and there is no dropout; does not hold by accuracy"
