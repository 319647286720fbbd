"""The thirteen claims: each has a verdict that follows from its numbers, and changes when they do."""

import dataclasses

import numpy as np
import pytest

from dropout_core.experiments.recipe import DROPOUT
from dropout_core.numerics.verdicts import Verdict
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
    assert found.verdict in Verdict
    assert any(c.isdigit() for c in found.sentence)
    assert "nan" not in found.sentence.lower()
    assert not found.sentence.endswith(".")
    if claim.records and claim.id != "C8":
        assert "interval" in found.sentence


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
    assert learned.less_overfitting().verdict is Verdict.DOES_NOT_HOLD
    assert learned.generalises().verdict is Verdict.DOES_NOT_HOLD


def test_of_the_real_runs_the_gap_narrows_and_few_images_are_needed_to_win():
    assert finding("C5").verdict is Verdict.HOLDS
    assert finding("C6").verdict is Verdict.HOLDS_WHEN


def test_learning_slows_with_the_rate_and_not_if_the_losses_are_reversed(monkeypatch):
    assert learned.slower().verdict is Verdict.HOLDS
    record = load("rates")
    names = list(record.trials)
    turned = {
        a: dataclasses.replace(record.trials[b], recipe=record.trials[a].recipe)
        for a, b in zip(names, names[::-1], strict=True)
    }
    monkeypatch.setattr(learned, "load", lambda name: Record(record.experiment, turned))
    assert learned.slower().verdict is Verdict.DOES_NOT_HOLD


def test_exact_claims_fail_where_the_scaling_is_wrong(monkeypatch):
    assert exact.mean_kept().verdict is Verdict.HOLDS
    assert exact.scaling_matches().verdict is Verdict.HOLDS_WHEN
    monkeypatch.setattr(exact, "keep_mask", lambda u, rate: u >= rate + 0.05)
    assert exact.mean_kept().verdict is Verdict.DOES_NOT_HOLD


def test_two_passes_agree_as_often_as_counted():
    rng = np.random.default_rng(0)
    for rate in (0.2, 0.5):
        a, b = (rng.random((20_000, 4)) >= rate for _ in range(2))
        share = (a == b).all(1).mean()
        assert share == pytest.approx(exact._agree(rate) ** 4, abs=0.015)


def test_records_named_by_claims_exist():
    for claim in CLAIMS:
        for name in claim.records:
            assert name in records.recorded()
    assert DROPOUT in catalogue.CLAIMS[4].text.lower()


def test_no_difference_seen_is_not_called_the_same():
    """An interval that includes zero decides nothing, on whatever side a claim stands."""
    assert finding("C12").verdict is Verdict.INCONCLUSIVE


def test_early_stopping_is_judged_by_accuracy_too():
    said = finding("C11").sentence
    assert "by accuracy" in said
    assert "by loss" in said
    assert finding("C11").text == "holds when judged by loss and there is no dropout; does not hold by accuracy"
